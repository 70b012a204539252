import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a reader of a spool stands: bytes of a segment that are behind it. Earlier segments are, all of them. */
export interface SpoolPosition {
  readonly segment: number;
  readonly offset: number;
}

/** One file of a spool. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  /** Bytes of it that count. */
  size: number;
}

/** Name of the file that holds the position up to which everything is drained. */
export const MARK_FILE = 'drained';

const SEGMENT_NAME = /^(\d{10})\.ndjson$/;
const MARK = /^(\d+) (\d+) *\n$/;
/** The mark is overwritten in place, so every one has the same length. */
const MARK_CHARACTERS = 40;

/** The segment of a number, in `folder`. */
export function segmentOf(folder: string, number: number): Segment {
  return { number, path: join(folder, `${String(number).padStart(10, '0')}.ndjson`), size: 0 };
}

/** Makes the folder (mode 0700) if there is none, and lists the segments in it, oldest first. */
export async function listSegments(folder: string): Promise<Segment[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const numbers = (await readdir(folder)).flatMap((name) => SEGMENT_NAME.exec(name)?.[1] ?? []).map(Number);
  const segments = numbers.sort((a, b) => a - b).map((number) => segmentOf(folder, number));
  for (const segment of segments) segment.size = (await stat(segment.path)).size;
  return segments;
}

/** The mark as it is written. */
export function formatMark({ segment, offset }: SpoolPosition): string {
  return `${`${segment} ${offset}`.padEnd(MARK_CHARACTERS - 1)}\n`;
}

/** Reads the mark; the start, when there is none or a crash cut it: events that come twice are told by their ids. */
export async function readMark(folder: string): Promise<SpoolPosition> {
  const text = await readFile(join(folder, MARK_FILE), 'latin1').catch(() => '');
  const [, segment, offset] = MARK.exec(text) ?? [];
  return { segment: Number(segment ?? 0), offset: Number(offset ?? 0) };
}
