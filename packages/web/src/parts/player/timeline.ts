import type { CastEvent } from '@sallyport/core/terminal';
import type { Cast } from './cast.ts';

/** A stretch without output, in milliseconds of the recording. */
export interface IdleGap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Pauses longer than this are skipped when idle time is, in milliseconds; this much of each stays. */
export const IDLE_MS = 2_000;

/** Stretches of more than `idleMs` in which nothing happened. */
export function idleGaps(events: readonly CastEvent[], idleMs = IDLE_MS): readonly IdleGap[] {
  const gaps: IdleGap[] = [];
  let before = 0;
  for (const { atMs } of events) {
    if (atMs - before > idleMs) gaps.push({ fromMs: before, toMs: atMs });
    before = atMs;
  }
  return gaps;
}

/** How much was printed in each of `count` equal parts of the time, as shares of the busiest part. */
export function activityBars(events: readonly CastEvent[], durationMs: number, count: number): readonly number[] {
  const sums = new Array<number>(count).fill(0);
  if (durationMs <= 0) return sums;
  for (const { atMs, code, data } of events) {
    if (code !== 'o') continue;
    const at = Math.min(count - 1, Math.floor((atMs / durationMs) * count));
    sums[at] = (sums[at] ?? 0) + data.length;
  }
  // A screen that is drawn anew prints a hundred times as much as a command: roots keep the small ones in sight.
  const most = Math.sqrt(Math.max(1, ...sums));
  return sums.map((sum) => Math.sqrt(sum) / most);
}

/** When the gap that holds `atMs` may be left: where it ends, less what stays of it. `undefined` outside of gaps. */
export function endOfIdle(gaps: readonly IdleGap[], atMs: number, idleMs = IDLE_MS): number | undefined {
  const gap = gaps.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
  if (gap === undefined) return undefined;
  // The beginning of a pause is shown: what was printed last is to be read.
  return atMs - gap.fromMs >= idleMs ? gap.toMs : undefined;
}

/** `0:11`, `6:41`, `1:02:03`: a place in a recording. */
export function formatPlace(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A recording that is shorter is over before anybody has looked: it opens with all that was printed. */
const SHORT_MS = 2_000;

/** Where a recording is opened, in milliseconds: at the place that was asked for, a short one at its end, where playing begins anew. */
export const openingOf = ({ durationMs }: Pick<Cast, 'durationMs'>, fromMs: number): number =>
  fromMs === 0 && durationMs < SHORT_MS ? durationMs : fromMs;
