import { scopeText } from '@sallyport/core';
import type { AccessReviewItemResource, AccessReviewResource } from '@sallyport/core/api';
import type { View } from './format.ts';
import { shorten } from './text.ts';
import { formatMoment, formatUntil } from './time.ts';

const CELL = 60;

/** How access reviews are shown in tables, seen from `now` (milliseconds since the epoch). */
export function accessReviewView(now: number): View<AccessReviewResource> {
  return {
    kind: 'accessreview',
    name: (it) => it.name,
    columns: [
      { header: 'NAME', cell: (it) => it.name },
      { header: 'STATE', cell: (it) => it.state },
      { header: 'WHERE', cell: (it) => shorten(scopeText(it.scope), CELL) },
      { header: 'PENDING', cell: ({ items }) => `${items.pending} of ${totalOf(items)}` },
      { header: 'REMOVED', cell: (it) => String(it.items.removed) },
      { header: 'DUE', cell: (it) => (it.state === 'open' ? formatUntil(it.dueAt, now) : formatMoment(it.dueAt, now)) },
      { header: 'ID', cell: (it) => it.id, isWide: true },
      { header: 'BY', cell: (it) => it.createdBy, isWide: true },
    ],
  };
}

/** How what they ask about is shown in tables. */
export const accessReviewItemView: View<AccessReviewItemResource> = {
  kind: 'accessreviewitem',
  name: (it) => it.id,
  columns: [
    { header: 'ID', cell: (it) => it.id },
    { header: 'STATE', cell: (it) => (it.state === 'pending' && it.may.answer ? 'pending, yours' : it.state) },
    { header: 'WHO', cell: (it) => subjectText(it.subject) },
    { header: 'ROLE', cell: (it) => it.role },
    { header: 'WHERE', cell: (it) => shorten(scopeText(it.scope), CELL) },
    { header: 'BY', cell: (it) => (it.kind === 'binding' ? `binding ${it.binding}` : `grant ${it.grant?.id}`) },
    { header: 'ANSWERED BY', cell: (it) => it.answeredBy ?? '', isWide: true },
    { header: 'REASON', cell: (it) => shorten(it.reason ?? '', CELL), isWide: true },
  ],
};

/** How many things a review asks about. */
export function totalOf({ pending, attested, removed, skipped }: AccessReviewResource['items']): number {
  return pending + attested + removed + skipped;
}

/** Who has access, in words. */
export function subjectText(subject: AccessReviewItemResource['subject']): string {
  switch (subject.kind) {
    case 'User':
      return subject.name;
    case 'Group':
      return `group ${subject.name}${subject.identityProvider === undefined ? '' : ` of ${subject.identityProvider}`}`;
    case 'ServiceAccount':
      return `service account ${subject.name}`;
    case 'WorkloadIdentity':
      return `workload identity ${subject.name}`;
  }
}
