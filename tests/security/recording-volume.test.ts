import { createHash, type Hash, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { RECORDER_LIMITS } from '@sallyport/audit/recording';
import { Secret } from '@sallyport/core';
import { encodeChannelMessage, encodeWebSocketFrame } from '@sallyport/core/streaming';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { fetchTrusting } from '../stack/login.ts';
import { awaitCondition, lacks, part } from '../support/index.ts';
import { ORGANIZATION, PREFIX, type SecureStack, startSecureStack } from './harness.ts';
import { type SlowBucket, startSlowBucket } from './slow-bucket.ts';
import { execPath, switchingHead } from './upgrade-client.ts';

const MIB = 1_048_576;
/** By hand with 1024: what a session of a gigabyte costs. */
const VOLUME_MIB = Number(process.env['SALLYPORT_TEST_RECORDING_MIB'] ?? 64);
/** What a session may be ahead of its recording, by the recorder's own limit. */
const AHEAD_BYTES = RECORDER_LIMITS.bufferedBytes;
/** What is on its way in sockets and in the windows of the tunnel. */
const ON_ITS_WAY_BYTES = 12 * MIB;

/** Pieces of 64 KiB between two looks at what is stored: a MiB. */
const PIECES_OF_A_LOOK = 16;

describe.skipIf(lacks('postgres'))('a session with much output', () => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
  let bucket: SlowBucket;
  let stack: SecureStack;
  beforeAll(async () => {
    database = await createPostgresDatabase(part('postgres'));
    bucket = await startSlowBucket(40);
    const s3 = {
      endpoint: bucket.endpoint,
      bucket: 'recordings',
      accessKeyId: 'nobody',
      secretAccessKey: new Secret('a secret'),
    };
    const databaseUrl = new Secret(database.url);
    stack = await startSecureStack({ config: { databaseUrl, recordings: { store: 's3', s3 } } });
  }, 120_000);
  afterAll(async () => {
    await stack?.close();
    await bucket?.close();
    await database?.drop();
  }, 60_000);

  it(
    `SEC-C11 holds ${VOLUME_MIB} MiB of output byte for byte, in memory that does not grow with it, no faster than its slow store takes it`,
    async () => {
      let pipe: Duplex | undefined;
      stack.upstream.answer = (call) => {
        pipe = call.raw(switchingHead(call, 'v5.channel.k8s.io'));
      };
      const socket = new WebSocket(`wss://127.0.0.1:${stack.port}${PREFIX}${execPath('volume')}`, 'v5.channel.k8s.io', {
        ca: stack.target.caPem,
        headers: { authorization: `Bearer ${await stack.token()}` },
      });
      const shown = createHash('sha256');
      socket.on('message', (message: Buffer) => shown.update(message.subarray(1)));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      const to = await awaitCondition(() => pipe, { what: 'the session is open' });

      const { organizationId, recordingId } = await stack.audited(({ code }) => code === 'session.recording.started');
      if (organizationId === undefined || recordingId === undefined) throw new Error('the event names no recording');
      const look = async () =>
        (await stack.store.recordings.find(organizationId, recordingId)) ?? expect.fail('there is no recording');

      const printed = createHash('sha256');
      let pieces = 0;
      let sentBytes = 0;
      let mostAhead = 0;
      const memory = { beforeMib: 0, mostMib: 0 };
      const sinceMs = performance.now();
      while (sentBytes < VOLUME_MIB * MIB) {
        // Text that does not compress to nothing, in lines.
        const piece = Buffer.from(`${randomBytes(49_150).toString('base64')}\n`);
        printed.update(piece);
        const frame = Buffer.from(encodeWebSocketFrame('binary', encodeChannelMessage(1, piece)));
        if (!to.write(frame)) await new Promise((resolve) => to.once('drain', resolve));
        sentBytes += piece.length;
        const rssMib = process.memoryUsage().rss / MIB;
        // Until then, pools and code are still being made.
        if (sentBytes < 16 * MIB) memory.beforeMib = Math.max(memory.beforeMib, rssMib);
        memory.mostMib = Math.max(memory.mostMib, rssMib);
        pieces += 1;
        if (pieces % PIECES_OF_A_LOOK === 0) {
          // Chunks are noted a while after they are stored; where they were compressed, the note alone says how much they hold.
          const storedBytes = Math.max(bucket.storedBytes, (await look()).bytes);
          mostAhead = Math.max(mostAhead, sentBytes - storedBytes);
        }
      }
      to.end(Buffer.from(encodeWebSocketFrame('close', Buffer.from([3, 232]))));
      await closed;
      const tookMs = performance.now() - sinceMs;
      const session = await awaitCondition(
        async () => {
          const found = await look();
          return found.state !== 'recording' && found;
        },
        { what: 'the recording is over' },
      );
      const expected = printed.digest('hex');
      expect(shown.digest('hex')).toBe(expected);
      const warned = stack.log.filter(({ text }) => text.includes('a recording could not be stored'));
      expect(session, warned.map(({ text }) => text).join('\n')).toMatchObject({ state: 'complete' });
      expect(session.bytes).toBeGreaterThanOrEqual(sentBytes);
      expect(await hashOfRecording(stack, session.id)).toBe(expected);

      process.stderr.write(
        `${VOLUME_MIB} MiB in ${(tookMs / 1_000).toFixed(1)} s: ${session.chunkCount} chunks, ${(bucket.storedBytes / MIB).toFixed(0)} MiB stored, ` +
          `at most ${bucket.mostAtOnce} at once, ${(mostAhead / MIB).toFixed(1)} MiB ahead, memory ${memory.beforeMib.toFixed(0)} to ${memory.mostMib.toFixed(0)} MiB\n`,
      );
      expect(mostAhead).toBeLessThan(AHEAD_BYTES + ON_ITS_WAY_BYTES);
      expect(bucket.mostAtOnce).toBeLessThanOrEqual(RECORDER_LIMITS.chunksAtOnce);
      // Full chunks, not one for each frame.
      expect(session.chunkCount).toBeLessThan((VOLUME_MIB * MIB * 1.5) / RECORDER_LIMITS.chunkBytes + tookMs / 1_000);
      expect(memory.mostMib - memory.beforeMib).toBeLessThan(192);
    },
    30 * 60_000,
  );
});

/** Hash of what the recording's asciicast says was printed, read as it comes. */
async function hashOfRecording(stack: SecureStack, id: string): Promise<string> {
  const hash = createHash('sha256');
  const person = await stack.person('admin');
  const doFetch = fetchTrusting(stack.server.caPem);
  const hashing = (async (url: string, init?: RequestInit) => {
    const response = await doFetch(url, init);
    if (!url.endsWith('/recording') || response.body === null) return response;
    await hashLines(hash, response.body);
    return new Response('', { status: response.status, headers: response.headers });
  }) as unknown as typeof fetch;
  await person.over(hashing).getRecording({ organization: ORGANIZATION, id });
  return hash.digest('hex');
}

async function hashLines(hash: Hash, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('[')) continue;
      const [, code, data] = JSON.parse(line) as [number, string, string];
      if (code === 'o') hash.update(data);
    }
  }
}
