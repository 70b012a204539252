import { AuditError } from '@sallyport/audit';
import type { RecordedEvent } from '@sallyport/audit/recording';
import { createId } from '@sallyport/core';
import { castDamageOf, parseCastEvent } from '@sallyport/core/terminal';
import { describe, expect, it } from 'vitest';
import type { Store } from '../stores/contracts.ts';
import { type RecordingRange, readRecording } from './read-recording.ts';

const COUNT = 6;
const recording = {
  id: createId('sessionRecording'),
  chunkCount: COUNT,
  startedAt: new Date(0),
  userName: 'ada',
  kind: 'exec',
  clusterName: 'prod',
  namespace: 'shop',
  pod: 'web-0',
} as const;

/** A recording of which chunk n was printed in second n; `rows` are those that the database knows. */
async function read({
  rows = [0, 1, 2, 3, 4, 5],
  range = {},
  fails = () => undefined,
}: {
  readonly rows?: readonly number[];
  readonly range?: RecordingRange;
  readonly fails?: (number: number) => Error | undefined;
}) {
  const known = rows.map((number) => ({ number, fromMs: number * 1_000, toMs: number * 1_000 + 500 }));
  const chunks = async (_id: string, from: number, limit: number) =>
    known.filter(({ number }) => number >= from).slice(0, Math.min(limit, 2));
  const store = { recordings: { chunks } } as unknown as Pick<Store, 'recordings'>;
  const readChunk = async (number: number): Promise<readonly RecordedEvent[]> => {
    const failure = fails(number);
    if (failure !== undefined) throw failure;
    return [{ kind: 'stdout', atMs: number * 1_000, bytes: Buffer.from(String(number)) }];
  };
  let text = '';
  for await (const piece of readRecording(store, readChunk, recording, range)) text += piece;
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const event = parseCastEvent(line);
      return event === undefined ? 'header' : (castDamageOf(event) ?? event.data);
    });
}
const missing = new AuditError({ code: 'ERR_RECORDING_CHUNK', message: 'it is missing' });
const away = new AuditError({ code: 'ERR_BLOB_STORE', message: 'no answer' });

describe('reading a recording', () => {
  it('gives all that is there, page by page, and no chunk beyond those that it has', async () => {
    expect(await read({ rows: [0, 1, 2, 3, 4, 5, 6, 7] })).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(await read({ range: { fromMs: 2_000, toMs: 3_200 } })).toEqual(['2', '3']);
  });

  it('opens also chunks that the database has no rows of any more, in their places', async () => {
    expect(await read({ rows: [0, 3] })).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(await read({ rows: [] })).toEqual(['0', '1', '2', '3', '4', '5']);
    const fails = (number: number) => (number === 4 ? missing : undefined);
    expect(await read({ rows: [0, 3], fails })).toEqual([
      '0',
      '1',
      '2',
      '3',
      'chunk 4 of 6, from 3.5 s to 3.5 s, is missing or was altered',
      '5',
    ]);
  });

  it('begins with a header although the chunk that has it is missing', async () => {
    const fails = (number: number) => (number === 0 ? missing : undefined);
    expect((await read({ fails })).slice(0, 3)).toEqual([
      'header',
      'chunk 0 of 6, from 0.0 s to 0.5 s, is missing or was altered',
      '1',
    ]);
  });

  it('rejects with what is away before anything was given, and says so in the end once something was', async () => {
    await expect(read({ fails: () => away })).rejects.toBe(away);
    expect(await read({ fails: (number) => (number === 2 ? away : undefined) })).toEqual([
      '0',
      '1',
      'from chunk 2 of 6 on, at 2.0 s, it can not be read just now',
    ]);
  });
});
