import type { SessionResource } from '@sallyport/core/api';
import { Container } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { Segmented } from '../../ui/choice.tsx';
import { areLettersOn, isTyping } from '../../ui/letter-keys.ts';
import { Notice } from '../../ui/notice.tsx';
import type { Cast } from '../player/cast.ts';
import CastTerminal from '../player/cast-terminal.tsx';
import { openingOf } from '../player/timeline.ts';
import { type TranscriptEntry, transcriptOf } from '../player/transcript.ts';
import { TranscriptList } from '../player/transcript-list.tsx';
import { usePlayer, usePlayerKeys } from '../player/use-player.ts';
import { ReplayControls } from './replay-controls.tsx';
import { SessionFacts } from './session-facts.tsx';
import { sessionPlace } from './session-words.ts';

/** A recording that is being played. */
export interface Replay extends ReturnType<typeof usePlayer> {
  readonly session: SessionResource;
  readonly cast: Cast;
  readonly entries: readonly TranscriptEntry[];
}

/** What {@link useReplay} plays. */
export interface ReplayOptions {
  readonly session: SessionResource;
  readonly cast: Cast;
  /** Where it begins, in milliseconds; a recording of moments that begins at 0 opens at its end. */
  readonly fromMs: number;
  /** Whether its keys act wherever the focus is. */
  readonly hasKeys: boolean;
}

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

/** Makes the player of a recording that has ended, and reads its text. */
export function useReplay({ session, cast, fromMs, hasKeys }: ReplayOptions): Replay {
  const player = usePlayer(cast);
  const entries = useMemo(() => transcriptOf(cast.events), [cast]);
  const commandsAt = useMemo(
    () => entries.flatMap(({ command, atMs }) => (command === undefined ? [] : [atMs])),
    [entries],
  );
  usePlayerKeys(hasKeys ? player.player : undefined, { commandsAt, isElsewhere });
  useEffect(() => {
    player.player?.seek(openingOf(cast, fromMs));
  }, [player.player, cast, fromMs]);
  return { ...player, session, cast, entries };
}

/** The picture with its timeline and controls. */
export function ReplayStage({ replay }: { readonly replay: Replay }) {
  const { session, cast, onReady } = replay;
  return (
    <>
      <div className="flex h-9 shrink-0 items-center gap-2 border-b border-line px-6 max-md:px-4">
        <Container size={14} strokeWidth={1.6} aria-hidden="true" className="shrink-0 text-ink-3" />
        <code className="min-w-0 flex-1 truncate text-ink-2">
          <bdi>{sessionPlace(session).join(' / ')}</bdi>
        </code>
        <code className="text-ink-3">
          {cast.header.width} × {cast.header.height}
        </code>
      </div>
      {cast.damage.length > 0 && (
        <Notice kind="danger" className="m-2" title="Parts of this recording are missing [ERR_RECORDING_CHUNK]">
          {cast.damage.slice(0, 3).join('; ')}
          {cast.damage.length > 3 && `; and ${cast.damage.length - 3} more`}. All that is left is played.
        </Notice>
      )}
      {cast.isCut && (
        <Notice kind="warn" className="m-2" title="Only its beginning is here.">
          It is longer than a page can hold. <code>sallyport sessions play {session.id}</code> plays all of it.
        </Notice>
      )}
      <div className="flex min-h-0 flex-1 bg-terminal p-4 max-md:p-2">
        <CastTerminal isTty={session.isTty} onReady={onReady} />
      </div>
      <ReplayControls replay={replay} />
    </>
  );
}

/** The text of a recording, which drives the picture, and what is known of its session. */
export function ReplaySide({ replay }: { readonly replay: Replay }) {
  const { session, entries, player, state } = replay;
  const [pane, setPane] = useState<'transcript' | 'details'>('transcript');
  return (
    <div className="flex flex-col gap-3">
      <Segmented label="What is shown" value={pane} options={PANES} onChange={setPane} />
      {pane === 'transcript' ? (
        <TranscriptList entries={entries} atMs={state.atMs} onSeek={(atMs) => player?.seek(atMs)} />
      ) : (
        <SessionFacts session={session} />
      )}
    </div>
  );
}
