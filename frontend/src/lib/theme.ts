// Light or dark: the system's choice unless the person made one.

export type Theme = 'system' | 'light' | 'dark';
const kept = 'assay.theme';

export function theme(): Theme {
  const value = localStorage.getItem(kept);
  return value === 'light' || value === 'dark' ? value : 'system';
}

export function applyTheme(chosen: Theme = theme()): void {
  localStorage.setItem(kept, chosen);
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
