// Every string that the desk shows: one catalogue, a folder per language. Sentence case, no exclamation marks,
// no "tweet" but in the two metric names that the organisation knows.
import { en } from './en';

/** Text may differ between languages; names, and what a text is made of, may not. */
type Said<T> = T extends string
  ? string
  : T extends (...from: infer From) => string
    ? (...from: From) => string
    : { readonly [K in keyof T]: Said<T[K]> };

/** What a second language has to say. */
export type Words = Said<typeof en>;

export const words: Words = en;
