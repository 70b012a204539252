import { parseDuration } from '@sallyport/core';
import type { AccessRequestResource, GrantResource } from '@sallyport/core/api';
import { shortDuration } from '../../ui/time-words.ts';
import { placeOf } from '../place-words.ts';

/** Something to weigh: against an approval, for it, or neither. */
export interface RiskHint {
  readonly kind: 'against' | 'for' | 'neither';
  readonly fact: string;
  readonly note: string;
}

/** What of the past a hint is derived from. */
export interface PastGrants {
  /** Grants of the requester that the reader may see, the newest first. Absent: not known. */
  readonly theirs: readonly GrantResource[] | undefined;
}

const LONG_MS = 8 * 3_600_000;

/** What a reviewer should weigh, from what the request says and what the requester held before. The order is that of weight. */
export function riskHints(request: AccessRequestResource, { theirs }: PastGrants, now: Date): readonly RiskHint[] {
  const { on, in: namespaces } = placeOf(request.scope);
  const hints: RiskHint[] = [];
  const say = (kind: RiskHint['kind'], fact: string, note = '') => hints.push({ kind, fact, note });
  const durationMs = parseDuration(request.duration);

  if (request.isBreakGlass) say('against', 'Taken without an approval', 'The use is reviewed afterwards');
  if (theirs !== undefined) {
    const there = theirs.filter((grant) => placeOf(grant.scope).on.some((place) => on.includes(place)));
    const last = there[0];
    if (last === undefined) say('against', `First time on ${on.join(', ')}`, 'No earlier grant of theirs reached it');
    else {
      const isSameRole = there.some(({ role }) => role === request.role);
      if (isSameRole) say('for', `Held ${request.role} there before`, times(there.length));
      else say('neither', `Was on ${on.join(', ')} before`, `Last as ${last.role}`);
    }
    const open = theirs.filter(({ state }) => state === 'active').length;
    if (open > 0) say('neither', `Holds ${open} open ${open === 1 ? 'grant' : 'grants'} now`);
  }
  if (request.objects !== undefined) {
    const count = request.objects.length;
    say('for', `Only ${count} ${count === 1 ? 'object' : 'objects'}`, 'Nothing else in the namespace');
  } else if (namespaces.length === 0) say('against', 'Reaches every namespace', on.join(', '));
  if (durationMs > LONG_MS) say('against', `Lasts ${shortDuration(durationMs)}`, 'Longer than a working day');
  if (request.ticket === undefined) say('neither', 'No ticket named');
  else say('for', 'Names a ticket', request.ticket);
  if (request.startsAt !== undefined && request.startsAt > now)
    say('neither', 'Starts later', 'Approve now, open then');
  const before = request.reviews.filter(({ verdict, counts }) => verdict === 'approve' && counts).length;
  if (before > 0) say('for', `${before} ${before === 1 ? 'approval' : 'approvals'} before yours`);
  return hints;
}

const times = (count: number) => (count === 1 ? 'Once' : `${count} times`);

/** Grants of the same role on one of the same places, the newest first: how such requests went before. */
export function similarGrants(
  request: AccessRequestResource,
  grants: readonly GrantResource[],
): readonly GrantResource[] {
  const { on } = placeOf(request.scope);
  return grants.filter(
    (grant) =>
      grant.role === request.role &&
      grant.requestId !== request.id &&
      placeOf(grant.scope).on.some((place) => on.includes(place)),
  );
}
