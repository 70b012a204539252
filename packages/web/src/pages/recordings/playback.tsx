import type { SessionResource } from '@sallyport/core/api';
import { Container, Pause, Play, Rewind, StepForward } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { Page, type PageProps } from '../../app/page.tsx';
import { areLettersOn, isTyping } from '../../ui/letter-keys.ts';
import type { Cast } from '../../parts/player/cast.ts';
import CastTerminal from '../../parts/player/cast-terminal.tsx';
import { SPEEDS, type Speed } from '../../parts/player/player.ts';
import { formatPlace, IDLE_MS } from '../../parts/player/timeline.ts';
import { TimelineTrack } from '../../parts/player/timeline-track.tsx';
import { transcriptOf } from '../../parts/player/transcript.ts';
import { TranscriptList } from '../../parts/player/transcript-list.tsx';
import { usePlayer, usePlayerKeys } from '../../parts/player/use-player.ts';
import { SessionFacts } from '../../parts/recordings/session-facts.tsx';
import { sessionPlace } from '../../parts/recordings/session-words.ts';
import { IconButton } from '../../ui/button.tsx';
import { Segmented, Switch } from '../../ui/choice.tsx';
import { Notice } from '../../ui/notice.tsx';

/** What {@link Playback} plays. */
export interface PlaybackProps {
  /** Title, crumbs and actions of the page. */
  readonly page: Pick<PageProps, 'title' | 'crumbs' | 'actions'>;
  readonly session: SessionResource;
  readonly cast: Cast;
  /** Where it begins, in milliseconds. */
  readonly fromMs: number;
}

const SPEED_OPTIONS = SPEEDS.map((speed) => ({ value: String(speed), label: `${speed}×` }));
const PANES = [
  { value: 'transcript', label: 'Transcript' },
  { value: 'details', label: 'Details' },
] as const;

/** Keys that belong to what has the focus: fields, and the control that Space presses. */
function isElsewhere(event: KeyboardEvent): boolean {
  if (isTyping(event.target) || !areLettersOn()) return true;
  return (
    event.key === ' ' && event.target instanceof Element && event.target.closest('button,a,[role=switch]') !== null
  );
}

/** A recording that has ended: picture, timeline, controls, and its text at the side. */
export default function Playback({ page, session, cast, fromMs }: PlaybackProps) {
  const { player, state, onReady } = usePlayer(cast);
  const [pane, setPane] = useState<'transcript' | 'details'>('transcript');
  const entries = useMemo(() => transcriptOf(cast.events), [cast]);
  const commandsAt = useMemo(
    () => entries.flatMap(({ command, atMs }) => (command === undefined ? [] : [atMs])),
    [entries],
  );
  usePlayerKeys(player, { commandsAt, isElsewhere });
  useEffect(() => {
    if (player !== undefined && fromMs > 0) player.seek(fromMs);
  }, [player, fromMs]);
  const isAtEnd = state.atMs >= cast.durationMs;
  return (
    <Page
      {...page}
      layout="fill"
      railLabel="Transcript and details"
      rail={
        <div className="flex flex-col gap-3">
          <Segmented label="What is shown" value={pane} options={PANES} onChange={setPane} />
          {pane === 'transcript' ? (
            <TranscriptList entries={entries} atMs={state.atMs} onSeek={(atMs) => player?.seek(atMs)} />
          ) : (
            <SessionFacts session={session} />
          )}
        </div>
      }
    >
      <div className="flex h-9 shrink-0 items-center gap-2 border-b border-line px-6 max-md:px-4">
        <Container size={14} strokeWidth={1.6} aria-hidden="true" className="shrink-0 text-ink-3" />
        <code className="min-w-0 flex-1 truncate text-ink-2">
          <bdi>{sessionPlace(session).join(' / ')}</bdi>
        </code>
        <code className="text-ink-3">
          {cast.header.width} × {cast.header.height}
        </code>
      </div>
      {cast.isCut && (
        <Notice kind="warn" className="m-2" title="Only its beginning is here.">
          It is longer than a page can hold. <code>sallyport sessions play {session.id}</code> plays all of it.
        </Notice>
      )}
      <div className="flex min-h-0 flex-1 bg-terminal p-4 max-md:p-2">
        <CastTerminal isTty={session.isTty} onReady={onReady} />
      </div>
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
    </Page>
  );
}
