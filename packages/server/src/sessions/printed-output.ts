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

/** A piece of what was printed. */
export interface PrintedPiece {
  /** When it came, in seconds since the session began. */
  readonly atSeconds: number;
  readonly text: string;
}

/** Reads what was printed in events that follow on one another: a sequence or a character that one ends in goes on in the next. */
export interface PrintedReader {
  /** Piece by piece, none from more than 64 KiB of output. What was typed is no part of it, unless the terminal echoed it. */
  read(events: readonly RecordedEvent[]): Iterable<PrintedPiece>;
}

const PIECE_BYTES = 65_536;

/** Makes a reader of one recording. */
export function createPrintedReader(): PrintedReader {
  const writer = createAsciicastWriter();
  const reader = createPrintedText();
  return {
    *read(events) {
      for (const event of events) {
        for (const piece of piecesOf(event)) {
          for (const line of writer.write([piece]).split('\n')) {
            if (!line.startsWith('[')) continue;
            const [atSeconds, code, data] = JSON.parse(line) as readonly [number, string, string];
            if (code === 'o') yield { atSeconds, text: reader.write(data) };
          }
        }
      }
    },
  };
}

function* piecesOf(event: RecordedEvent): Iterable<RecordedEvent> {
  if (!('bytes' in event)) return yield event;
  for (let from = 0; from < event.bytes.length; from += PIECE_BYTES) {
    yield { ...event, bytes: event.bytes.subarray(from, from + PIECE_BYTES) };
  }
}

/** The end of what was printed before: what a phrase across the border of two chunks may take. */
export function leadOf(before: string): string {
  return before.slice(-MAX_LEAD);
}

/** Reads what was printed in a chunk, and in front of it the end of what was in the chunk before. */
export function readPrinted(events: readonly RecordedEvent[], lead: readonly RecordedEvent[] = []): PrintedOutput {
  const reader = createPrintedReader();
  let text = '';
  for (const piece of reader.read(lead)) text = leadOf(text + piece.text);
  const begins = text.length;
  const pieces: { from: number; atSeconds: number }[] = [];
  for (const piece of reader.read(events)) {
    pieces.push({ from: text.length, atSeconds: piece.atSeconds });
    text += piece.text;
  }
  return { text, begins, pieces };
}
