/**
 * Splits text that comes in pieces into its lines, without their ends. Pieces may end anywhere; a last line without an end counts.
 * At most one line is held.
 */
export async function* readLines(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
