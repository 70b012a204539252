import { describe, expect, it } from 'vitest';
import { sleep, systemClock } from './clock.ts';
import { createFakeClock } from './testing/fake-clock.ts';

describe('sleep', () => {
  it('resolves when its time has come, and leaves nothing behind', async () => {
    const clock = createFakeClock();
    const controller = new AbortController();
    const slept = sleep(clock, 100, controller.signal);
    clock.advance(100);
    await slept;
    controller.abort();
    expect(clock.pending).toBe(0);
  });

  it('rejects with the reason when it is aborted, before or meanwhile', async () => {
    const clock = createFakeClock();
    const reason = new Error('stop');
    await expect(sleep(clock, 100, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const slept = sleep(clock, 100, controller.signal);
    controller.abort(reason);
    await expect(slept).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
  });
});

describe('systemClock', () => {
  it('waits rather than fires at once for delays that a timer of Node cannot hold', async () => {
    let hasFired = false;
    const timer = systemClock.setTimeout(() => {
      hasFired = true;
    }, 2 ** 40);
    await new Promise<void>((resolve) => {
      systemClock.setTimeout(resolve, 5);
      // The clock's own timers don't keep a process alive, so something else must.
      setTimeout(() => {}, 20);
    });
    timer.cancel();
    expect(hasFired).toBe(false);
  });
});
