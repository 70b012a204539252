import { type Kysely, sql } from 'kysely';
import type { AccessRows, KeptAccessRequest } from './access-contracts.ts';
import { listGrantRows, listRequestRows } from './access-lists.ts';
import { type RequestRow, type ReviewRow, toKeptGrant, toKeptRequest } from './access-rows.ts';
import type { Database } from './schema.ts';

/** Reads access requests and grants. */
export function createAccessRows(db: Kysely<Database>): Omit<AccessRows, 'watch'> {
  return {
    async findRequest(organizationId, id) {
      const row = await db
        .selectFrom('access_requests')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('id', '=', id)
        .executeTakeFirst();
      return row && (await withReviews(db, [row]))[0];
    },
    async findRequests(organizationId, ids) {
      if (ids.length === 0) return [];
      const rows = await db
        .selectFrom('access_requests')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('id', 'in', ids)
        .execute();
      return withReviews(db, rows);
    },
    async listRequests(selection, page) {
      const { items, totalCount } = await listRequestRows(db, selection, page);
      return { items: await withReviews(db, items), totalCount };
    },
    async findGrant(organizationId, id) {
      const row = await db
        .selectFrom('grants')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('id', '=', id)
        .executeTakeFirst();
      return row && toKeptGrant(row);
    },
    async findGrants(organizationId, ids) {
      if (ids.length === 0) return [];
      const rows = await db
        .selectFrom('grants')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('id', 'in', ids)
        .execute();
      return rows.map(toKeptGrant);
    },
    async listGrants(selection, page) {
      const { items, totalCount } = await listGrantRows(db, selection, page);
      return { items: items.map(toKeptGrant), totalCount };
    },
    async nextDueAt() {
      const { rows } = await sql<{ at: Date | null }>`
        select least(
          (select min(pending_until) from access_requests where state = 'pending'),
          (select min(ends_at) from grants where ended_at is null),
          (select min(starts_at) from grants where ended_at is null and not is_started)
        ) as at`.execute(db);
      return rows[0]?.at ?? undefined;
    },
  };
}

/** Completes rows of requests with their reviews, in the order in which they were given. */
export async function withReviews(
  db: Kysely<Database>,
  rows: readonly RequestRow[],
): Promise<readonly KeptAccessRequest[]> {
  if (rows.length === 0) return [];
  const { rows: reviews } = await sql<ReviewRow>`
    select * from access_request_reviews where request_id = any(${rows.map(({ id }) => id)}::text[])
    order by at, id`.execute(db);
  const ofRequest = new Map<string, ReviewRow[]>();
  for (const review of reviews) ofRequest.set(review.request_id, [...(ofRequest.get(review.request_id) ?? []), review]);
  return rows.map((row) => toKeptRequest(row, ofRequest.get(row.id) ?? []));
}
