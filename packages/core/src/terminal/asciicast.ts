/** Something that happened in a recording: `o` output, `i` input, `r` another size as `80x24`, `m` a remark. */
export interface CastEvent {
  /** Milliseconds since the session began. */
  readonly atMs: number;
  readonly code: 'o' | 'i' | 'r' | 'm';
  readonly data: string;
}

/**
 * Reads one line of asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/); `undefined` when it is a header, or no event
 * that a player knows. Never throws: what was recorded is somebody else's.
 */
export function parseCastEvent(line: string): CastEvent | undefined {
  if (!line.startsWith('[')) return undefined;
  const value = parseJson(line);
  if (!Array.isArray(value)) return undefined;
  const [seconds, code, data]: unknown[] = value;
  if (typeof seconds !== 'number' || seconds < 0 || typeof data !== 'string') return undefined;
  if (code !== 'o' && code !== 'i' && code !== 'r' && code !== 'm') return undefined;
  return { atMs: Math.round(seconds * 1_000), code, data };
}

/** Begins the remark on a part of a recording that is missing. */
const DAMAGE = 'ERR_RECORDING_CHUNK: ';

/** The remark that stands where a part of a recording is missing or can not be read. */
export function formatCastDamage(message: string): string {
  return `${DAMAGE}${message}`;
}

/**
 * What a line of a recording says is missing from it; `undefined` when it says no such thing. Nothing that a pod printed can say
 * it: only the server writes remarks.
 */
export function castDamageOf({ code, data }: CastEvent): string | undefined {
  return code === 'm' && data.startsWith(DAMAGE) ? data.slice(DAMAGE.length) : undefined;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
