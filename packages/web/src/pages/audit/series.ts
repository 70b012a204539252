import { formatDuration } from '@sallyport/core';
import type { AuditAggregate, AuditFilterInput } from '@sallyport/core/api';

/** Counts of requests over time: what was allowed and what was refused. */
export interface RequestSeries {
  /** Where each span begins. */
  readonly starts: readonly Date[];
  readonly allowed: readonly number[];
  readonly refused: readonly number[];
  readonly allowedCount: number;
  readonly refusedCount: number;
  /** `false`: there were more events than the server counts; only the newest are in. */
  readonly isComplete: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SPANS_MS = [
  ...[5, 10, 15, 30].map((seconds) => seconds * 1_000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7].map((days) => days * 24 * HOUR),
];
/** As many bars as are told apart. */
const MAX_BARS = 96;
/** Each proxied request has one of these; `proxy.request.started` would count those that were allowed twice. */
const ENDS_OF_REQUESTS = 'proxy.request.completed,proxy.request.denied,proxy.request.interrupted';

/** The span of one bar over a time, in the form of the API: the shortest usual one that gives at most 96 bars. */
export function spanFor({ from, to }: { readonly from: Date; readonly to: Date }): string {
  const length = Math.max(1, to.getTime() - from.getTime());
  const span = SPANS_MS.find((ms) => length / ms <= MAX_BARS) ?? Math.ceil(length / MAX_BARS / HOUR / 24) * HOUR * 24;
  return formatDuration(span);
}

/** The query that counts requests by how they were decided, among the events that `filter` chooses. */
export function seriesQueryOf(filter: AuditFilterInput, range: { readonly from: Date; readonly to: Date }) {
  // Of events that were chosen by what they are, each one counts.
  const code = filter.code === undefined && filter.category === undefined ? { code: ENDS_OF_REQUESTS } : {};
  return { ...filter, ...code, by: 'effect', interval: spanFor(range) } as const;
}

/** Brings counts by `effect` into series. Events without a decision (a login) count as allowed: nothing refused them. */
export function seriesOf({ buckets = [], values = [], total, isComplete }: AuditAggregate): RequestSeries {
  const denied = (counts: readonly { readonly value: string; readonly count: number }[] = []) =>
    counts.find(({ value }) => value === 'deny')?.count ?? 0;
  const refusedCount = denied(values);
  return {
    starts: buckets.map(({ at }) => at),
    allowed: buckets.map(({ count, values: each }) => count - denied(each)),
    refused: buckets.map(({ values: each }) => denied(each)),
    allowedCount: total - refusedCount,
    refusedCount,
    isComplete,
  };
}

/** Columns as uPlot takes them: seconds since the epoch, all, refused. Bars of refusals are drawn over those of all. */
export function chartColumns({ starts, allowed, refused }: RequestSeries): [number[], number[], number[]] {
  return [
    starts.map((at) => at.getTime() / 1_000),
    allowed.map((count, at) => count + (refused[at] ?? 0)),
    [...refused],
  ];
}
