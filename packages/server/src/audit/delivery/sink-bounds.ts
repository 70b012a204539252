import { parseDuration } from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import type { SinkCursor } from '../../stores/audit-sink-contracts.ts';

/**
 * How far a sink may be behind a log. Beyond it, one of best effort skips the oldest events and says so, and a required one has
 * requests refused.
 */
export interface SinkLimits {
  /** Most events that it was not delivered. Default 1,000,000 of best effort, 10,000 when required. */
  readonly maxEvents: number;
  /** Highest age of the oldest of them, in milliseconds. Default 24 h of best effort, 5 min when required. */
  readonly maxTimeMs: number;
}

/** What holds for the delivery to a sink. */
export interface SinkBounds extends SinkLimits {
  readonly delivery: 'required' | 'bestEffort';
}

const DEFAULTS = {
  required: { maxEvents: 10_000, maxTimeMs: 5 * 60_000 },
  bestEffort: { maxEvents: 1_000_000, maxTimeMs: 24 * 60 * 60_000 },
} as const;

/** The bounds that a spec states, or leaves as they are by default. */
export function boundsOf(
  spec: Pick<KindSpec<'AuditSink'>, 'delivery' | 'maxEventsBehind' | 'maxTimeBehind'>,
): SinkBounds {
  const { delivery = 'bestEffort', maxEventsBehind, maxTimeBehind } = spec;
  return {
    delivery,
    maxEvents: maxEventsBehind ?? DEFAULTS[delivery].maxEvents,
    maxTimeMs: maxTimeBehind === undefined ? DEFAULTS[delivery].maxTimeMs : parseDuration(maxTimeBehind),
  };
}

/** How many events of the log were not delivered. */
export function eventsBehind({ nextIndex, size }: Pick<SinkCursor, 'nextIndex' | 'size'>): number {
  return Math.max(0, size - nextIndex);
}

/** Whether a sink is further behind than it may be. */
export function isBehindBounds(
  cursor: Pick<SinkCursor, 'nextIndex' | 'size' | 'waitingSince'>,
  { maxEvents, maxTimeMs }: SinkBounds,
  at: Date,
): boolean {
  const { waitingSince } = cursor;
  if (eventsBehind(cursor) > maxEvents) return true;
  return waitingSince !== undefined && at.getTime() - waitingSince.getTime() > maxTimeMs;
}
