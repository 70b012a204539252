import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { cx } from './cx.ts';
import { clockTime, shortDuration } from './time-words.ts';
import { snapDuration, usualUpTo } from './usual-lengths.ts';

/** What {@link WindowSlider} sets. */
export interface WindowSliderProps {
  readonly label: string;
  /** Milliseconds. */
  readonly value: number;
  /** What was asked for: the handle stops here. */
  readonly max: number;
  readonly from: Date;
  readonly now: Date;
  readonly onChange: (ms: number) => void;
}

const MINUTE = 60_000;
const LEAST = 5 * MINUTE;

/** How long a window is to be: arrows move it by five minutes, Page keys by thirty; the pointer snaps to usual lengths. */
export function WindowSlider({ label, value, max, from, now, onChange }: WindowSliderProps) {
  const track = useRef<HTMLDivElement>(null);
  const least = Math.min(LEAST, max);
  const part = Math.min(1, value / max);
  const until = new Date(from.getTime() + value);
  const set = (ms: number) => onChange(Math.min(max, Math.max(least, ms)));
  const onKeyDown = (event: KeyboardEvent) => {
    const step = {
      ArrowRight: 5,
      ArrowUp: 5,
      ArrowLeft: -5,
      ArrowDown: -5,
      PageUp: 30,
      PageDown: -30,
    }[event.key];
    if (step !== undefined) set(Math.round(value / MINUTE) * MINUTE + step * MINUTE);
    else if (event.key === 'Home') set(least);
    else if (event.key === 'End') set(max);
    else return;
    event.preventDefault();
  };
  const toPointer = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return;
    set(snapDuration(((event.clientX - box.left) / box.width) * max, max));
  };
  const marks = usualUpTo(max);
  return (
    <div className="flex flex-col gap-1.5">
      <p className="flex justify-between gap-3">
        <strong>{label}</strong>
        <span className="text-ink-2">
          {clockTime(from, now)} to <strong className="text-ink">{clockTime(until, now)}</strong>
          {value < max && <> shortened from {shortDuration(max)}</>}
        </span>
      </p>
      <div
        ref={track}
        className="relative flex h-6 touch-none items-center touch:h-11"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          toPointer(event);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) toPointer(event);
        }}
      >
        <span className="absolute inset-x-0 h-1 rounded-full bg-line-2" />
        <span className="absolute left-0 h-1 rounded-full bg-accent" style={{ width: `${part * 100}%` }} />
        <div
          role="slider"
          tabIndex={0}
          aria-label={label}
          aria-valuemin={least / MINUTE}
          aria-valuemax={max / MINUTE}
          aria-valuenow={Math.round(value / MINUTE)}
          aria-valuetext={`${shortDuration(value)}, until ${clockTime(until, now)}`}
          className="absolute h-4 w-3 -translate-x-1/2 rounded-t-full rounded-b-label border-[1.5px] border-ink bg-raised"
          style={{ left: `${part * 100}%` }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className="flex flex-wrap gap-1.5">
        {marks.map((ms) => (
          <button
            key={ms}
            type="button"
            aria-pressed={ms === value}
            onClick={() => set(ms)}
            className={cx(
              'rounded-label px-1.5 text-second leading-6 text-ink-2 hover:bg-hover aria-pressed:bg-accent-tint aria-pressed:font-semibold aria-pressed:text-accent touch:min-h-11 touch:px-3',
            )}
          >
            {shortDuration(ms)}
          </button>
        ))}
      </div>
    </div>
  );
}
