import { findCatalogueEntry } from '@sallyport/audit';
import { parseDuration } from '@sallyport/core';
import type { AuditAggregate, AuditCountField } from '@sallyport/core/api';
import type { ApiContext } from '../api/context.ts';
import { ApiError } from '../errors.ts';
import type { AuditCount, CountedField } from '../stores/audit-counts.ts';
import type { AuditSelection } from '../stores/audit-selection.ts';

/** How much one counting takes. */
export interface AuditCountLimits {
  /** Most events that are counted, the newest first; the answer says when there are more. Default 500,000. */
  readonly maxEvents?: number;
  /** Most spans of time; more are refused with `ERR_API_REQUEST_INVALID`. Default 1,000. */
  readonly maxBuckets?: number;
}

const MAX_CODES = 1_000;
const DAY_MS = 86_400_000;

/** What is counted, see the contract's query. */
export interface AuditCountWish {
  readonly by?: AuditCountField | undefined;
  readonly top: number;
  readonly interval?: string | undefined;
}

/**
 * Counts a selection.
 * @throws ApiError `ERR_API_REQUEST_INVALID`
 */
export async function countSelection(
  { store, clock }: Pick<ApiContext, 'store' | 'clock'>,
  selection: AuditSelection,
  { by, top, interval }: AuditCountWish,
  { maxEvents = 500_000, maxBuckets = 1_000 }: AuditCountLimits = {},
): Promise<AuditAggregate> {
  const to = selection.to ?? new Date(clock.now() + 1);
  const from = selection.from ?? new Date(to.getTime() - DAY_MS);
  const intervalMs = interval === undefined ? undefined : parseDuration(interval);
  const spans = intervalMs === undefined ? [] : spansOf(from, to, intervalMs, maxBuckets);
  const field: CountedField | undefined = by === 'category' ? 'code' : by;
  const counted = await store.auditReads.counts(
    { ...selection, from, to },
    {
      limit: maxEvents + 1,
      // Categories are put together from all codes, of which there are few.
      top: by === 'category' ? MAX_CODES : top,
      ...(field !== undefined && { field }),
      ...(intervalMs !== undefined && { intervalMs }),
    },
  );
  const counts = by === 'category' ? counted.map(withCategory) : counted;
  const total = sumOf(counts);
  const told: AuditAggregate = { from, to, total: Math.min(total, maxEvents), isComplete: total <= maxEvents };
  const values = by === undefined ? undefined : mostFrequent(counts, top);
  if (values !== undefined) {
    told.values = values;
    told.others = sumOf(counts.filter(({ value, isOther }) => value !== null || isOther)) - sumOf(values);
  }
  if (intervalMs !== undefined) {
    const bySpan = new Map<number, AuditCount[]>();
    for (const count of counts) {
      const at = count.at?.getTime() ?? 0;
      bySpan.set(at, [...(bySpan.get(at) ?? []), count]);
    }
    const shown = new Set(values?.map(({ value }) => value));
    told.buckets = spans.map((at) => {
      const here = bySpan.get(at) ?? [];
      const ofShown = here.filter(({ value }) => value !== null && shown.has(value));
      return {
        at: new Date(at),
        count: sumOf(here),
        ...(values !== undefined && { values: mostFrequent(ofShown, top) }),
      };
    });
  }
  return told;
}

/** Begins of the spans that touch a time, oldest first. */
function spansOf(from: Date, to: Date, intervalMs: number, maxBuckets: number): readonly number[] {
  const first = Math.floor(from.getTime() / intervalMs) * intervalMs;
  const count = Math.ceil((to.getTime() - first) / intervalMs);
  if (!(count <= maxBuckets)) {
    throw new ApiError({
      code: 'ERR_API_REQUEST_INVALID',
      message: `the time holds ${count} spans, limit is ${maxBuckets}`,
      problems: [{ path: 'query.interval', message: `makes ${count} spans, limit is ${maxBuckets}` }],
      nextStep: 'Ask for a longer interval or a shorter time.',
    });
  }
  return Array.from({ length: Math.max(0, count) }, (_, i) => first + i * intervalMs);
}

function mostFrequent(counts: readonly AuditCount[], top: number): { value: string; count: number }[] {
  const byValue = new Map<string, number>();
  for (const { value, count } of counts) if (value !== null) byValue.set(value, (byValue.get(value) ?? 0) + count);
  return [...byValue]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, top);
}

function withCategory(count: AuditCount): AuditCount {
  return { ...count, value: findCatalogueEntry(count.value ?? '')?.category ?? null };
}

function sumOf(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
