import { type FileHandle, open } from 'node:fs/promises';
import type { AuditEvent } from '../event.ts';
import { parseFormattedEvent } from '../format-event.ts';
import type { Segment } from './segments.ts';

/** What was read of a segment. */
export interface SegmentRead {
  readonly events: readonly AuditEvent[];
  /** Offset behind what was read. */
  readonly offset: number;
  /** Lines that are no events, the last one of a segment that a crash cut included. */
  readonly damaged: number;
}

/** Bytes that are read at once; far more than the longest event has. */
const READ_BYTES = 1_024 * 1_024;
const LINE_END = 0x0a;

/**
 * Reads up to `maxEvents` events of a segment, from `offset` on. `isWritten` says that no more will come to it: then what
 * stands behind its last line end was cut off by a crash before anybody was told that it is safe, and is passed over.
 */
export async function readSegment(
  segment: Segment,
  offset: number,
  maxEvents: number,
  isWritten: boolean,
): Promise<SegmentRead> {
  const bytes = await readBytes(segment, offset);
  const events: AuditEvent[] = [];
  let damaged = 0;
  let from = 0;
  for (let end = bytes.indexOf(LINE_END); end >= 0 && events.length < maxEvents; end = bytes.indexOf(LINE_END, from)) {
    const event = eventIn(bytes.toString('utf8', from, end));
    if (event === undefined) damaged += 1;
    else events.push(event);
    from = end + 1;
  }
  if (from > 0 || !isWritten) return { events, offset: offset + from, damaged };
  return { events, offset: segment.size, damaged: bytes.length > 0 ? 1 : 0 };
}

async function readBytes(segment: Segment, offset: number): Promise<Buffer> {
  const length = Math.min(READ_BYTES, segment.size - offset);
  if (length <= 0) return Buffer.alloc(0);
  const handle: FileHandle = await open(segment.path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function eventIn(line: string): AuditEvent | undefined {
  try {
    return parseFormattedEvent(line);
  } catch {
    return undefined;
  }
}
