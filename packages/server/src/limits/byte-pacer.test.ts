import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type BytePacer, createBytePacer } from './byte-pacer.ts';

const RATE = { perSecond: 1_000, burst: 1_000 };
let clock: FakeClock;
let pacer: BytePacer;
let passed: string[];
beforeEach(() => {
  clock = createFakeClock();
  pacer = createBytePacer(RATE, clock);
  passed = [];
});

function openNamed(name: string) {
  const stream = pacer.open();
  let count = 0;
  return {
    pass(bytes: number) {
      count += 1;
      const piece = `${name}${count}`;
      stream.pass(bytes, () => passed.push(piece));
    },
    stop: stream.stop,
  };
}

describe('a byte pacer', () => {
  it('lets pass at once what there is room for, and the rest as time allows', () => {
    const a = openNamed('a');
    a.pass(600);
    a.pass(600);
    expect(passed).toEqual(['a1', 'a2']);
    a.pass(500);
    a.pass(0);
    expect([passed.length, pacer.waitingBytes]).toEqual([2, 500]);
    clock.advance(200);
    expect(passed).toEqual(['a1', 'a2']);
    clock.advance(1);
    expect(passed).toEqual(['a1', 'a2', 'a3', 'a4']);
    expect([pacer.waitingBytes, clock.pending]).toEqual([0, 0]);
  });

  it('lets streams take turns, so that a large answer does not hold up a small one', () => {
    const [large, small] = [openNamed('large'), openNamed('small')];
    large.pass(1_000);
    for (let i = 0; i < 50; i++) large.pass(1_000);
    small.pass(10);
    small.pass(0);
    clock.advance(1);
    clock.advance(1_000);
    expect(passed).toEqual(['large1', 'large2', 'small1', 'small2']);
  });

  it('passes no more than rate and time allow and the last piece, keeps the order, and forgets nothing', () => {
    const pieces = fc.array(
      fc.record({
        stream: fc.integer({ min: 0, max: 3 }),
        bytes: fc.integer({ min: 0, max: 900 }),
        gap: fc.integer({ min: 0, max: 300 }),
      }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(pieces, (given) => {
        clock = createFakeClock();
        pacer = createBytePacer(RATE, clock);
        const streams = [0, 1, 2, 3].map(() => pacer.open());
        const seen: { at: number; bytes: number; stream: number; index: number }[] = [];
        given.forEach(({ stream, bytes, gap }, index) => {
          clock.advance(gap);
          streams[stream]?.pass(bytes, () => seen.push({ at: clock.monotonicMs(), bytes, stream, index }));
        });
        clock.advance(120_000);
        expect(seen).toHaveLength(given.length);
        for (const stream of [0, 1, 2, 3]) {
          const order = seen.filter((piece) => piece.stream === stream).map(({ index }) => index);
          expect(order).toEqual([...order].sort((a, b) => a - b));
        }
        seen.forEach((from, first) => {
          let bytes = 0;
          for (const to of seen.slice(first)) {
            const room = RATE.burst + ((to.at - from.at) / 1_000) * RATE.perSecond;
            if (to.bytes > 0) expect(bytes).toBeLessThanOrEqual(room);
            bytes += to.bytes;
          }
        });
        expect(clock.pending).toBe(0);
        expect(pacer.isIdle()).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('goes on at another rate at once, and waits for one where there is none', () => {
    const a = openNamed('a');
    a.pass(2_000);
    a.pass(1);
    pacer.setRate({ perSecond: 0, burst: 0 });
    clock.advance(60_000);
    expect([passed, clock.pending]).toEqual([['a1'], 0]);
    pacer.setRate({ perSecond: 1_000_000, burst: 1_000_000 });
    clock.advance(2);
    expect(passed).toEqual(['a1', 'a2']);
  });

  it('forgets what a stopped stream waits with, and leaves no timer', () => {
    const [a, b] = [openNamed('a'), openNamed('b')];
    a.pass(2_000);
    a.pass(5_000);
    b.pass(1);
    a.stop();
    expect(pacer.waitingBytes).toBe(1);
    b.stop();
    expect([pacer.waitingBytes, clock.pending]).toEqual([0, 0]);
    clock.advance(60_000);
    expect(passed).toEqual(['a1']);
  });

  it('takes what is handed in, and a stop, from within', () => {
    const stream = pacer.open();
    stream.pass(3_000, () => {});
    stream.pass(1, () => {
      stream.pass(1, () => {
        passed.push('inner');
        stream.stop();
      });
      stream.pass(1, () => passed.push('never'));
    });
    clock.advance(10_000);
    expect([passed, pacer.waitingBytes, clock.pending]).toEqual([['inner'], 0, 0]);
  });
});
