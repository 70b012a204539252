import { type CastEvent, castDamageOf, parseCastEvent } from '@sallyport/core/terminal';

/** What a recording says of its session before anything else. */
export interface CastHeader {
  /** Of the terminal, in characters. */
  readonly width: number;
  readonly height: number;
  readonly title: string;
}

/** A recording in memory. */
export interface Cast {
  readonly header: CastHeader;
  /** In order: their times never fall. */
  readonly events: readonly CastEvent[];
  /** What is missing from it, in words. */
  readonly damage: readonly string[];
  /** Time of the last event, in milliseconds. */
  readonly durationMs: number;
  /** There is more than {@link MAX_CAST_CHARACTERS}: the rest is not here. */
  readonly isCut: boolean;
}

/** How much of a recording a page holds, in characters of its asciicast. Longer ones are exported and played in a terminal. */
export const MAX_CAST_CHARACTERS = 64 * 1_048_576;

const DEFAULT_HEADER: CastHeader = { width: 80, height: 24, title: '' };
const MAX_COLUMNS = 1_000;

/**
 * Reads asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/) as it comes. A line that is neither a header nor an event
 * is passed over: what was recorded is somebody else's.
 */
export async function readCast(chunks: AsyncIterable<string>, maxCharacters = MAX_CAST_CHARACTERS): Promise<Cast> {
  let header = DEFAULT_HEADER;
  const events: CastEvent[] = [];
  let characters = 0;
  let rest = '';
  let isCut = false;
  const take = (line: string) => {
    const event = parseCastEvent(line);
    if (event === undefined) header = parseHeader(line) ?? header;
    else events.push({ ...event, atMs: Math.max(event.atMs, events.at(-1)?.atMs ?? 0) });
  };
  for await (const chunk of chunks) {
    characters += chunk.length;
    if (characters > maxCharacters) {
      isCut = true;
      break;
    }
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  }
  if (!isCut) take(rest);
  const damage = events.flatMap((event) => castDamageOf(event) ?? []);
  return { header, events, damage, durationMs: events.at(-1)?.atMs ?? 0, isCut };
}

function parseHeader(line: string): CastHeader | undefined {
  const value = parseJson(line) as { readonly version?: unknown; readonly title?: unknown } | undefined;
  if (value?.version !== 2) return undefined;
  const { width, height } = value as { readonly width?: unknown; readonly height?: unknown };
  const size = sizeOf(Number(width), Number(height)) ?? DEFAULT_HEADER;
  return { ...size, title: typeof value.title === 'string' ? value.title : '' };
}

/** The size that a `r` event says; `undefined` when a terminal can't have it. */
export function parseSize(text: string): { readonly width: number; readonly height: number } | undefined {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? [];
  return sizeOf(Number(width), Number(height));
}

function sizeOf(width: number, height: number) {
  const isSize = [width, height].every((each) => Number.isInteger(each) && each > 0 && each <= MAX_COLUMNS);
  return isSize ? { width, height } : undefined;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
