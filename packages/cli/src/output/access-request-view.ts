import { placeText } from '@sallyport/core';
import type { AccessRequestResource } from '@sallyport/core/api';
import type { View } from './format.ts';
import { shorten } from './text.ts';
import { formatSpan } from './time.ts';

const CELL = 60;

/** How access requests are shown in tables, seen from `now` (milliseconds since the epoch). */
export function accessRequestView(now: number): View<AccessRequestResource> {
  return {
    kind: 'accessrequest',
    name: (it) => it.id,
    columns: [
      { header: 'ID', cell: (it) => it.id },
      { header: 'STATE', cell: stateText },
      { header: 'USER', cell: (it) => it.requester },
      { header: 'ROLE', cell: (it) => it.role },
      { header: 'WHERE', cell: (it) => shorten(placeText(it.scope, it.objects), CELL) },
      { header: 'FOR', cell: (it) => it.duration },
      { header: 'AGE', cell: (it) => formatSpan(now - it.createdAt.getTime()) },
      { header: 'REASON', cell: (it) => shorten(it.reason, CELL) },
      { header: 'TICKET', cell: (it) => it.ticket ?? '-', isWide: true },
      { header: 'POLICY', cell: (it) => it.policy, isWide: true },
      { header: 'STARTS', cell: (it) => it.startsAt?.toISOString() ?? '-', isWide: true },
      { header: 'GRANT', cell: (it) => it.grant?.id ?? '-', isWide: true },
      { header: 'CREATED', cell: (it) => it.createdAt.toISOString(), isWide: true },
    ],
  };
}

/** The state with what it waits for: `pending 1/2`, `approved, revoked`, `approved, review due`. */
function stateText({ state, steps, grant, followUp }: AccessRequestResource): string {
  if (state === 'pending') {
    const given = steps.reduce((sum, step) => sum + step.given, 0);
    return `pending ${given}/${steps.reduce((sum, step) => sum + step.approvals, 0)}`;
  }
  const words = [
    state,
    ...(grant === undefined ? [] : [grant.state]),
    ...(followUp?.state === 'due' ? ['review due'] : []),
  ];
  return words.join(', ');
}
