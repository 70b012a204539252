import assert from 'node:assert/strict';
import type { Link } from '../link.ts';
import type { ConformanceCase } from './conformance.ts';

/** Two links that are joined. */
export interface LinkPair {
  readonly left: Link;
  readonly right: Link;
  /** Frees what the pair needed, once a case is over. */
  close(): Promise<void>;
}

/** Makes a fresh pair for each case. */
export type LinkSetup = () => Promise<LinkPair>;

const BORDER_SIZES = [1, 127, 128, 16_383, 16_384, 32_767, 32_768, 32_769, 262_143, 262_144, 262_145, 524_288];

/** What every link must do. Run each case with a setup that makes joined links; see `LinkSetup`. */
export const linkConformance: readonly ConformanceCase<LinkSetup>[] = [
  {
    name: 'delivers batches whole and in order, both ways at once',
    run: (setup) =>
      withPair(setup, async ({ left, right }) => {
        const toRight = collect(right, BORDER_SIZES.length);
        const toLeft = collect(left, BORDER_SIZES.length);
        for (const size of BORDER_SIZES) {
          send(left, pattern(size, 1));
          send(right, pattern(size, 2));
        }
        assert.deepEqual(
          (await toRight).map(digest),
          BORDER_SIZES.map((size) => digest(pattern(size, 1))),
        );
        assert.deepEqual(
          (await toLeft).map(digest),
          BORDER_SIZES.map((size) => digest(pattern(size, 2))),
        );
      }),
  },
  {
    name: 'acknowledges every batch once, without an error',
    run: (setup) =>
      withPair(setup, async ({ left, right }) => {
        const received = collect(right, 20);
        const results = await Promise.all(Array.from({ length: 20 }, (_, i) => sent(left, pattern(1000 + i, i))));
        assert.deepEqual(
          results,
          Array.from({ length: 20 }, () => undefined),
        );
        await received;
      }),
  },
  {
    name: 'keeps batches that arrive before there is a listener',
    run: (setup) =>
      withPair(setup, async ({ left, right }) => {
        await sent(left, pattern(10, 1));
        await sent(left, pattern(20, 2));
        const received = await collect(right, 2);
        assert.deepEqual(
          received.map((batch) => batch.byteLength),
          [10, 20],
        );
      }),
  },
  {
    name: 'delivers what was sent before an orderly close, and tells both ends once, without an error',
    run: (setup) =>
      withPair(setup, async ({ left, right }) => {
        const received = collect(right, 3);
        const ends = [ended(left), ended(right)];
        for (let i = 1; i <= 3; i += 1) send(left, pattern(100_000, i));
        left.close();
        assert.equal((await received).length, 3);
        assert.deepEqual(await Promise.all(ends), [undefined, undefined]);
      }),
  },
  {
    name: 'tells both ends when it is closed with a reason',
    run: (setup) =>
      withPair(setup, async ({ left, right }) => {
        right.onBatch(() => {});
        left.onBatch(() => {});
        const ends = [ended(left), ended(right)];
        const reason = new Error('broken');
        left.close(reason);
        assert.equal((await Promise.all(ends))[0], reason);
      }),
  },
  {
    name: 'takes a second close, and a close after the peer closed',
    run: (setup) =>
      withPair(setup, async ({ left, right }) => {
        left.onBatch(() => {});
        right.onBatch(() => {});
        const ends = [ended(left), ended(right)];
        left.close();
        left.close(new Error('too late'));
        await Promise.all(ends);
        right.close();
        right.close(new Error('too late'));
      }),
  },
  {
    name: 'answers a send after the close with an error',
    run: (setup) =>
      withPair(setup, async ({ left, right }) => {
        left.onBatch(() => {});
        right.onBatch(() => {});
        const end = ended(left);
        left.close();
        assert.ok((await sent(left, pattern(10, 1))) instanceof Error);
        await end;
        assert.ok((await sent(left, pattern(10, 1))) instanceof Error);
      }),
  },
  {
    name: 'tells a listener that comes after the end',
    run: (setup) =>
      withPair(setup, async ({ left, right }) => {
        right.onBatch(() => {});
        left.onBatch(() => {});
        const end = ended(left);
        left.close();
        await end;
        assert.equal(await ended(left), undefined);
      }),
  },
];

async function withPair(setup: LinkSetup, run: (pair: LinkPair) => Promise<void>): Promise<void> {
  const pair = await setup();
  try {
    await run(pair);
  } finally {
    pair.left.close();
    pair.right.close();
    await pair.close();
  }
}

function send(link: Link, bytes: Uint8Array): void {
  void sent(link, bytes);
}

function sent(link: Link, bytes: Uint8Array): Promise<Error | undefined> {
  const headroom = link.headroomBytes ?? 0;
  const batch = new Uint8Array(headroom + bytes.byteLength);
  batch.set(bytes, headroom);
  return new Promise((resolve) => link.send(batch, resolve));
}

function collect(link: Link, count: number): Promise<Uint8Array[]> {
  return new Promise((resolve) => {
    const batches: Uint8Array[] = [];
    link.onBatch((batch) => {
      batches.push(batch);
      if (batches.length === count) resolve(batches);
    });
  });
}

function ended(link: Link): Promise<Error | undefined> {
  return new Promise((resolve, reject) => {
    let calls = 0;
    link.onClose((error) => {
      calls += 1;
      if (calls > 1) reject(new Error(`onClose was called ${calls} times`));
      // A turn later, so that a second call would be seen.
      setImmediate(() => resolve(error));
    });
  });
}

/** Bytes that differ by position and by `seed`, so that a swap shows. */
export function pattern(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i += 1) bytes[i] = (i * 31 + (i >>> 8) * 7 + seed * 13) & 0xff;
  return bytes;
}

function digest(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `${bytes.byteLength}:${hash.toString(16)}`;
}
