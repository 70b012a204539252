import type { RecordedEvent } from '@sallyport/audit/recording';
import { neutralise } from '@sallyport/core/terminal';
import type { Phrase } from '../stores/session-contracts.ts';
import { readPrinted } from './printed-output.ts';
import { fold, patternOf } from './words.ts';

/** A place where something was printed. */
export interface SessionMatch {
  readonly atSeconds: number;
  /** The line around it, with nothing that acts on a terminal. */
  readonly text: string;
}

const MAX_SNIPPET = 160;

/** Finds where in a chunk one of the phrases was printed; what the chunk before holds whole is no match of this one. */
export function findMatches(
  chunk: readonly RecordedEvent[],
  lead: readonly RecordedEvent[],
  phrases: readonly Phrase[],
  limit: number,
): readonly SessionMatch[] {
  const { text, pieces, begins } = readPrinted(chunk, lead);
  const folded = fold(text);
  // Folding may change lengths; then places in the text are those in the folded one, near enough for a line and a time.
  const shown = folded.length === text.length ? text : folded;
  const matches: SessionMatch[] = [];
  for (const found of folded.matchAll(patternOf(phrases))) {
    const end = found.index + found[0].length;
    if (end <= begins) continue;
    const piece = pieces.findLast(({ from }) => from < end);
    matches.push({ atSeconds: piece?.atSeconds ?? 0, text: snippetOf(shown, found.index, end) });
    if (matches.length === limit) break;
  }
  return matches;
}

function snippetOf(text: string, from: number, to: number): string {
  const lineStart = text.lastIndexOf('\n', from - 1) + 1;
  const next = text.indexOf('\n', to);
  const lineEnd = next === -1 ? text.length : next;
  const start = Math.max(lineStart, Math.min(from - 40, lineEnd - MAX_SNIPPET));
  return neutralise([...text.slice(start, lineEnd)].slice(0, MAX_SNIPPET).join('').trim());
}
