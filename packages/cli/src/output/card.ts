import { neutralise } from './neutralise.ts';
import { wrapText } from './text.ts';

/** A line of a card: a label and text that may be of others, or a heading alone. */
export type CardLine = readonly [label: string, text: string | undefined] | string;

const WIDTH = 100;
const INDENT = '  ';

/**
 * Lays out what is known of one thing, for reading: under each heading labels in a column, with texts wrapped beside them.
 * Labels and texts are neutralised here; lines without a text are left out. An empty heading is an empty line.
 */
export function formatCard(lines: readonly CardLine[]): string {
  const shown: string[] = [];
  let section: (readonly [string, string])[] = [];
  for (const line of lines) {
    if (typeof line === 'string') {
      shown.push(...formatSection(section), ...wrapText(line, WIDTH));
      section = [];
    } else if (line[1] !== undefined) section.push([neutralise(line[0]), line[1]]);
  }
  return [...shown, ...formatSection(section)].map((line) => `${line}\n`).join('');
}

function formatSection(lines: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(0, ...lines.map(([label]) => [...label].length));
  return lines.flatMap(([label, text]) => {
    const before = `${INDENT}${label.padEnd(width)}${INDENT}`;
    return wrapText(text, WIDTH - before.length).map((part, index) =>
      `${index === 0 ? before : ' '.repeat(before.length)}${part}`.trimEnd(),
    );
  });
}
