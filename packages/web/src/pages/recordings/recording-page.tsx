import type { SessionResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { Download, ScrollText, SquareTerminal, Unplug } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { mayAnywhere } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useAddressParts } from '../../app/use-address-parts.ts';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { isOwnSession, mayEnd } from '../../parts/recordings/own-session.ts';
import { castQuery, sessionQuery } from '../../parts/recordings/queries.ts';
import { SessionFacts } from '../../parts/recordings/session-facts.tsx';
import { sessionLength, sessionTitle } from '../../parts/recordings/session-words.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Time } from '../../ui/time.tsx';
import { shortDuration } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import { EndSession } from './end-session.tsx';

const Playback = lazy(() => import('./playback.tsx'));
const LiveView = lazy(() => import('./live-view.tsx'));

const CRUMBS = [{ label: 'Recordings', href: paths.recordings() }];

/** One session: played back, or watched while it runs. */
export function RecordingPage() {
  const source = useSignedIn();
  const { id = '' } = useAddressParts();
  const query = useQuery(sessionQuery(source, id));
  if (query.data === undefined) {
    return (
      <Page title="Recording" crumbs={CRUMBS}>
        <Answered query={query} label="Reading the recording">
          {() => null}
        </Answered>
      </Page>
    );
  }
  return <OneSession session={query.data} />;
}

function OneSession({ session }: { readonly session: SessionResource }) {
  const source = useSignedIn();
  const now = useNow();
  const [search] = useSearch();
  const [isEnding, setEnding] = useState(false);
  const isLive = session.state === 'recording';
  const cast = useQuery({ ...castQuery(source, session.id), enabled: !isLive && session.kind !== 'portForward' });
  const page = {
    title: sessionTitle(session),
    crumbs: CRUMBS,
    actions: (
      <>
        <span className="text-note text-ink-2">
          {isLive ? (
            <span className="inline-flex items-center gap-1.5 font-medium text-accent">
              <Gate state="open" /> Live
            </span>
          ) : (
            <>
              <Time at={session.startedAt} />, {shortDuration(sessionLength(session, now))}
            </>
          )}
        </span>
        {isOwnSession(source.me, session) && (
          <LinkButton
            href={paths.terminal({ cluster: session.cluster })}
            icon={<SquareTerminal size={14} strokeWidth={1.6} aria-hidden="true" />}
          >
            Open a terminal
          </LinkButton>
        )}
        {mayAnywhere(source.me, 'audit.read') && (
          <LinkButton
            href={paths.audit({ recording: session.id, since: '90d' })}
            icon={<ScrollText size={14} strokeWidth={1.6} aria-hidden="true" />}
          >
            Open in audit
          </LinkButton>
        )}
        {isLive && mayEnd(source.me, session) && (
          <Button
            kind="danger"
            icon={<Unplug size={14} strokeWidth={1.6} aria-hidden="true" />}
            onClick={() => setEnding(true)}
          >
            End session
          </Button>
        )}
        {!isLive && session.kind !== 'portForward' && <DownloadButton session={session} />}
      </>
    ),
  };
  const ending = isEnding && <EndSession session={session} onClose={() => setEnding(false)} />;
  if (session.kind === 'portForward') {
    return (
      <Page {...page}>
        <Empty title="Nothing was recorded of it but its bytes">
          A port-forward carries what its programs say, which is nobody’s terminal.
        </Empty>
        <div className="max-w-[640px] px-6">
          <SessionFacts session={session} />
        </div>
        {ending}
      </Page>
    );
  }
  if (isLive) {
    return (
      <Page {...page} layout="fill" rail={<SessionFacts session={session} />} railLabel="Details">
        <Suspense fallback={<Skeleton label="Opening the terminal" />}>
          <LiveView session={session} />
        </Suspense>
        {ending}
      </Page>
    );
  }
  if (cast.data === undefined) {
    return (
      <Page {...page} rail={<SessionFacts session={session} />} railLabel="Details">
        <Answered query={cast} label="Reading what was recorded">
          {() => null}
        </Answered>
      </Page>
    );
  }
  return (
    <Suspense
      fallback={
        <Page {...page}>
          <Skeleton label="Opening the terminal" />
        </Page>
      }
    >
      <Playback page={page} session={session} cast={cast.data} fromMs={Number(search['at'] ?? 0) * 1_000} />
    </Suspense>
  );
}

function DownloadButton({ session }: { readonly session: SessionResource }) {
  const { readText, organization } = useSignedIn();
  const [isBusy, setBusy] = useState(false);
  async function download() {
    setBusy(true);
    try {
      const { chunks } = await readText('getRecording', { organization, id: session.id });
      const parts: string[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      const { saveText } = await import('../../parts/save-text.ts');
      saveText(parts, `${session.id}.cast`, 'application/x-asciicast');
    } finally {
      setBusy(false);
    }
  }
  return (
    <Button
      busy={isBusy && 'Reading'}
      icon={<Download size={14} strokeWidth={1.6} aria-hidden="true" />}
      onClick={() => void download()}
    >
      Download
    </Button>
  );
}
