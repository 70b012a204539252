import type { OutputStream } from '../context.ts';

/** Writes, and resolves once the reader has taken what it was sent before: nothing piles up in memory. */
export function writeWhole(stream: OutputStream, text: string): Promise<void> | undefined {
  if (text === '' || stream.write(text) !== false || stream.once === undefined) return undefined;
  return new Promise((resolve) => {
    stream.once?.('drain', resolve);
    // A reader that has gone drains nothing any more.
    stream.once?.('close', resolve);
  });
}
