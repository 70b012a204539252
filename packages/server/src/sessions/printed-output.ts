import { createAsciicastWriter, type RecordedEvent } from '@sallyport/audit/recording';
import { createPrintedText } from '@sallyport/core/terminal';

/** Text that was printed, with where in it each piece of output begins. */
export interface PrintedOutput {
  readonly text: string;
  /** Where the text of the events begins; in front of it stands what led up to them. */
  readonly begins: number;
  /** Pieces in order: where each begins in `text`, and when it came, in seconds since the session began. */
  readonly pieces: readonly { readonly from: number; readonly atSeconds: number }[];
}

/** Characters of the chunk before that are read with a chunk: what a phrase across the border may take. */
const MAX_LEAD = 512;

/**
 * Reads what was printed. What was typed is no part of it, unless the terminal echoed it.
 * @param lead the events in front, of which only the end counts: a sequence, a character or a word may have begun there
 */
export function readPrinted(events: readonly RecordedEvent[], lead: readonly RecordedEvent[] = []): PrintedOutput {
  const writer = createAsciicastWriter();
  const reader = createPrintedText();
  let before = '';
  for (const [, data] of outputs(writer.write(lead))) before += reader.write(data);
  let text = before.slice(-MAX_LEAD);
  const begins = text.length;
  const pieces: { from: number; atSeconds: number }[] = [];
  for (const [atSeconds, data] of outputs(writer.write(events))) {
    pieces.push({ from: text.length, atSeconds });
    text += reader.write(data);
  }
  return { text, begins, pieces };
}

function* outputs(lines: string): Iterable<readonly [number, string]> {
  for (const line of lines.split('\n')) {
    if (!line.startsWith('[')) continue;
    const [at, code, data] = JSON.parse(line) as readonly [number, string, string];
    if (code === 'o') yield [at, data];
  }
}
