/**
 * Characters that act on a terminal or reorder what a reader sees: controls (C0, C1, DEL), formats (bidirectional marks,
 * zero-width characters, tags), line and paragraph separators.
 */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** Of those, what is dropped from text that is drawn; joiners only shape the letters beside them. */
const REORDERING = /(?![\u200c\u200d])[\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Whether `text` holds a character that {@link neutralise} replaces. */
export function isActive(text: string): boolean {
  return text.search(ACTIVE) !== -1;
}

/**
 * Replaces what would act on a terminal, or reorder what is shown, by its visible escape, `\u001b` for ESC. What a server, a
 * cluster or a provider said may be shown in lines and tables only through this: names and messages are chosen by others.
 */
export function neutralise(text: string): string {
  return replaceActive(text, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return point > 0xffff ? `\\u{${point.toString(16)}}` : `\\u${point.toString(16).padStart(4, '0')}`;
  });
}

/** Replaces each active character by what `by` says. */
export function replaceActive(text: string, by: (character: string) => string): string {
  return text.replace(ACTIVE, by);
}

/**
 * What stands for no character: half a surrogate pair, and what recordings write for a byte that is no UTF-8 (U+10FE80 to
 * U+10FEFF). A terminal shows both as U+FFFD.
 */
const NO_CHARACTER = /[\p{Cs}\u{10fe80}-\u{10feff}]/gu;

/** Drops what would reorder or hide printed text. */
export function dropReordering(text: string): string {
  return text.replace(REORDERING, '').replace(NO_CHARACTER, '\ufffd');
}
