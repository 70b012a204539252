import type { Phrase } from '../stores/session-contracts.ts';

/** Characters of a word that count: what is longer is no word of a language. */
const MAX_WORD_LENGTH = 64;
/** Most phrases of one search. */
export const MAX_PHRASES = 16;

const WORD = /[\p{L}\p{M}\p{N}_]+/gu;

/** Reads words from a text that comes in pieces, which may end within a word. */
export interface WordReader {
  /** The words that end in this piece, in their order, letters of one form and one case. */
  write(text: string): readonly string[];
  /** The word that the last piece ended with, if it did. */
  end(): readonly string[];
}

/** Makes a reader of one text. */
export function createWordReader(): WordReader {
  let open = '';
  return {
    write(text) {
      const folded = fold(open + text);
      open = '';
      const words: string[] = [];
      for (const { index, 0: word } of folded.matchAll(WORD)) {
        const counted = word.slice(0, MAX_WORD_LENGTH);
        if (index + word.length === folded.length) open = counted;
        else words.push(counted);
      }
      return words;
    },
    end: () => (open === '' ? [] : [open]),
  };
}

/** The words of a text in their order, letters of one form and one case. */
export function wordsOf(text: string): readonly string[] {
  const reader = createWordReader();
  return [...reader.write(text), ...reader.end()];
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
