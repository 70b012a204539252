import type { Phrase } from '../stores/session-contracts.ts';

/** Most words of a chunk that can be found: as many as 256 KiB of one-letter words are. */
const MAX_WORDS = 131_072;
/** Characters of a word that count: what is longer is no word of a language. */
const MAX_WORD_LENGTH = 64;
/** Most phrases of one search. */
export const MAX_PHRASES = 16;

const WORD = /[\p{L}\p{M}\p{N}_]+/gu;

/** The words of a text in their order, letters of one form and one case. */
export function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  for (const [word] of fold(text).matchAll(WORD)) {
    words.push(word.slice(0, MAX_WORD_LENGTH));
    if (words.length === MAX_WORDS) break;
  }
  return words;
}

/** Text in the one form in which words are compared. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/**
 * What a search looks for: each word by itself, those in double quotes next to one another. What people write as one word and
 * is several, like `web-0` or `10.0.0.1`, is found as these next to one another.
 */
export function parseSearch(query: string): readonly Phrase[] {
  const phrases: Phrase[] = [];
  for (const [, quoted, bare] of query.matchAll(/"([^"]*)"?|(\S+)/g)) {
    const words = wordsOf(quoted ?? bare ?? '');
    if (words.length > 0) phrases.push(words);
  }
  return phrases.slice(0, MAX_PHRASES);
}

/** What finds any of the phrases in folded text. */
export function patternOf(phrases: readonly Phrase[]): RegExp {
  const [inside, between] = ['[\\p{L}\\p{M}\\p{N}_]', '[^\\p{L}\\p{M}\\p{N}_]+'];
  const any = phrases.map((words) => words.map((word) => openEnd(word, inside)).join(between)).join('|');
  return new RegExp(`(?<!${inside})(?:${any})(?!${inside})`, 'gu');
}

/** Words hold letters, digits and underscores alone: nothing of them needs to be escaped. */
function openEnd(word: string, inside: string): string {
  return word.length === MAX_WORD_LENGTH ? `${word}${inside}*` : word;
}
