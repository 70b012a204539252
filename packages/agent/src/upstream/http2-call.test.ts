import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { createFakeClock } from '@sallyport/core/testing';
import { expect, it } from 'vitest';
import type { Endpoint } from './endpoint.ts';
import { callHttp2 } from './http2-call.ts';

/** What a session of Node would give, with the order of its events in the hands of a test. */
class FakeStream extends PassThrough {
  readonly rstCode = 0;
  readonly aborted = false;

  answer(status: number): void {
    this.emit('response', { ':status': status }, 0, [':status', String(status), 'content-type', 'application/json']);
  }
}

async function call() {
  const stream = new FakeStream();
  const heard: string[] = [];
  const upstreamCall = callHttp2(
    { method: 'GET', target: '/api/v1/pods?watch=true', lines: [] },
    {
      onHead: ({ status, headers }) => heard.push(`head ${status} ${headers.join()}`),
      onData: (chunk) => heard.push(`data ${chunk}`),
      onEnd: () => heard.push('end'),
      onError: ({ code }) => heard.push(code),
    },
    {
      endpoint: { authority: 'kubernetes' } as Endpoint,
      sessions: { request: async () => stream as never, close() {} },
      limits: { headTimeoutMs: 1_000 },
      clock: createFakeClock(),
      onUnsupported: () => heard.push('unsupported'),
    },
  );
  await turn();
  return { stream, heard, upstreamCall };
}

// Node tells of a head in a later turn than it reads it; of bytes right behind it, at once. Under load those come first.
it('hands on bytes that were read before the head was told of, behind it', async () => {
  const { stream, heard, upstreamCall } = await call();
  stream.write('first event');
  await turn();
  upstreamCall.resume();
  await turn();
  expect(heard).toEqual([]);
  stream.answer(200);
  stream.write('second event');
  stream.end();
  await turn();
  await turn();
  expect(heard).toEqual(['head 200 content-type,application/json', 'data first event', 'data second event', 'end']);
});

it('stops and goes on as it is told, once it is answered', async () => {
  const { stream, heard, upstreamCall } = await call();
  stream.answer(200);
  stream.write('first');
  await turn();
  upstreamCall.pause();
  stream.write('second');
  await turn();
  expect(heard.slice(1)).toEqual(['data first']);
  upstreamCall.resume();
  await turn();
  expect(heard.slice(1)).toEqual(['data first', 'data second']);
});
