import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { AuditPage, AuditPlace } from './audit-query.ts';
import { type AuditConditions, type AuditSelection, partedConditionsOf } from './audit-selection.ts';
import { StoreError } from './errors.ts';
import type { Database } from './schema.ts';

/** A row of a page as it is stored. */
export interface AuditPageRow {
  readonly at: Date;
  readonly seq: number | string;
  readonly event: unknown;
}

/** How much one step of a search looks at. */
export interface AuditSearchLimits {
  /** Events that are walked over in order of time before an index is asked. Default 1,000, for long pages ten pages. */
  readonly walkedEvents?: number;
  /** Most events that an index may find in one window. Default 2,000, for long pages twenty pages. */
  readonly foundEvents?: number;
  /** How long one page may take, in milliseconds. Default 15,000: as long as one statement. */
  readonly maxMs?: number;
}

/**
 * Most that one step looks further than the one before. As far as this, walking costs less than an index where events lie side by
 * side; a quarter as far where each has a page of its own.
 */
const MAX_GROWTH = 16;
/** After a window with too many events in it they grow slowly: there may be as many again. */
const CAREFUL_GROWTH = 2;
const SHRINKAGE = 8;

/**
 * Reads a page. What an index in order of time serves alone is one statement. Any other is walked for a little way; what is too
 * rare to fill the page that way is then asked of the index over terms, in windows of time that grow. No step looks at more than a
 * few thousand events, however frequent what is searched for is on the whole or anywhere.
 * @throws StoreError `ERR_STORE_BUSY` when it takes too long
 */
export async function selectAuditPage(
  db: Kysely<Database>,
  selection: AuditSelection,
  page: AuditPage,
  limits: AuditSearchLimits = {},
): Promise<readonly AuditPageRow[]> {
  const parts = partedConditionsOf(selection);
  const statements = createStatements(db, parts, page);
  if (parts.found === undefined && parts.judged === undefined) return statements.direct();
  const { walkedEvents = Math.max(1_000, page.limit * 10) } = limits;
  const { foundEvents = Math.max(2_000, page.limit * 20), maxMs = 15_000 } = limits;
  const startedAt = performance.now();
  const forward = page.order === 'newest' ? -1 : 1;
  const rows: AuditPageRow[] = [];
  const missing = () => page.limit - rows.length;

  let place = page.after;
  for (let next = walkedEvents; ; next = walkedEvents) {
    let way: Way | undefined;
    let walkedMs = 1;
    /** How often as far as the last step the next one has to reach, by what the last one found. */
    let reach: number;
    do {
      const passed = await statements.walk(place, next, missing());
      rows.push(...passed);
      if (missing() === 0) return rows;
      way = await statements.measure(place, next);
      if (way === undefined || way.last.seq === way.end.seq) return rows;
      place = way.last;
      walkedMs = Math.max(1, Math.abs(way.last.at.getTime() - way.first.at.getTime()));
      reach = reachFor(missing(), passed.length);
      next *= Math.ceil(reach);
    } while (next < walkedEvents * (parts.isDense ? MAX_GROWTH : MAX_GROWTH / 4));
    let maxGrowth = MAX_GROWTH;
    let isRare = false;
    for (let windowMs = walkedMs * Math.min(reach, maxGrowth); windowMs >= walkedMs; ) {
      if (performance.now() - startedAt > maxMs) throw tooSlow(maxMs);
      const edge: Date = new Date(place.at.getTime() + forward * Math.ceil(windowMs));
      const isLast = isRare || forward * (edge.getTime() - way.end.at.getTime()) >= 0;
      const found = await statements.find(place, isLast ? undefined : edge, foundEvents, missing());
      if (found === undefined) {
        maxGrowth = CAREFUL_GROWTH;
        if (!isRare) windowMs /= SHRINKAGE;
        isRare = false;
        continue;
      }
      rows.push(...found);
      if (isLast || missing() === 0) return rows;
      // Everything at the edge itself was in the window.
      place = { at: edge, seq: forward < 0 ? 0 : Number.MAX_SAFE_INTEGER };
      windowMs *= Math.min(reachFor(missing(), found.length), maxGrowth);
      // Of what did not come once, all there is can be asked for together: few, unless there was a time with many.
      isRare = found.length === 0 && maxGrowth === MAX_GROWTH;
    }
  }
}

/** How often as far one has to look for `missing` events when `found` were there the last time; a little too far, at least as far. */
function reachFor(missing: number, found: number): number {
  return found === 0 ? MAX_GROWTH : Math.max(1, (1.5 * missing) / found);
}

/**
 * All of a selection, the oldest first, when there are few; `undefined` when the indexes find more than `most`. One statement: for
 * what is known to be rare.
 */
export function selectFewAuditEvents(
  db: Kysely<Database>,
  selection: AuditSelection,
  most: number,
): Promise<readonly AuditPageRow[] | undefined> {
  const statements = createStatements(db, partedConditionsOf(selection), { order: 'oldest', limit: most });
  return statements.find(undefined, undefined, most, most);
}

function tooSlow(maxMs: number): StoreError {
  return new StoreError({
    code: 'ERR_STORE_BUSY',
    message: `the search of the audit log took longer than ${maxMs} ms`,
    nextStep: 'State a time, or more of what is searched for.',
  });
}

interface Way {
  readonly first: AuditPlace;
  readonly last: AuditPlace;
  /** The last event there is. */
  readonly end: AuditPlace;
}

function createStatements(db: Kysely<Database>, { walked, found, judged }: AuditConditions, page: AuditPage) {
  const [direction, back] = page.order === 'newest' ? [sql`desc`, sql`asc`] : [sql`asc`, sql`desc`];
  const upTo = page.upTo === undefined ? sql`` : sql` and seq <= ${page.upTo}`;
  const ordered = sql`order by at ${direction}, seq ${direction}`;
  const chosen = sql`${found === undefined ? sql`true` : found}${judged === undefined ? sql`` : sql` and ${judged}`}`;

  function behind(place: AuditPlace | undefined): RawBuilder<unknown> {
    if (place === undefined) return upTo;
    const at = sql`(${place.at}::timestamptz, ${place.seq}::bigint)`;
    return page.order === 'newest' ? sql`${upTo} and (at, seq) < ${at}` : sql`${upTo} and (at, seq) > ${at}`;
  }

  return {
    async direct() {
      const { rows } = await sql<AuditPageRow>`
        select at, seq, event from audit_events where ${walked}${behind(page.after)} ${ordered} limit ${page.limit}`.execute(
        db,
      );
      return rows;
    },

    /** Those among the next `most` events, whatever they are. */
    async walk(place: AuditPlace | undefined, most: number, limit: number) {
      const { rows } = await sql<AuditPageRow>`
        select at, seq, event from (
          select * from audit_events where ${walked}${behind(place)} ${ordered} limit ${most}
        ) as passed where ${chosen} ${ordered} limit ${limit}`.execute(db);
      return rows;
    },

    /** Which way a walk over `most` events took; `undefined` where there are none. */
    async measure(place: AuditPlace | undefined, most: number): Promise<Way | undefined> {
      const { rows } = await sql<{ mark: string; at: Date; seq: number | string }>`
        with passed as materialized (
          select at, seq from audit_events where ${walked}${behind(place)} ${ordered} limit ${most}
        )
        (select 'first' as mark, at, seq from passed ${ordered} limit 1)
        union all (select 'last', at, seq from passed order by at ${back}, seq ${back} limit 1)
        union all (select 'end', at, seq from audit_events where ${walked}${upTo} order by at ${back}, seq ${back} limit 1)
        `.execute(db);
      const marks = new Map(rows.map(({ mark, at, seq }) => [mark, { at: new Date(at), seq: Number(seq) }]));
      const [first, last, end] = [marks.get('first'), marks.get('last'), marks.get('end')];
      return first === undefined || last === undefined || end === undefined ? undefined : { first, last, end };
    },

    /** Those between a place and a time, or the ends of the log; `undefined` when the indexes find more than `most` there. */
    async find(place: AuditPlace | undefined, edge: Date | undefined, most: number, limit: number) {
      const window =
        edge === undefined ? sql`` : page.order === 'newest' ? sql` and at >= ${edge}` : sql` and at <= ${edge}`;
      // What is materialized is planned for all of its rows, and yet not read beyond those that are asked for.
      const { rows } = await sql<
        { count: number | string } & { [Key in keyof AuditPageRow]: AuditPageRow[Key] | null }
      >`
        with candidates as materialized (
          select seq, at from audit_events where ${walked}${behind(place)}${window} and ${found ?? sql`true`}
        ), few as materialized (select seq, at from candidates limit ${most + 1}
        ), counted as (select count(*) as count from few),
        chosen as (
          select few.at, few.seq, event from (select * from few ${ordered}) as few join audit_events using (seq)
          where (select count from counted) <= ${most}${judged === undefined ? sql`` : sql` and ${judged}`}
          order by few.at ${direction}, few.seq ${direction} limit ${limit}
        )
        select count, at, chosen.seq, event from counted left join chosen on true ${ordered}`.execute(db);
      if (Number(rows[0]?.count) > most) return undefined;
      return rows.filter((row): row is AuditPageRow & { count: number | string } => row.seq !== null);
    },
  };
}
