// Lists as a person types them: one item a line.

export const toLines = (items: readonly string[]): string => items.join('\n');

export const fromLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
