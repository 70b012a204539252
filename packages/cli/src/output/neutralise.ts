/**
 * Characters that act on a terminal or reorder what a reader sees: controls (C0, C1, DEL), formats (bidirectional marks,
 * zero-width characters, tags), line and paragraph separators.
 */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escapeCharacter(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return point > 0xffff ? `\\u{${point.toString(16)}}` : `\\u${point.toString(16).padStart(4, '0')}`;
}

/** Whether `text` holds a character that {@link neutralise} replaces. */
export function isActive(text: string): boolean {
  return text.search(ACTIVE) !== -1;
}

/**
 * Replaces what would act on a terminal by its visible escape, `\u001b` for ESC. What a server, a cluster or a provider
 * said may be shown only through this: names and messages are chosen by others.
 */
export function neutralise(text: string): string {
  return text.replace(ACTIVE, escapeCharacter);
}

/** {@link neutralise} for text of several lines: line feeds stay. */
export function neutraliseLines(text: string): string {
  return text.split('\n').map(neutralise).join('\n');
}

/**
 * Writes the active characters of a JSON text as `\uXXXX`, which JSON reads back as the same value. Line feeds of the
 * layout stay; inside strings `JSON.stringify` has escaped them already.
 */
export function escapeJsonText(json: string): string {
  return json.replace(ACTIVE, (character) => {
    if (character === '\n') return character;
    let text = '';
    for (let i = 0; i < character.length; i++) text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
    return text;
  });
}
