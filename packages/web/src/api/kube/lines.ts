/** Longest line that is kept whole, in characters; a longer one is cut there. */
export const MAX_LINE_CHARACTERS = 100_000;

/** Splits text that comes in pieces into lines; what stands behind the last line feed comes last. Bounded by {@link MAX_LINE_CHARACTERS}. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split('\n');
    rest = (parts.pop() ?? '').slice(0, MAX_LINE_CHARACTERS);
    for (const line of parts) yield line.slice(0, MAX_LINE_CHARACTERS);
  }
  if (rest !== '') yield rest;
}
