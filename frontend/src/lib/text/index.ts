// The words in the language that the person chose. Components import `t`; a
// change of language loads the page again, so `t` never changes under them.
import { cy } from './cy';
import { en } from './en';

/** The shape of a language: the same keys, any words. */
type Words<T> = { readonly [K in keyof T]: T[K] extends string ? string : Words<T[K]> };
export type Text = Words<typeof en>;

export type Language = 'en' | 'cy';
const languages: Record<Language, Text> = { en, cy };
const kept = 'assay.language';

export function language(): Language {
  return localStorage.getItem(kept) === 'cy' ? 'cy' : 'en';
}

export function speak(chosen: Language): void {
  localStorage.setItem(kept, chosen);
  location.reload();
}

export const t: Text = languages[language()];
