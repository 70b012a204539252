import { NO_SPARE_BUFFERS } from './spare-buffers.ts';

/** Streams of a session that are recorded as bytes. */
export type RecordedStream = 'stdout' | 'stderr' | 'stdin';

/** One thing that happened in a recorded session. Times are milliseconds since its start, never falling. */
export type RecordedEvent =
  | { readonly kind: 'header'; readonly atMs: number; readonly header: RecordingHeader }
  | { readonly kind: RecordedStream; readonly atMs: number; readonly bytes: Uint8Array }
  | { readonly kind: 'resize'; readonly atMs: number; readonly width: number; readonly height: number }
  /** A remark on the session itself: how it ended, or what is missing. */
  | { readonly kind: 'mark'; readonly atMs: number; readonly label: string };

/** What a recording says of its session before anything else; the header of its asciicast. */
export interface RecordingHeader {
  /** Width and height of the terminal, in characters. What the terminal says later comes as `resize`. */
  readonly width: number;
  readonly height: number;
  /** When it began, in seconds since 1970. */
  readonly timestamp: number;
  readonly title: string;
  readonly command?: string;
  readonly env: Readonly<Record<string, string>>;
}

const KINDS = ['header', 'stdout', 'stderr', 'stdin', 'resize', 'mark'] as const;
const HEADER_BYTES = 11;

/**
 * Collects events in their stored form: per event one byte of kind, six of time in milliseconds, four of length, then its bytes.
 * Output stays the bytes that it was; what passes within one millisecond on one stream becomes one event.
 */
export interface EventBuffer {
  /** Bytes that are held. */
  readonly byteLength: number;
  /** Times of the first and the last event that is held; 0 when there is none. */
  readonly fromMs: number;
  readonly toMs: number;
  appendBytes(stream: RecordedStream, atMs: number, bytes: Uint8Array): void;
  append(event: Exclude<RecordedEvent, { kind: RecordedStream }>): void;
  /** Hands over what is held and starts anew. */
  take(): Uint8Array<ArrayBuffer>;
}

/**
 * Makes a buffer that grows up to `capacityBytes`, and beyond it for as long as nobody takes what it holds. Its memory comes from
 * `buffers`, which whoever takes what it holds may give it back to.
 */
export function createEventBuffer(capacityBytes: number, buffers = NO_SPARE_BUFFERS): EventBuffer {
  let buffer = new Uint8Array(0);
  let view = new DataView(buffer.buffer);
  let length = 0;
  /** What was taken last: what comes next is likely to be as much, and need not grow to it step by step. */
  let usual = 1_024;
  let fromMs = 0;
  let toMs = 0;
  /** Where the last event begins, when more of its stream may be added to it. */
  let open: { readonly stream: RecordedStream; readonly at: number } | undefined;

  function reserve(byteCount: number): void {
    const needed = length + byteCount;
    if (needed <= buffer.length) return;
    const grown = buffers.take(Math.max(needed, Math.min(buffer.length * 2, capacityBytes), usual));
    grown.set(buffer.subarray(0, length));
    buffers.give(buffer);
    buffer = grown;
    view = new DataView(buffer.buffer);
  }

  function begin(kind: RecordedEvent['kind'], atMs: number, byteCount: number): void {
    reserve(HEADER_BYTES + byteCount);
    const at = Math.max(atMs, toMs);
    if (length === 0) fromMs = at;
    toMs = at;
    view.setUint8(length, KINDS.indexOf(kind));
    view.setUint16(length + 1, Math.floor(at / 2 ** 32));
    view.setUint32(length + 3, at >>> 0);
    view.setUint32(length + 7, byteCount);
    length += HEADER_BYTES;
  }

  function put(bytes: Uint8Array): void {
    buffer.set(bytes, length);
    length += bytes.length;
  }

  return {
    get byteLength() {
      return length;
    },
    get fromMs() {
      return fromMs;
    },
    get toMs() {
      return toMs;
    },
    appendBytes(stream, atMs, bytes) {
      if (open?.stream === stream && atMs <= toMs) {
        reserve(bytes.length);
        view.setUint32(open.at + 7, view.getUint32(open.at + 7) + bytes.length);
        return put(bytes);
      }
      const at = length;
      begin(stream, atMs, bytes.length);
      open = { stream, at };
      put(bytes);
    },
    append(event) {
      open = undefined;
      const bytes = encodeBody(event);
      begin(event.kind, event.atMs, bytes.length);
      put(bytes);
    },
    take() {
      const taken = buffer.subarray(0, length);
      buffer = new Uint8Array(0);
      usual = length;
      length = 0;
      open = undefined;
      return taken;
    },
  };
}

function encodeBody(event: Exclude<RecordedEvent, { kind: RecordedStream }>): Uint8Array {
  switch (event.kind) {
    case 'header':
      return new TextEncoder().encode(JSON.stringify(event.header));
    case 'mark':
      return new TextEncoder().encode(event.label);
    case 'resize':
      return Uint8Array.of(event.width >> 8, event.width, event.height >> 8, event.height);
  }
}

/** Reads what an {@link EventBuffer} made. @throws RangeError when it is cut short or no such thing */
export function decodeEvents(stored: Uint8Array): readonly RecordedEvent[] {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const events: RecordedEvent[] = [];
  for (let at = 0; at < stored.length; ) {
    const kind = KINDS[view.getUint8(at)];
    const atMs = view.getUint16(at + 1) * 2 ** 32 + view.getUint32(at + 3);
    const end = at + HEADER_BYTES + view.getUint32(at + 7);
    if (kind === undefined || end > stored.length) throw new RangeError(`no event at byte ${at} of ${stored.length}`);
    events.push(decodeBody(kind, atMs, stored.subarray(at + HEADER_BYTES, end)));
    at = end;
  }
  return events;
}

function decodeBody(kind: RecordedEvent['kind'], atMs: number, bytes: Uint8Array): RecordedEvent {
  switch (kind) {
    case 'header':
      return { kind, atMs, header: JSON.parse(new TextDecoder().decode(bytes)) as RecordingHeader };
    case 'mark':
      return { kind, atMs, label: new TextDecoder().decode(bytes) };
    case 'resize': {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return { kind, atMs, width: view.getUint16(0), height: view.getUint16(2) };
    }
    default:
      return { kind, atMs, bytes };
  }
}
