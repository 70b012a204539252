import { placeText } from '@sallyport/core';
import type { GrantResource } from '@sallyport/core/api';
import type { CardLine } from '../output/card.ts';
import { commandLine } from '../output/command-line.ts';
import { grantTime } from '../output/grant-view.ts';
import { formatAgo } from '../output/time.ts';
import type { ProfileSelection } from '../state/profiles.ts';

/** All of a grant, seen from `now` (milliseconds since the epoch), with what the reader may do about it. */
export function grantCard(grant: GrantResource, now: number, selection: ProfileSelection): readonly CardLine[] {
  const { endedAt, endedBy, endedReason, may } = grant;
  const who = endedBy === undefined ? '' : ` by ${endedBy}`;
  const why = endedReason === undefined ? '' : `: ${endedReason}`;
  return [
    `Grant ${grant.id}`,
    ['State', `${grant.state}, ${grantTime(grant, now)}${grant.isBreakGlass ? ', BREAK-GLASS' : ''}`],
    ['Who', grant.user],
    ['Role', grant.role],
    ['Where', placeText(grant.scope, grant.objects)],
    ['Why', grant.reason],
    ['Request', grant.requestId ?? 'none: granted directly'],
    ['Renews', grant.renews],
    ['Created', formatAgo(grant.createdAt, now)],
    ['Ended', endedAt === undefined ? undefined : `${formatAgo(endedAt, now)}${who}${why}`],
    ...(may.revoke || may.renew ? ['', 'You can'] : []),
    [
      'renew',
      may.renew
        ? commandLine(['access', 'renew', grant.id, '--duration', 'D', '--reason', 'TEXT'], selection)
        : undefined,
    ],
    ['revoke', may.revoke ? commandLine(['grants', 'revoke', grant.id, '--reason', 'TEXT'], selection) : undefined],
  ];
}
