import { parseDuration } from '@sallyport/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import { paths } from '../../app/paths.ts';
import { AccessPhrase } from '../../parts/access-sentence.tsx';
import { gateOfRequest, stateWords } from '../../parts/request-words.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { LinkButton } from '../../ui/button.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Link } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';

/** What waits for the reader's verdict, the oldest first. */
export function WaitingForYou({ requests }: { readonly requests: readonly AccessRequestResource[] }) {
  return (
    <section>
      <h2 className="border-b border-line pb-2 text-body font-semibold">
        Waiting for you <span className="font-normal text-ink-3">{requests.length}</span>
      </h2>
      {requests.length === 0 && <p className="py-3 text-note text-ink-3">Nothing waits for you.</p>}
      <ul>
        {requests.map((request) => (
          <li key={request.id} className="border-b border-line py-3">
            <p className="flex items-center gap-2">
              <Avatar name={request.requester} />
              <span className="min-w-0 flex-1 truncate">
                <bdi>{request.requester}</bdi>
              </span>
              <span className="shrink-0 text-second text-ink-3">
                <Time at={request.createdAt} form="distance" />
              </span>
            </p>
            <div className="pl-7">
              <p>
                <AccessPhrase role={request.role} scope={request.scope} durationMs={parseDuration(request.duration)} />
              </p>
              <p className="line-clamp-2 text-second text-ink-2">
                “<bdi>{request.reason}</bdi>”
              </p>
              <LinkButton size="small" className="mt-2" href={paths.inbox(request.id)}>
                {request.isBreakGlass ? 'Review the use' : 'Review'}
              </LinkButton>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The reader's own requests of late. */
export function YourRequests({ requests }: { readonly requests: readonly AccessRequestResource[] }) {
  if (requests.length === 0) return null;
  return (
    <section className="pt-6">
      <h2 className="border-b border-line pb-2 text-body font-semibold">Your requests</h2>
      <ul>
        {requests.map((request) => (
          <li key={request.id} className="border-b border-line py-2.5">
            <Link href={paths.request(request.id)} className="flex gap-2.5 rounded-label">
              <Gate state={gateOfRequest(request)} className="mt-1" />
              <span className="min-w-0 flex-1">
                <span className="flex justify-between gap-2">
                  <span className="truncate">
                    <AccessPhrase
                      role={request.role}
                      scope={request.scope}
                      durationMs={parseDuration(request.duration)}
                    />
                  </span>
                  <span className="shrink-0 text-second text-ink-3">
                    <Time at={request.resolvedAt ?? request.createdAt} />
                  </span>
                </span>
                <span className="block text-second text-ink-2">
                  <bdi>{stateWords(request)}</bdi>
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
