/** One thing of a recording: seconds since it began, what it is (`o` for output), and what came. */
export interface CastEvent {
  readonly atMs: number;
  readonly code: string;
  readonly data: string;
}

/** Reads the events of asciicast v2 as it comes; the header is left out, and so is a line that is none. */
export async function* readCast(chunks: AsyncIterable<string>): AsyncGenerator<CastEvent> {
  for await (const line of linesOf(chunks)) {
    const event = parseCastEvent(line);
    if (event !== undefined) yield event;
  }
}

/** Reads one line of asciicast v2; `undefined` when it is no event. */
export function parseCastEvent(line: string): CastEvent | undefined {
  if (!line.startsWith('[')) return undefined;
  const [seconds, code, data]: unknown[] = JSON.parse(line);
  if (typeof seconds !== 'number' || typeof code !== 'string' || typeof data !== 'string') return undefined;
  return { atMs: Math.round(seconds * 1_000), code, data };
}

/** Splits text that comes in pieces into lines, without their line feeds. What is behind the last one counts as a line. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
