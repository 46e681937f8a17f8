import type { en } from './en';

/** The shape of a language: the same keys, any words. */
type Words<T> = { readonly [K in keyof T]: T[K] extends string ? string : Words<T[K]> };
export type Text = Words<typeof en>;
