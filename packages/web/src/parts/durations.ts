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
