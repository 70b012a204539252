import type { SessionResource } from '@sallyport/core/api';
import { parseCastEvent } from '@sallyport/core/terminal';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { followEvents } from '../../api/follow-events.ts';
import { describeServerProblem } from '../../api/server-problem.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import CastTerminal from '../../parts/player/cast-terminal.tsx';
import { createCastScreen, type Display } from '../../parts/player/screen.ts';
import { Notice } from '../../ui/notice.tsx';

const STATES = {
  opening: 'Opening',
  live: 'You see what is printed as it comes. Nothing that you press gets there.',
  lost: 'The connection was lost; opening it again',
} as const;

/** A session that runs, as its owner sees it. */
export default function LiveView({ session }: { readonly session: SessionResource }) {
  const { readText, organization } = useSignedIn();
  const queries = useQueryClient();
  const [state, setState] = useState<keyof typeof STATES>('opening');
  const [end, setEnd] = useState<string>();
  const { id } = session;
  const onReady = useCallback(
    (display: Display) => {
      const stop = new AbortController();
      const { signal } = stop;
      const screen = createCastScreen(display);
      const open = (lastEventId: string | undefined) =>
        readText('watchRecording', { organization, id }, { signal, ...(lastEventId !== undefined && { lastEventId }) });
      const run = async () => {
        const onState = (isConnected: boolean) => setState(isConnected ? 'live' : 'lost');
        for await (const { type, data } of followEvents({ open, signal, onState })) {
          if (type === 'end') {
            const { reason } = JSON.parse(data) as { readonly reason?: string };
            setEnd(reason ?? 'The session is over.');
            await queries.invalidateQueries({ queryKey: ['recordings'] });
            continue;
          }
          for (const line of data.split('\n')) {
            const event = parseCastEvent(line);
            if (event?.code === 'o') screen.show(event.data);
            else if (event?.code === 'r') screen.resize(event.data);
          }
        }
      };
      run().catch((error: unknown) => {
        if (!signal.aborted) setEnd(describeServerProblem(error).sentence);
      });
      return () => stop.abort();
    },
    [readText, organization, id, queries],
  );
  return (
    <>
      {end === undefined ? (
        <p
          role="status"
          className="flex min-h-8 shrink-0 items-center border-b border-line px-6 text-note text-ink-2 max-md:px-4"
        >
          {STATES[state]}
        </p>
      ) : (
        <Notice role="status" className="m-2" title="It has ended.">
          <bdi>{end}</bdi>
        </Notice>
      )}
      <div className="flex min-h-0 flex-1 bg-terminal p-4 max-md:p-2">
        <CastTerminal isTty={session.isTty} onReady={onReady} />
      </div>
    </>
  );
}
