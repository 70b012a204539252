import { CoreError } from '@sallyport/core/errors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followEvents } from './follow-events.ts';

const headers = { get: () => null };

async function* text(...pieces: readonly string[]) {
  yield* pieces;
}

async function* broken(piece: string): AsyncGenerator<string> {
  yield piece;
  throw new TypeError('network error');
}

describe('followEvents', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function follow(streams: readonly (() => AsyncIterable<string>)[]) {
    const opened: (string | undefined)[] = [];
    const states: boolean[] = [];
    const seen: string[] = [];
    const events = followEvents({
      async open(lastEventId) {
        const stream = streams[opened.length];
        opened.push(lastEventId);
        if (stream === undefined) throw new CoreError({ code: 'ERR_API_PROBLEM', message: 'refused' });
        return { headers, chunks: stream() };
      },
      signal: new AbortController().signal,
      onState: (isConnected) => states.push(isConnected),
    });
    const run = (async () => {
      for await (const { data } of events) seen.push(data);
    })();
    const settled = run.then(
      () => 'ended',
      (error: Error) => error.message,
    );
    await vi.runAllTimersAsync();
    return { end: await settled, opened, states, seen };
  }

  it('goes on behind the last event when the connection is lost, until the server ends it', async () => {
    const result = await follow([
      () => broken('id: 4\ndata: a\n\n'),
      () => text(),
      () => text('id: 5\ndata: b\n\nid: 6\nevent: end\ndata: over\n\nid: 7\ndata: never\n\n'),
    ]);
    expect(result).toEqual({
      end: 'ended',
      opened: [undefined, '4', '4'],
      states: [true, false, true, false, true],
      seen: ['a', 'b', 'over'],
    });
  });

  it('asks no more once the server has refused', async () => {
    const result = await follow([() => broken('id: 4\ndata: a\n\n')]);
    expect(result).toMatchObject({ end: 'refused', opened: [undefined, '4'], seen: ['a'] });
  });
});
