import { Pause, Play, Rewind, StepForward } from 'lucide-react';
import { IconButton } from '../../ui/button.tsx';
import { Segmented, Switch } from '../../ui/choice.tsx';
import { SPEEDS, type Speed } from '../player/player.ts';
import { formatPlace, IDLE_MS } from '../player/timeline.ts';
import { TimelineTrack } from '../player/timeline-track.tsx';
import type { Replay } from './replay.tsx';

const SPEED_OPTIONS = SPEEDS.map((speed) => ({ value: String(speed), label: `${speed}×` }));

/** Timeline, play and pause, steps, speed, and whether idle time is skipped. */
export function ReplayControls({
  replay: { cast, entries, player, state },
}: {
  readonly replay: Pick<Replay, 'cast' | 'entries' | 'player' | 'state'>;
}) {
  const isAtEnd = state.atMs >= cast.durationMs;
  return (
    <section aria-label="Playback" className="shrink-0 border-t border-line px-6 pt-2 pb-3 max-md:px-4">
      <TimelineTrack cast={cast} entries={entries} atMs={state.atMs} onSeek={(atMs) => player?.seek(atMs)} />
      <div className="flex flex-wrap items-center gap-2 pt-2">
        <IconButton
          kind="secondary"
          label={state.isPlaying ? 'Pause' : isAtEnd ? 'Play again' : 'Play'}
          aria-keyshortcuts="Space"
          icon={
            state.isPlaying ? (
              <Pause size={14} strokeWidth={1.6} aria-hidden="true" />
            ) : (
              <Play size={14} strokeWidth={1.6} aria-hidden="true" />
            )
          }
          onClick={() => (state.isPlaying ? player?.pause() : player?.play())}
        />
        <IconButton
          label="Back 5 seconds"
          aria-keyshortcuts="ArrowLeft"
          icon={<Rewind size={14} strokeWidth={1.6} aria-hidden="true" />}
          onClick={() => player?.seek(state.atMs - 5_000)}
        />
        <IconButton
          label="One step on"
          aria-keyshortcuts="."
          icon={<StepForward size={14} strokeWidth={1.6} aria-hidden="true" />}
          onClick={() => player?.step(1)}
        />
        <span className="text-body tabular-nums">
          <strong>{formatPlace(state.atMs)}</strong>{' '}
          <span className="text-ink-3">of {formatPlace(cast.durationMs)}</span>
        </span>
        <span className="flex-1" />
        <Switch
          label={`Skip idle over ${IDLE_MS / 1_000} s`}
          checked={state.skipsIdle}
          onChange={(skips) => player?.setSkipsIdle(skips)}
        />
        <Segmented
          label="Speed"
          value={String(state.speed)}
          options={SPEED_OPTIONS}
          onChange={(speed) => player?.setSpeed(Number(speed) as Speed)}
        />
      </div>
    </section>
  );
}
