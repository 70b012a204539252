import type { AccessRequestResource } from '@sallyport/core/api';
import { grantTime } from '../output/grant-view.ts';
import { neutralise } from '../output/neutralise.ts';
import { waitsFor } from './wait-for-access.ts';

/** Says in one sentence what a request has come to by a review, seen from `now` (milliseconds since the epoch). */
export function describeReviewed(request: AccessRequestResource, now: number): string {
  const { id, requester, role, state, grant } = request;
  if (state === 'pending') return neutralise(`Your approval counts. ${id} still waits for: ${waitsFor(request, now)}.`);
  const time = grant === undefined ? '' : ` ${grantTime(grant, now)}`;
  return neutralise(`Approved: ${requester} has ${role}${time}.`);
}
