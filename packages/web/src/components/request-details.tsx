import { parseDuration } from '@sallyport/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import { useNow } from '../hooks/use-now.ts';
import { AccessSentence } from './access-sentence.tsx';
import { RequestState } from './request-state.tsx';
import { ReviewTrail } from './review-trail.tsx';
import { Time } from './time.tsx';

/** What is asked, by whom and why, and how far its review is. */
export function RequestDetails({ request }: { readonly request: AccessRequestResource }) {
  const now = useNow();
  const { requester, role, scope, objects, duration, startsAt, reason, ticket, createdAt } = request;
  return (
    <article className="request">
      <p className="request-by">
        <Avatar name={requester} />
        <span>
          <strong>
            <bdi>{requester}</bdi>
          </strong>
          <span className="second-line">
            Asked <Time at={createdAt} now={now} form="distance" /> under <bdi>{request.policy}</bdi>
          </span>
        </span>
        <code className="request-id">{request.id}</code>
      </p>
      <h2 className="sentence">
        <AccessSentence role={role} scope={scope} durationMs={parseDuration(duration)}>
          <bdi>{requester}</bdi> {request.isBreakGlass ? 'took' : 'needs'}
        </AccessSentence>
        {startsAt !== undefined && (
          <>
            {' '}
            from <Time at={startsAt} now={now} />
          </>
        )}
        .
      </h2>
      {objects !== undefined && (
        <ul className="objects" aria-label="Only these objects">
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
      <blockquote className="reason">
        <bdi>{reason}</bdi>
        {ticket !== undefined && (
          <span className="ticket">
            <bdi>{ticket}</bdi>
          </span>
        )}
      </blockquote>
      <RequestState request={request} now={now} />
      <ReviewTrail request={request} now={now} />
    </article>
  );
}

/** The first letters of a name under an arch. */
function Avatar({ name }: { readonly name: string }) {
  const letters = name
    .split(/[^\p{L}\p{N}]+/u)
    .slice(0, 2)
    .map((word) => [...word][0] ?? '')
    .join('');
  return (
    <span className="avatar" aria-hidden="true">
      {letters.toUpperCase()}
    </span>
  );
}
