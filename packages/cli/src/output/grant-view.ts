import { placeText } from '@sallyport/core';
import type { GrantResource } from '@sallyport/core/api';
import type { View } from './format.ts';
import { shorten } from './text.ts';
import { formatMoment, formatUntil } from './time.ts';

const CELL = 60;

/** How grants are shown in tables, seen from `now` (milliseconds since the epoch). */
export function grantView(now: number): View<GrantResource> {
  return {
    kind: 'grant',
    name: (it) => it.id,
    columns: [
      { header: 'ID', cell: (it) => it.id },
      { header: 'STATE', cell: (it) => (it.isBreakGlass ? `${it.state}, break-glass` : it.state) },
      { header: 'USER', cell: (it) => it.user },
      { header: 'ROLE', cell: (it) => it.role },
      { header: 'WHERE', cell: (it) => shorten(placeText(it.scope, it.objects), CELL) },
      { header: 'WHEN', cell: (it) => grantTime(it, now) },
      { header: 'REASON', cell: (it) => shorten(it.reason, CELL) },
      { header: 'REQUEST', cell: (it) => it.requestId ?? '-', isWide: true },
      { header: 'STARTS', cell: (it) => it.startsAt.toISOString(), isWide: true },
      { header: 'ENDS', cell: (it) => it.endsAt.toISOString(), isWide: true },
      { header: 'ENDED BY', cell: (it) => it.endedBy ?? '-', isWide: true },
    ],
  };
}

/** When a grant counts, as far as that matters now: `until 15:04 (42m left)`, `from 18:00`, `ended 14:10`. */
export function grantTime(
  { state, startsAt, endsAt, endedAt }: Pick<GrantResource, 'state' | 'startsAt' | 'endsAt' | 'endedAt'>,
  now: number,
): string {
  if (state === 'active') return formatUntil(endsAt, now);
  if (state === 'scheduled') return `from ${formatMoment(startsAt, now)} until ${formatMoment(endsAt, now)}`;
  return `ended ${formatMoment(endedAt ?? endsAt, now)}`;
}
