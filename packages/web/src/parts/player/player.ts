import type { Clock } from '@sallyport/core';
import type { Cast } from './cast.ts';
import type { CastScreen } from './screen.ts';
import { endOfIdle, idleGaps } from './timeline.ts';

/** How many times as fast a recording can be played. */
export const SPEEDS = [0.5, 1, 2, 4] as const;

/** One of {@link SPEEDS}. */
export type Speed = (typeof SPEEDS)[number];

/** Where a player stands. A new object with each change. */
export interface PlayerState {
  /** Place in the recording, in milliseconds. */
  readonly atMs: number;
  readonly isPlaying: boolean;
  readonly speed: Speed;
  readonly skipsIdle: boolean;
}

/** What {@link createPlayer} works with. */
export interface PlayerOptions {
  readonly cast: Cast;
  readonly screen: CastScreen;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Calls back for the next picture: `requestAnimationFrame` in a page. Answers what takes it back. */
  readonly nextFrame: (draw: () => void) => () => void;
}

/** Plays a recording that is in memory. */
export interface Player {
  readonly state: PlayerState;
  /** Called after each change; answers what ends that. */
  subscribe(listener: () => void): () => void;
  /** Plays on; from the beginning when it stands at the end. */
  play(): void;
  pause(): void;
  /** Goes to a place; places outside of the recording are its ends. */
  seek(atMs: number): void;
  /** Goes to the next (`1`) or the last (`-1`) thing that was printed, and pauses. */
  step(direction: 1 | -1): void;
  setSpeed(speed: Speed): void;
  setSkipsIdle(skipsIdle: boolean): void;
  /** Stops for good. */
  close(): void;
}

/** Makes a player that stands at the beginning. Going back draws anew from there. */
export function createPlayer({ cast, screen, clock, nextFrame }: PlayerOptions): Player {
  const { events, durationMs, header } = cast;
  const gaps = idleGaps(events);
  const listeners = new Set<() => void>();
  let state: PlayerState = { atMs: 0, isPlaying: false, speed: 1, skipsIdle: true };
  /** Events that are drawn. */
  let drawn = 0;
  let lastFrameMs = 0;
  let cancelFrame: (() => void) | undefined;

  function change(next: Partial<PlayerState>): void {
    state = { ...state, ...next };
    for (const listener of listeners) listener();
  }

  function draw(atMs: number): void {
    if (atMs < (events[drawn - 1]?.atMs ?? 0)) {
      screen.clear(header);
      drawn = 0;
    }
    for (let event = events[drawn]; event !== undefined && event.atMs <= atMs; event = events[drawn]) {
      if (event.code === 'o') screen.show(event.data);
      else if (event.code === 'r') screen.resize(event.data);
      drawn += 1;
    }
  }

  function seek(atMs: number, next: Partial<PlayerState> = {}): void {
    const place = Math.min(durationMs, Math.max(0, atMs));
    draw(place);
    change({ atMs: place, ...next });
  }

  function frame(): void {
    const now = clock.monotonicMs();
    let atMs = state.atMs + (now - lastFrameMs) * state.speed;
    lastFrameMs = now;
    if (state.skipsIdle) atMs = Math.max(atMs, endOfIdle(gaps, atMs) ?? 0);
    const isAtEnd = atMs >= durationMs;
    cancelFrame = isAtEnd ? undefined : nextFrame(frame);
    seek(atMs, isAtEnd ? { isPlaying: false } : {});
  }

  function stop(): void {
    cancelFrame?.();
    cancelFrame = undefined;
  }

  screen.clear(header);
  draw(0);
  return {
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    play() {
      if (state.isPlaying) return;
      if (state.atMs >= durationMs) seek(0);
      lastFrameMs = clock.monotonicMs();
      cancelFrame = nextFrame(frame);
      change({ isPlaying: true });
    },
    pause() {
      stop();
      change({ isPlaying: false });
    },
    seek: (atMs) => seek(atMs),
    step(direction) {
      stop();
      const outputs = events.filter(({ code }) => code === 'o');
      const to =
        direction > 0
          ? outputs.find(({ atMs }) => atMs > state.atMs)
          : outputs.findLast(({ atMs }) => atMs < state.atMs);
      seek(to?.atMs ?? (direction > 0 ? durationMs : 0), { isPlaying: false });
    },
    setSpeed: (speed) => change({ speed }),
    setSkipsIdle: (skipsIdle) => change({ skipsIdle }),
    close() {
      stop();
      listeners.clear();
    },
  };
}
