import { formatDuration, parseDuration } from '@sallyport/core';
import type { GrantResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { AccessSentence } from '../../parts/access-sentence.tsx';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { DurationField } from '../../parts/duration-field.tsx';
import { durationProblem, readDuration } from '../../parts/durations.ts';
import { gateOfGrant, remainingOf } from '../../parts/grant-words.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Link } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';
import { shortDuration } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import { WindowTrack } from '../../ui/window-track.tsx';
import { EndGrant } from './end-grant.tsx';

/** One grant: what it is, its window, how it came and ended; ending it, asking for more time. */
export function GrantDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { api, organization } = useSignedIn();
  const query = useQuery({
    queryKey: ['access', 'grants', organization, 'one', id],
    queryFn: ({ signal }) => api.getGrant({ organization, id }, { signal }),
  });
  return (
    <Drawer title={query.data === undefined ? 'Grant' : `Grant of ${query.data.role}`} onClose={onClose}>
      <Answered query={query} label="Reading the grant">
        {(grant) => <GrantDetails grant={grant} />}
      </Answered>
    </Drawer>
  );
}

function GrantDetails({ grant }: { readonly grant: GrantResource }) {
  const now = useNow();
  const { user, role, scope, startsAt, endsAt } = grant;
  return (
    <div className="flex flex-col gap-4">
      <p className="text-sentence text-ink-2">
        <bdi className="text-ink">{user}</bdi>{' '}
        <AccessSentence role={role} scope={scope} durationMs={endsAt.getTime() - startsAt.getTime()}>
          has
        </AccessSentence>
        .
      </p>
      <div className="flex items-center gap-2">
        <Gate state={gateOfGrant(grant, now)} />
        <Time at={startsAt} />
        <WindowTrack startsAt={startsAt} endsAt={endsAt} className="flex-1" />
        <Time at={endsAt} />
        <span className="text-ink-2">{remainingOf(grant, now)}</span>
      </div>
      <blockquote className="border-l-2 border-line-2 pl-3 whitespace-pre-line text-ink-2">
        <bdi>{grant.reason}</bdi>
      </blockquote>
      <Facts
        facts={[
          ['Id', <code key="id">{grant.id}</code>],
          [
            'Comes from',
            grant.requestId === undefined ? (
              grant.isBreakGlass ? (
                'Break-glass'
              ) : (
                'Granted directly'
              )
            ) : (
              <Link key="request" className="link" href={paths.request(grant.requestId)}>
                {grant.isBreakGlass ? 'Break-glass request' : 'Access request'}
              </Link>
            ),
          ],
          ['Created', <Time key="created" at={grant.createdAt} />],
          ...(grant.endedAt === undefined
            ? []
            : [['Ended', <Ended key="ended" grant={grant} at={grant.endedAt} />] as const]),
        ]}
      />
      {grant.may.renew && <Renew grant={grant} />}
      {grant.may.revoke && (
        <div>
          <EndGrant grant={grant} />
        </div>
      )}
      {grant.may.revoke && <SameAs command={`sallyport grants revoke ${grant.id}`} />}
    </div>
  );
}

function Ended({ grant, at }: { readonly grant: GrantResource; readonly at: Date }) {
  return (
    <>
      <Time at={at} />
      {grant.endedBy !== undefined && (
        <>
          {' by '}
          <bdi>{grant.endedBy}</bdi>
        </>
      )}
      {grant.endedReason !== undefined && (
        <>
          : <bdi>{grant.endedReason}</bdi>
        </>
      )}
    </>
  );
}

/** Asks for more time under a grant; the request is reviewed like any other. */
function Renew({ grant }: { readonly grant: GrantResource }) {
  const { api, organization } = useSignedIn();
  const router = useRouter();
  const lasted = grant.endsAt.getTime() - grant.startsAt.getTime();
  const [duration, setDuration] = useState(() =>
    formatDuration(Math.max(60_000, Math.floor(lasted / 60_000) * 60_000)),
  );
  const [reason, setReason] = useState('');
  const [isChecked, setChecked] = useState(false);
  const ms = readDuration(duration);
  const problem = durationProblem(duration, parseDuration('30d'));
  const act = useAct({
    work: () =>
      api.renewGrant({
        organization,
        id: grant.id,
        body: { duration: formatDuration(ms ?? 0), reason: reason.trim() },
      }),
    changes: [['access'], ['me']],
    after: ({ id }) => void router.navigate({ href: paths.request(id) }),
  });
  return (
    <form
      aria-label="More time"
      className="flex flex-col gap-3 border-t border-line pt-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setChecked(true);
        if (problem === undefined && reason.trim() !== '' && !act.isPending) act.mutate();
      }}
    >
      <DurationField
        label="More time"
        value={duration}
        maxMs={Math.max(lasted, 3_600_000)}
        problem={isChecked ? problem : undefined}
        onChange={setDuration}
      />
      <Field label="Why?" problem={isChecked && reason.trim() === '' ? 'Say why, for those who decide.' : undefined}>
        {(control) => (
          <Input {...control} value={reason} maxLength={1_024} onChange={({ target }) => setReason(target.value)} />
        )}
      </Field>
      {act.error !== null && <ProblemNotice error={act.error} />}
      <div>
        <Button type="submit" busy={act.isPending && 'Asking'}>
          {ms === undefined ? 'Ask for more time' : `Ask for ${shortDuration(ms)} more`}
        </Button>
      </div>
    </form>
  );
}
