import type { AuditAggregate, AuditEventResource, KubectlCommandResource } from '@sallyport/core/api';
import type { CardLine } from './card.ts';
import type { View } from './format.ts';
import { shorten } from './text.ts';
import { formatSpan } from './time.ts';

const CELL = 60;

/** How audit events are shown in tables. */
export const auditEventView: View<AuditEventResource> = {
  kind: 'auditevent',
  name: (it) => it.id,
  columns: [
    { header: 'TIME', cell: (it) => it.at.toISOString() },
    { header: 'CODE', cell: (it) => it.code },
    { header: 'USER', cell: (it) => it.principal?.userName ?? '-' },
    { header: 'WHERE', cell: whereText },
    { header: 'WHAT', cell: (it) => shorten(whatText(it), CELL) },
    { header: 'RESULT', cell: resultText },
    { header: 'SEVERITY', cell: (it) => it.severity, isWide: true },
    { header: 'FROM', cell: (it) => it.sourceAddress ?? '-', isWide: true },
    { header: 'REQUEST', cell: (it) => it.request?.id ?? '-', isWide: true },
    { header: 'ID', cell: (it) => it.id, isWide: true },
  ],
};

/** How calls of kubectl are shown in tables. */
export const kubectlCommandView: View<KubectlCommandResource> = {
  kind: 'kubectlcommand',
  name: (it) => it.id,
  columns: [
    { header: 'STARTED', cell: (it) => it.startedAt.toISOString() },
    { header: 'USER', cell: (it) => it.user },
    { header: 'CLUSTER', cell: (it) => it.cluster ?? '-' },
    { header: 'COMMAND', cell: (it) => shorten(it.command, CELL) },
    { header: 'TOOK', cell: (it) => (it.durationMs === undefined ? '-' : durationText(it.durationMs)) },
    { header: 'REQUESTS', cell: (it) => String(it.requestCount) },
    { header: 'OUTCOME', cell: (it) => it.outcome },
    { header: 'GROUPED', cell: (it) => it.groupedBy, isWide: true },
    { header: 'SESSION', cell: (it) => it.kubectlSession ?? '-', isWide: true },
    { header: 'FIRST REQUEST', cell: (it) => it.id, isWide: true },
  ],
};

/** How counts of values are shown in tables. */
export const auditCountView: View<{ readonly value: string; readonly count: number }> = {
  kind: 'auditcount',
  name: (it) => it.value,
  columns: [
    { header: 'VALUE', cell: (it) => shorten(it.value, CELL) },
    { header: 'COUNT', cell: (it) => String(it.count) },
  ],
};

/** How counts of spans of time are shown in tables, each with a bar beside it. */
export function auditBucketView(buckets: NonNullable<AuditAggregate['buckets']>): View<(typeof buckets)[number]> {
  const most = Math.max(1, ...buckets.map(({ count }) => count));
  return {
    kind: 'auditcount',
    name: (it) => it.at.toISOString(),
    columns: [
      { header: 'FROM', cell: (it) => it.at.toISOString() },
      { header: 'COUNT', cell: (it) => String(it.count) },
      { header: '', cell: (it) => '█'.repeat(Math.round((it.count / most) * 40)) },
      {
        header: 'VALUES',
        cell: (it) => (it.values ?? []).map(({ value, count }) => `${value} ${count}`).join(', '),
        isWide: true,
      },
    ],
  };
}

/** Everything of one event, for reading. */
export function auditEventCard(event: AuditEventResource): readonly CardLine[] {
  const { principal, request, decision, outcome, change, details = {} } = event;
  return [
    `${event.code} at ${event.at.toISOString()}`,
    ['id', event.id],
    ['severity', event.severity],
    ['user', principal && `${principal.userName} (${principal.id})`],
    ['groups', principal && principal.groups.length > 0 ? principal.groups.join(', ') : undefined],
    ['cluster', event.clusterName ?? event.clusterId],
    ['from', event.sourceAddress],
    ['login session', event.loginSessionId],
    ['trace', event.traceId],
    ['recording', event.recordingId],
    ...(request === undefined
      ? []
      : ([
          'Request',
          ['id', request.id],
          ['asks for', whatText(event)],
          ['path', `${request.method} ${request.path}`],
          ['client', request.userAgent],
          ['kubectl', request.kubectlCommand],
          ['kubectl session', request.kubectlSession],
        ] satisfies CardLine[])),
    ...(decision === undefined
      ? []
      : ([
          'Decision',
          ['effect', decision.effect],
          ...decision.reasons.map((reason): CardLine => ['reason', reason]),
          ['acts as', [decision.impersonatedUser, ...(decision.impersonatedGroups ?? [])].filter(Boolean).join(', ')],
        ] satisfies CardLine[])),
    ...(outcome === undefined
      ? []
      : ([
          'Outcome',
          ['status', String(outcome.status)],
          ['ended', outcome.ended],
          ['took', durationText(outcome.durationMs)],
          ['bytes', `${outcome.bytesSent} sent, ${outcome.bytesReceived} received`],
          ['error', outcome.errorCode],
          ['reason', outcome.reason],
        ] satisfies CardLine[])),
    ...(change?.patch === undefined
      ? []
      : (['Change', ['patch', change.patch.map((it) => JSON.stringify(it)).join('\n')]] satisfies CardLine[])),
    ...(Object.keys(details).length === 0 ? [] : ['Details']),
    ...Object.entries(details).map(([name, value]): CardLine => [name, detailText(value)]),
  ];
}

/** What an event is about, in one line. */
export function whatText({ request, details = {} }: AuditEventResource): string {
  const attributes = request?.attributes;
  if (request !== undefined && attributes?.kind !== 'resource') return `${request.method} ${request.path}`;
  if (attributes === undefined) {
    return Object.entries(details)
      .map(([name, value]) => `${name}=${detailText(value)}`)
      .join(' ');
  }
  const { verb, apiGroup, resource = '', subresource, name } = attributes;
  const kind = apiGroup ? `${resource}.${apiGroup}` : resource;
  return [verb, subresource ? `${kind}/${subresource}` : kind, name].filter(Boolean).join(' ');
}

function whereText({ clusterName, clusterId, request }: AuditEventResource): string {
  return [clusterName ?? clusterId, request?.attributes?.namespace].filter(Boolean).join('/') || '-';
}

function resultText({ outcome, decision }: AuditEventResource): string {
  if (outcome === undefined) return decision?.effect ?? '-';
  return outcome.ended === 'completed' || outcome.ended === 'refused' ? String(outcome.status) : outcome.ended;
}

function detailText(value: unknown): string {
  return Array.isArray(value)
    ? value.map(String).join(', ')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
}

function durationText(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)}ms` : formatSpan(milliseconds);
}
