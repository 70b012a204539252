/** Longest wait for a frame, in milliseconds: pages that nobody sees draw none. */
const MAX_FRAME_MS = 500;

/**
 * Gathers what comes until the page draws next, so that a burst is drawn once. What came before the source ended or failed is
 * handed on first.
 */
export async function* inFrames<Item>(
  source: AsyncIterable<Item>,
  nextFrame: () => Promise<unknown> = drawn,
): AsyncIterable<readonly Item[]> {
  let waiting: Item[] = [];
  let end: { readonly error?: unknown } | undefined;
  let wake = () => {};
  const iterator = source[Symbol.asyncIterator]();
  const read = async () => {
    try {
      for (let item = await iterator.next(); item.done !== true; item = await iterator.next()) {
        waiting.push(item.value);
        wake();
      }
      end = {};
    } catch (error) {
      end = { error };
    }
    wake();
  };
  void read();
  try {
    for (;;) {
      if (waiting.length === 0 && end === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (waiting.length > 0) {
        if (end === undefined) await nextFrame();
        const items = waiting;
        waiting = [];
        yield items;
      } else if (end !== undefined) {
        if ('error' in end) throw end.error;
        return;
      }
    }
  } finally {
    void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

function drawn(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, MAX_FRAME_MS);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
