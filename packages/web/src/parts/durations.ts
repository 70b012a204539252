import { parseDuration } from '@sallyport/core';
import { shortDuration } from '../ui/time-words.ts';

/** Milliseconds of a duration that a person typed; `undefined` when it is none. */
export function readDuration(text: string): number | undefined {
  try {
    const ms = parseDuration(text.replaceAll(' ', '').replace(/min$/, 'm'));
    return ms > 0 ? ms : undefined;
  } catch {
    return undefined;
  }
}

/** What is wrong with a time that may last `maxMs` at the most. */
export function durationProblem(text: string, maxMs: number): string | undefined {
  const ms = readDuration(text);
  if (ms === undefined) return 'Write a time such as 30m or 1h30m.';
  return ms > maxMs ? `That is more than ${shortDuration(maxMs)}. Use ${shortDuration(maxMs)} or less.` : undefined;
}

/** Times to choose from: usual ones that are within the limit, and the limit itself. */
export function usualTimes(maxMs: number): readonly number[] {
  const usual = USUAL_MS.filter((ms) => ms < maxMs);
  return [...usual.slice(-4), maxMs];
}

const MINUTE = 60_000;
const USUAL_MS = [15, 30, 60, 120, 240, 480, 1_440].map((minutes) => minutes * MINUTE);
