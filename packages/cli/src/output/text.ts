import { neutralise } from './neutralise.ts';

/** Shortens `text` to `max` characters and makes one line of it: what somebody wrote, in a cell or a sentence. */
export function shorten(text: string, max: number): string {
  const line = text.replace(/\s*\n\s*/g, ' ').trim();
  const characters = [...line];
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}

/**
 * Lays text that somebody wrote out in lines of at most `width` characters, its own line breaks kept. What would act on a
 * terminal is written out first; words that are longer than a line are cut.
 */
export function wrapText(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((line) => wrapLine(neutralise(line), width));
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current: string[] = [];
  for (const word of line.split(' ').filter(Boolean)) {
    const characters = [...word];
    if (current.length > 0 && current.length + 1 + characters.length > width) {
      lines.push(current.join(''));
      current = [];
    }
    if (current.length > 0) current.push(' ');
    current.push(...characters);
    while (current.length > width) lines.push(current.splice(0, width).join(''));
  }
  return [...lines, current.join('')];
}
