import type { SessionResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { BadgeCheck, CircleAlert } from 'lucide-react';
import { describeServerProblem } from '../../api/server-problem.ts';
import { mayAnywhere } from '../../app/capabilities.ts';
import { paths } from '../../app/paths.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Link } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';
import { CommandLine } from '../command-line.tsx';
import { usePartsHost } from '../host.ts';
import type { RecordingVerdict } from './integrity.ts';
import { integrityQuery } from './queries.ts';
import { sessionPlace } from './session-words.ts';

/** Who, where, how it ended, and whether the log proves it. */
export function SessionFacts({ session }: { readonly session: SessionResource }) {
  const { user, kind, command, startedAt, endedAt, exitCode, failure, reason, hasStdin, ports, id, state } = session;
  return (
    <div className="flex flex-col gap-3">
      <dl className="grid grid-cols-[84px_1fr] gap-y-1.5 text-note">
        <Fact name="Who">
          <span className="inline-flex items-center gap-2">
            <Avatar name={user} /> <bdi>{user}</bdi>
          </span>
        </Fact>
        <Fact name="Into">
          <code className="break-all">
            <bdi>{sessionPlace(session).join(' / ')}</bdi>
          </code>
        </Fact>
        {kind === 'exec' && command !== undefined && (
          <Fact name="Command">
            <code className="break-all">
              <bdi>{command.join(' ')}</bdi>
            </code>
          </Fact>
        )}
        <Fact name="Began">
          <Time at={startedAt} />
        </Fact>
        {endedAt !== undefined && (
          <Fact name="Ended">
            <Time at={endedAt} />
            {exitCode !== undefined && `, exit code ${exitCode}`}
          </Fact>
        )}
        {failure !== undefined && (
          <Fact name="Because">
            <bdi>{failure}</bdi>
          </Fact>
        )}
        {reason !== undefined && (
          <Fact name="Not whole">
            <bdi>{reason}</bdi>
          </Fact>
        )}
        {kind !== 'portForward' && (
          <Fact name="Typed">{hasStdin ? 'recorded, too' : 'not recorded, only its echo'}</Fact>
        )}
        {ports?.map(({ port, connectionCount, bytesReceived, bytesSent }) => (
          <Fact key={port} name={`Port ${port}`}>
            {connectionCount} {connectionCount === 1 ? 'connection' : 'connections'}, {bytesReceived} bytes to the pod,{' '}
            {bytesSent} from it
          </Fact>
        ))}
        <Fact name="Integrity">
          {state === 'recording' ? 'told once it has ended' : <IntegrityForReader session={session} />}
        </Fact>
      </dl>
      <CommandLine
        command={
          kind === 'portForward'
            ? `sallyport sessions show ${id}`
            : `sallyport sessions ${state === 'recording' ? 'join' : 'play'} ${id}`
        }
      />
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

/** Of a hash, as many as tell it from any other by eye. */
const HASH_LETTERS = 12;

const WORDS: Readonly<Record<Exclude<RecordingVerdict, 'proved'>, string>> = {
  changed: 'It is not the recording that the log closed',
  unproved: 'The log’s own event of it is not proved',
  unknown: 'The log has no event that closes it',
};

function IntegrityForReader({ session }: { readonly session: SessionResource }) {
  const { me } = usePartsHost();
  if (me === undefined) return <span className="text-ink-3">checking</span>;
  return mayAnywhere(me, 'audit.read') ? <Integrity session={session} /> : <WithoutProof session={session} />;
}

/** What can be told without the log: what to have compared with it. */
function WithoutProof({ session: { chunkCount, headSha256 } }: { readonly session: SessionResource }) {
  return (
    <>
      {chunkCount === 1 ? '1 chunk' : `${chunkCount} chunks`}, of the hash{' '}
      <code className="break-all" title={headSha256}>
        {headSha256.slice(0, HASH_LETTERS)}
      </code>
      . Whoever may read the audit log sees whether it proves them.
    </>
  );
}

function Integrity({ session }: { readonly session: SessionResource }) {
  const source = usePartsHost();
  const { data, error, isPending } = useQuery(integrityQuery(source, session));
  if (isPending) return <span className="text-ink-3">checking</span>;
  if (data === undefined) return <bdi>{describeServerProblem(error).sentence}</bdi>;
  if (data.verdict === 'proved') {
    return (
      <Link className="link inline-flex items-start gap-1" href={paths.auditEvent(data.eventId)}>
        <BadgeCheck size={14} strokeWidth={1.6} aria-hidden="true" className="mt-0.5 shrink-0" />
        {session.chunkCount === 1 ? 'Its chunk is the one' : `All ${session.chunkCount} chunks are those`} that the log
        proves
      </Link>
    );
  }
  return (
    <span role="alert" className="inline-flex items-start gap-1 text-danger">
      <CircleAlert size={14} strokeWidth={1.6} aria-hidden="true" className="mt-0.5 shrink-0" />
      {WORDS[data.verdict]}
    </span>
  );
}
