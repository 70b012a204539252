import { describe, expect, it } from 'vitest';
import { sleep } from '../clock.ts';
import { createFakeClock } from './fake-clock.ts';

describe('createFakeClock', () => {
  it('runs due timers in order of their time, also those that timers start', () => {
    const clock = createFakeClock(new Date(1_000));
    const seen: [string, number, number][] = [];
    const note = (name: string) => seen.push([name, clock.now(), clock.monotonicMs()]);
    clock.setTimeout(() => note('late'), 30);
    clock.setTimeout(() => {
      note('early');
      clock.setTimeout(() => note('nested'), 5);
    }, 10);
    clock.setTimeout(() => note('same instant'), 10);
    clock.setTimeout(() => note('never'), 31);
    clock.advance(30);
    expect(seen).toEqual([
      ['early', 1_010, 10],
      ['same instant', 1_010, 10],
      ['nested', 1_015, 15],
      ['late', 1_030, 30],
    ]);
    expect(clock.now()).toBe(1_030);
    expect(clock.pending).toBe(1);
  });

  it('forgets a cancelled timer', () => {
    const clock = createFakeClock();
    const timer = clock.setTimeout(() => expect.unreachable(), 10);
    timer.cancel();
    expect(clock.pending).toBe(0);
    clock.advance(20);
  });

  it('leaves timers and the monotonic clock alone when the wall clock is set', () => {
    const clock = createFakeClock();
    let fired = false;
    clock.setTimeout(() => {
      fired = true;
    }, 10);
    clock.setWallClock(new Date(0));
    expect(clock.now()).toBe(0);
    expect(clock.monotonicMs()).toBe(0);
    clock.advance(10);
    expect(fired).toBe(true);
    expect(clock.now()).toBe(10);
  });

  it('lets awaiting code go on between timers', async () => {
    const clock = createFakeClock();
    const woke: number[] = [];
    const run = async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(clock, 100);
        woke.push(clock.monotonicMs());
      }
    };
    const done = run();
    await clock.advanceAsync(300);
    await done;
    expect(woke).toEqual([100, 200, 300]);
  });

  it('refuses to go back', () => {
    expect(() => createFakeClock().advance(-1)).toThrow(RangeError);
    expect(() => createFakeClock().advance(Number.NaN)).toThrow(RangeError);
  });
});
