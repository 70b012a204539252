import { replaceActive } from '@sallyport/core/terminal';
import type { RecordedEvent, RecordedStream, RecordingHeader } from './events.ts';
import { bytesToText, textToBytes, unfinishedBytes } from './text.ts';

/**
 * Renders recorded events as asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/): a header line, then one line per
 * event. stdout and stderr are both `o`, so that any player shows them; where the stream changes, a marker (`m`) says
 * `stderr` or `stdout`. Bytes that are no UTF-8 are escaped as `bytesToText` says. Give it all events, in order.
 */
export interface AsciicastWriter {
  /** Lines, each with its line feed. Bytes that begin a character wait for the rest of it. */
  write(events: readonly RecordedEvent[]): string;
  /** What still waited. */
  end(): string;
}

/** Makes a writer. */
export function createAsciicastWriter(): AsciicastWriter {
  const waiting = new Map<RecordedStream, { bytes: Uint8Array; atMs: number }>();
  let stream: 'stdout' | 'stderr' = 'stdout';

  function output(kind: RecordedStream, atMs: number, bytes: Uint8Array): string {
    if (bytes.length === 0) return '';
    let lines = '';
    if (kind !== 'stdin' && kind !== stream) {
      stream = kind;
      lines = line(atMs, 'm', kind);
    }
    return lines + line(atMs, kind === 'stdin' ? 'i' : 'o', bytesToText(bytes));
  }

  function bytesOf(kind: RecordedStream, atMs: number, given: Uint8Array): string {
    const before = waiting.get(kind)?.bytes;
    const bytes = before === undefined ? given : joined(before, given);
    const end = bytes.length - unfinishedBytes(bytes);
    if (end < bytes.length) waiting.set(kind, { bytes: bytes.slice(end), atMs });
    else waiting.delete(kind);
    return output(kind, atMs, bytes.subarray(0, end));
  }

  function render(event: RecordedEvent): string {
    switch (event.kind) {
      case 'header':
        return `${inertJson({ version: 2, ...event.header })}\n`;
      case 'resize':
        return line(event.atMs, 'r', `${event.width}x${event.height}`);
      case 'mark':
        return line(event.atMs, 'm', event.label);
      default:
        return bytesOf(event.kind, event.atMs, event.bytes);
    }
  }

  return {
    write: (events) => events.map(render).join(''),
    end() {
      const rest = [...waiting].map(([kind, { bytes, atMs }]) => output(kind, atMs, bytes)).join('');
      waiting.clear();
      return rest;
    },
  };
}

function line(atMs: number, code: 'o' | 'i' | 'r' | 'm', text: string): string {
  return `[${(atMs / 1_000).toFixed(3)}, "${code}", ${inertJson(text)}]\n`;
}

/**
 * JSON in which what would act on a terminal or reorder what is shown stands as an escape: whoever prints an asciicast, or opens
 * it in an editor, sees it and is not subject to it. `JSON.stringify` alone leaves all from U+007F on as it is.
 */
function inertJson(value: unknown): string {
  return replaceActive(JSON.stringify(value), (character) =>
    Array.from({ length: character.length }, (_, at) => {
      return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
    }).join(''),
  );
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** An asciicast, read. */
export interface Asciicast {
  readonly header: RecordingHeader & { readonly version: 2 };
  /** Without the header. */
  readonly events: readonly Exclude<RecordedEvent, { kind: 'header' }>[];
}

/**
 * Reads what an {@link AsciicastWriter} wrote: the same bytes on the same streams come out again.
 * @throws SyntaxError when it is no asciicast v2
 */
export function parseAsciicast(text: string): Asciicast {
  const [first = '', ...lines] = text.split('\n').filter((each) => each !== '');
  const header = JSON.parse(first) as Asciicast['header'];
  if (header?.version !== 2) throw new SyntaxError('the first line is no header of asciicast v2');
  const events: Exclude<RecordedEvent, { kind: 'header' }>[] = [];
  let stream: 'stdout' | 'stderr' = 'stdout';
  for (const each of lines) {
    const [seconds, code, data] = JSON.parse(each) as [number, string, string];
    const atMs = Math.round(seconds * 1_000);
    if (code === 'o') events.push({ kind: stream, atMs, bytes: textToBytes(data) });
    else if (code === 'i') events.push({ kind: 'stdin', atMs, bytes: textToBytes(data) });
    else if (code === 'm' && (data === 'stdout' || data === 'stderr')) stream = data;
    else if (code === 'm') events.push({ kind: 'mark', atMs, label: data });
    else if (code === 'r') {
      const [width = 0, height = 0] = data.split('x').map(Number);
      events.push({ kind: 'resize', atMs, width, height });
    }
  }
  return { header, events };
}
