import type { Clock } from '@sallyport/core';
import type { CastEvent } from '@sallyport/core/terminal';
import type { Keys } from './keys.ts';
import type { Screen } from './screen.ts';

/** What {@link playCast} works with. */
export interface PlayOptions {
  /** Reads the recording from its beginning; called again to go back. */
  readonly open: () => Promise<AsyncIterable<CastEvent>>;
  readonly screen: Screen;
  readonly keys: Keys;
  readonly clock: Clock;
  /** How many times as fast. */
  readonly speed: number;
  /** Longest pause between two events, in milliseconds of the recording. */
  readonly idleLimitMs: number;
  /** Where to begin, in milliseconds of the recording. What was before is drawn at once. */
  readonly fromMs: number;
}

/** How playing ended: at the end of the recording, or before it by whoever watched. */
export type PlayEnd = 'end' | 'quit';

/** Plays a recording, in memory that does not grow with it. Going back reads it again from its beginning, without waiting. */
export async function playCast(options: PlayOptions): Promise<PlayEnd> {
  let fromMs = options.fromMs;
  for (;;) {
    const end = await playOnce(options, fromMs);
    if (typeof end === 'string') return end;
    fromMs = end.backToMs;
    await options.screen.clear();
  }
}

async function playOnce(options: PlayOptions, fromMs: number): Promise<PlayEnd | { readonly backToMs: number }> {
  const { screen, keys, clock, speed, idleLimitMs } = options;
  let atMs = 0;
  let untilMs = fromMs;
  let isPaused = false;
  for await (const event of await options.open()) {
    let leftMs = event.atMs <= untilMs ? 0 : Math.min(event.atMs - Math.max(atMs, untilMs), idleLimitMs);
    for (;;) {
      const startedMs = clock.monotonicMs();
      const key = await keys.next(isPaused ? Number.POSITIVE_INFINITY : leftMs / speed);
      if (!isPaused) leftMs = Math.max(0, leftMs - (clock.monotonicMs() - startedMs) * speed);
      if (key === 'quit') return 'quit';
      if (key === 'pause') isPaused = !isPaused;
      else if (key !== undefined) {
        const backToMs = Math.max(0, event.atMs - leftMs + key.seekMs);
        if (key.seekMs < 0) return { backToMs };
        untilMs = backToMs;
        if (event.atMs <= untilMs) leftMs = 0;
      }
      if (!isPaused && (key === undefined || leftMs === 0)) break;
    }
    atMs = event.atMs;
    if (event.code === 'o') await screen.show(event.data);
  }
  return 'end';
}
