// The words in the language that the person chose. Components import `t`; a
// change of language loads the page again, so `t` never changes under them.
//
// A language is a file beside the folder en and a line in `languages`. It comes whole, or not
// at all: a page half in another language is read by nobody.
import { en } from './en';
import type { Text } from './shape';

interface Language {
  /** What the browser knows it by (BCP 47). */
  code: string;
  /** What its speakers call it. */
  name: string;
  text: Text;
}

/** The first one serves where none was chosen. */
export const languages: readonly [Language, ...Language[]] = [{ code: 'en-GB', name: 'English', text: en }];
const kept = 'assay.language';

export const language: Language =
  languages.find((l) => l.code === localStorage.getItem(kept)) ?? languages[0];

export function chooseLanguage(code: string): void {
  localStorage.setItem(kept, code);
  location.reload();
}

export const t: Text = language.text;
