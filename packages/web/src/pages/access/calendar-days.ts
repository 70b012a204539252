import type { GrantResource } from '@sallyport/core/api';
import { placeOf } from '../../parts/place-words.ts';

/** A grant's window within the days that are shown. */
export interface CalendarBar {
  readonly grant: GrantResource;
  /** Parts of the whole width, 0 to 1. */
  readonly start: number;
  readonly end: number;
  /** Which line of its row: windows that overlap stand under one another. */
  readonly lane: number;
}

/** One row: a cluster, or what else a grant names as its place. */
export interface CalendarRow {
  readonly place: string;
  readonly bars: readonly CalendarBar[];
  readonly lanes: number;
}

const DAY_MS = 86_400_000;

/** Midnight in the reader's zone. */
export function startOfDay(at: Date): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate());
}

/** The first instants of `count` days in the reader's zone, and the end of the last: days of 23 and 25 hours are what they are. */
export function daysFrom(first: Date, count: number): readonly Date[] {
  return Array.from(
    { length: count + 1 },
    (_, index) => new Date(first.getFullYear(), first.getMonth(), first.getDate() + index),
  );
}

/** Lays windows out on rows by place; those outside of `from` to `until` are left out. A grant that ended early ends there. */
export function layOut(grants: readonly GrantResource[], from: Date, until: Date): readonly CalendarRow[] {
  const span = Math.max(DAY_MS / 24, until.getTime() - from.getTime());
  const part = (at: Date) => Math.min(1, Math.max(0, (at.getTime() - from.getTime()) / span));
  const byPlace = new Map<string, GrantResource[]>();
  for (const grant of grants) {
    if ((grant.endedAt ?? grant.endsAt) <= from || grant.startsAt >= until) continue;
    for (const place of placeOf(grant.scope).on) byPlace.set(place, [...(byPlace.get(place) ?? []), grant]);
  }
  return [...byPlace]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([place, inPlace]) => {
      const ends: number[] = [];
      const bars = inPlace
        .toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime())
        .map((grant) => {
          const [start, end] = [part(grant.startsAt), part(grant.endedAt ?? grant.endsAt)];
          const free = ends.findIndex((at) => at <= start);
          const lane = free < 0 ? ends.length : free;
          ends[lane] = end;
          return { grant, start, end, lane };
        });
      return { place, bars, lanes: ends.length };
    });
}
