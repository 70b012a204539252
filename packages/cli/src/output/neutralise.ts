import { neutralise, replaceActive } from '@sallyport/core/terminal';

export { isActive, neutralise } from '@sallyport/core/terminal';

/** `neutralise` for text of several lines: line feeds stay. */
export function neutraliseLines(text: string): string {
  return text.split('\n').map(neutralise).join('\n');
}

/**
 * Writes the active characters of a JSON text as `\uXXXX`, which JSON reads back as the same value. Line feeds of the
 * layout stay; inside strings `JSON.stringify` has escaped them already.
 */
export function escapeJsonText(json: string): string {
  return replaceActive(json, (character) => {
    if (character === '\n') return character;
    let text = '';
    for (let i = 0; i < character.length; i++) text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
    return text;
  });
}
