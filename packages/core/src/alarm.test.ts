import { describe, expect, it } from 'vitest';
import { createAlarm } from './alarm.ts';
import type { Clock } from './clock.ts';
import { createFakeClock } from './testing/fake-clock.ts';

const DAY_MS = 86_400_000;

/** An alarm that notes at which instants it rang, and the delays that it asked timers for. */
function anAlarm(early = 0) {
  const fake = createFakeClock(new Date(0));
  const delays: number[] = [];
  const clock: Clock = {
    ...fake,
    setTimeout(callback, delayMs) {
      delays.push(delayMs);
      return fake.setTimeout(callback, Math.max(delayMs - early, delayMs > 0 ? 1 : 0));
    },
  };
  const rang: number[] = [];
  const alarm = createAlarm(clock, () => rang.push(clock.now()));
  return { fake, alarm, rang, delays };
}

describe('an alarm', () => {
  it('rings at the instant and once', () => {
    const { fake, alarm, rang, delays } = anAlarm();
    alarm.setTo(1_500);
    fake.advance(1_499);
    expect(rang).toEqual([]);
    fake.advance(DAY_MS);
    expect(rang).toEqual([1_500]);
    expect(delays).toEqual([1_500]);
    expect(fake.pending).toBe(0);
  });

  it('waits for what is further away than a timer can be set to', () => {
    const { fake, alarm, rang, delays } = anAlarm();
    alarm.setTo(60 * DAY_MS);
    fake.advance(60 * DAY_MS - 1);
    expect(rang).toEqual([]);
    fake.advance(1);
    expect(rang).toEqual([60 * DAY_MS]);
    expect(delays).toEqual([2_147_483_647, 2_147_483_647, 60 * DAY_MS - 2 * 2_147_483_647]);
  });

  it('does not ring before the clock shows the instant, when timers fire early or the clock was set back', () => {
    const { fake, alarm, rang } = anAlarm(1);
    alarm.setTo(1_000);
    fake.advance(999);
    expect(rang).toEqual([]);
    fake.advance(1);
    expect(rang).toEqual([1_000]);
    alarm.setTo(3_000);
    fake.setWallClock(new Date(500));
    fake.advance(2_000);
    expect(rang).toEqual([1_000]);
    fake.advance(500);
    expect(rang).toEqual([1_000, 3_000]);
  });

  it('is set to another instant, or to none, with one timer at the most', () => {
    const { fake, alarm, rang } = anAlarm();
    alarm.setTo(5_000);
    alarm.setTo(2_000);
    alarm.setTo(2_000);
    expect(fake.pending).toBe(1);
    fake.advance(2_000);
    alarm.setTo(1_000);
    fake.advance(0);
    expect(rang).toEqual([2_000, 2_000]);
    alarm.setTo(9_000);
    alarm.setTo(undefined);
    expect(fake.pending).toBe(0);
    fake.advance(DAY_MS);
    expect(rang).toEqual([2_000, 2_000]);
  });
});
