import type { RequestAttributes } from '@sallyport/core';
import type { OwnAnswer } from '../refusal.ts';
import type { Json } from '../request-content/json.ts';
import type { ReviewKind } from './read-review.ts';

/**
 * An answer to a review that is given here, as JSON. Every kubectl takes that: clients read an answer by its own type, also
 * where they asked for protobuf first.
 */
export function reviewAnswer(
  kind: ReviewKind,
  attributes: RequestAttributes,
  fields: { readonly spec?: Json; readonly status: Json },
): OwnAnswer {
  const { apiGroup, apiVersion } = attributes.kind === 'resource' ? attributes : { apiGroup: '', apiVersion: '' };
  const review = { kind, apiVersion: `${apiGroup}/${apiVersion}`, metadata: { creationTimestamp: null }, ...fields };
  const body = Buffer.from(`${JSON.stringify(review)}\n`);
  return {
    status: 201,
    headers: [
      ...['Content-Type', 'application/json', 'Content-Length', String(body.length)],
      ...['Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'],
    ],
    body,
  };
}
