import { parseDuration } from '@sallyport/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import { Avatar } from '../../ui/avatar.tsx';
import { Time } from '../../ui/time.tsx';
import { AccessSentence } from '../access-sentence.tsx';
import { RequestState } from '../request-state.tsx';
import { ReviewTrail } from './review-trail.tsx';

/** What is asked, by whom and why, and how far its review is. */
export function RequestDetails({ request }: { readonly request: AccessRequestResource }) {
  const { requester, role, scope, objects, duration, startsAt, reason, ticket, createdAt } = request;
  return (
    <article className="flex flex-col gap-4">
      <p className="flex items-center gap-3">
        <Avatar name={requester} size={32} />
        <span className="min-w-0 flex-1">
          <strong className="block">
            <bdi>{requester}</bdi>
          </strong>
          <span className="block text-second text-ink-3">
            Asked <Time at={createdAt} form="distance" /> under <bdi>{request.policy}</bdi>
          </span>
        </span>
        <code className="shrink-0 text-ink-3 max-md:hidden">{request.id}</code>
      </p>
      <h2 className="text-sentence text-ink-2">
        <AccessSentence role={role} scope={scope} durationMs={parseDuration(duration)}>
          <bdi>{requester}</bdi> {request.isBreakGlass ? 'took' : 'needs'}
        </AccessSentence>
        {startsAt !== undefined && (
          <>
            {' '}
            from <Time at={startsAt} />
          </>
        )}
        .
      </h2>
      {objects !== undefined && (
        <ul className="flex flex-wrap gap-2" aria-label="Only these objects">
          {objects.map(({ apiGroup, resource, namespace, name }) => (
            <li key={`${apiGroup}/${resource}/${namespace}/${name}`}>
              <code>
                {resource}
                {apiGroup === undefined ? '' : `.${apiGroup}`} {namespace === undefined ? '' : `${namespace}/`}
                {name}
              </code>
            </li>
          ))}
        </ul>
      )}
      <blockquote className="border-l-2 border-line-2 pl-3 whitespace-pre-line text-ink-2">
        <bdi>{reason}</bdi>
        {ticket !== undefined && (
          <span className="mt-1 block font-mono text-mono text-ink">
            <bdi>{ticket}</bdi>
          </span>
        )}
      </blockquote>
      <RequestState request={request} />
      <ReviewTrail request={request} />
    </article>
  );
}
