import type { PlaceTextOptions } from '@sallyport/core';

// Everything that moves the cursor, colours, hides or turns text around: C0 but the line feed, DEL and C1 (ANSI escapes begin with
// one of them), bidirectional marks and overrides, zero-width characters, separators that some readers take for line breaks.
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed.
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Longest value that notifications carry, in characters. */
export const MAX_VALUE_CHARACTERS = 1_024;

/** Text of a person with nothing in it that acts: without control characters and at most `maxCharacters` long. */
export function plainText(text: string, maxCharacters: number = MAX_VALUE_CHARACTERS): string {
  const plain = text.replaceAll('\r\n', '\n').replace(UNSEEN, '').replace(LONE_SURROGATES, '\ufffd').trim();
  const characters = [...plain];
  return characters.length <= maxCharacters ? plain : `${characters.slice(0, maxCharacters - 1).join('')}…`;
}

/** The same on one line, for titles and headers. */
export function plainLine(text: string, maxCharacters?: number): string {
  return plainText(text.replace(/\s+/g, ' '), maxCharacters);
}

/** Places in messages: most names that one of them lists; the rest is counted. */
export const SHORT_PLACE: PlaceTextOptions = { maxNames: 8 };
