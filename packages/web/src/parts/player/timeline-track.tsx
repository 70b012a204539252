import { type KeyboardEvent, type PointerEvent, useMemo } from 'react';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import type { Cast } from './cast.ts';
import { activityBars, formatPlace, idleGaps } from './timeline.ts';
import type { TranscriptEntry } from './transcript.ts';

/** What {@link TimelineTrack} shows. */
export interface TimelineTrackProps {
  readonly cast: Cast;
  readonly entries: readonly TranscriptEntry[];
  readonly atMs: number;
  readonly onSeek: (atMs: number) => void;
}

const BARS = 160;
const SMALL_STEP_MS = 5_000;
const LARGE_STEP_MS = 30_000;
/** Gaps that take less of the width than this have no room for words. */
const LABELLED_SHARE = { wide: 0.06, narrow: 0.16 };

/** The recording from end to end: how much was printed when, where nothing was, where commands begin. Drag to go anywhere. */
export function TimelineTrack({ cast, entries, atMs, onSeek }: TimelineTrackProps) {
  const { events, durationMs } = cast;
  const isNarrow = useIsNarrow();
  const bars = useMemo(() => activityBars(events, durationMs, BARS), [events, durationMs]);
  const gaps = useMemo(() => idleGaps(events), [events]);
  const share = (ms: number) => (durationMs === 0 ? 0 : ms / durationMs);
  const seekTo = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    onSeek(((event.clientX - left) / width) * durationMs);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = {
      ArrowRight: atMs + SMALL_STEP_MS,
      ArrowLeft: atMs - SMALL_STEP_MS,
      PageUp: atMs + LARGE_STEP_MS,
      PageDown: atMs - LARGE_STEP_MS,
      Home: 0,
      End: durationMs,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onSeek(to);
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label="Place in the recording"
      aria-valuemin={0}
      aria-valuemax={Math.round(durationMs / 1_000)}
      aria-valuenow={Math.round(atMs / 1_000)}
      aria-valuetext={`${formatPlace(atMs)} of ${formatPlace(durationMs)}`}
      className="relative h-14 touch-none select-none"
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        seekTo(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) seekTo(event);
      }}
    >
      {gaps.map(({ fromMs, toMs }) => (
        <span
          key={fromMs}
          className="absolute bottom-0 flex h-8 items-center justify-center overflow-hidden bg-hover text-head whitespace-nowrap text-ink-3"
          style={{ left: `${share(fromMs) * 100}%`, width: `${share(toMs - fromMs) * 100}%` }}
        >
          {share(toMs - fromMs) > LABELLED_SHARE[isNarrow ? 'narrow' : 'wide'] &&
            `idle ${Math.round((toMs - fromMs) / 1_000)} s`}
        </span>
      ))}
      <svg
        aria-hidden="true"
        viewBox={`0 0 ${BARS} 32`}
        preserveAspectRatio="none"
        className="absolute inset-x-0 bottom-0 h-8 w-full"
      >
        {bars.map((height, at) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: bars stand in their order.
            key={at}
            x={at + 0.2}
            width={0.6}
            y={32 - Math.max(height === 0 ? 0 : 1.5, height * 30)}
            height={Math.max(height === 0 ? 0 : 1.5, height * 30)}
            className={at / BARS <= share(atMs) ? 'fill-(--accent)' : 'fill-(--line-2)'}
          />
        ))}
      </svg>
      <span aria-hidden="true" className="absolute inset-x-0 bottom-0 h-px bg-line-2" />
      {entries
        .filter(({ command }) => command !== undefined)
        .map(({ atMs: begins }, at) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: commands stand in their order.
            key={at}
            aria-hidden="true"
            className={`absolute top-1 h-[7px] w-[5px] -translate-x-1/2 rounded-t-full ${begins <= atMs ? 'bg-accent' : 'bg-line-3'}`}
            style={{ left: `${share(begins) * 100}%` }}
          />
        ))}
      <span
        aria-hidden="true"
        className="absolute -top-1 bottom-0 w-0.5 bg-ink"
        style={{ left: `calc(${share(atMs) * 100}% - 1px)` }}
      />
    </div>
  );
}
