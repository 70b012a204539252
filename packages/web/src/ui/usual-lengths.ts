const MINUTE = 60_000;
const USUAL = [15, 30, 60, 120, 240, 480, 1_440].map((minutes) => minutes * MINUTE);
/** How near to a usual length the pointer must be to snap to it, as a part of the whole track. */
const REACH = 0.04;
const STEP = 5 * MINUTE;

/** Lengths to choose from: usual ones that are within `max` milliseconds, at most the four longest, and `max` itself. */
export function usualUpTo(max: number): readonly number[] {
  return [...USUAL.filter((ms) => ms < max).slice(-4), max];
}

/** The length that a point on a track of `max` milliseconds means: a usual one when it is near, else in steps of five minutes. */
export function snapDuration(ms: number, max: number): number {
  const near = usualUpTo(max).find((usual) => Math.abs(usual - ms) <= max * REACH);
  return near ?? Math.min(max, Math.max(STEP, Math.round(ms / STEP) * STEP));
}
