import { describe, expect, it } from 'vitest';
import { readEventStream, type StreamedEvent } from './event-stream.ts';

const TEXT = [
  'retry: 2000\nid: 6\n\n',
  'id: 7\nevent: audit\ndata: {"a":1}\n\n',
  ': alive\n\n',
  'data: one\ndata: two\ndata:\n\n',
  ': alive\nid: 9\n\n',
  'event: end\ndata: {}\n\n',
  'id: 10\ndata: cut off',
].join('');

async function read(size: number): Promise<readonly StreamedEvent[]> {
  const pieces = (async function* () {
    yield* TEXT.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
  })();
  const events: StreamedEvent[] = [];
  for await (const event of readEventStream(pieces)) events.push(event);
  return events;
}

describe('readEventStream', () => {
  for (const size of [1, 5, 1_000]) {
    it(`reads events that come in pieces of ${size}, and leaves out the one that is cut off`, async () => {
      expect(await read(size)).toEqual([
        { type: 'message', data: '', id: '6' },
        { type: 'audit', data: '{"a":1}', id: '7' },
        { type: 'message', data: 'one\ntwo\n', id: '7' },
        { type: 'message', data: '', id: '9' },
        { type: 'end', data: '{}', id: '9' },
      ]);
    });
  }
});
