import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { AccessList, AccessPage, AccessRequestSelection, GrantSelection } from './access-contracts.ts';
import type { GrantRow, RequestRow } from './access-rows.ts';
import type { Database } from './schema.ts';

/** How far listings of access requests and grants count on: `totalCount` is no greater. */
export const MAX_COUNTED_ACCESS = 1_000;

/** One walk down an index for each value and state: rows that all have one of `values` in `column`. */
interface Walk {
  readonly column: 'organization_id' | 'requester_id' | 'principal_id' | 'policy_id' | 'role_id';
  readonly values: readonly string[];
  readonly states: readonly string[];
  /** What else must hold of the rows. */
  readonly where: readonly RawBuilder<unknown>[];
}

/** Where a list comes from. Every walk is by an index of the table over its column, `state`, and the id downwards. */
interface Listing {
  readonly table: 'access_requests' | 'grants';
  /** What the indexes hold of the state. */
  readonly state: RawBuilder<unknown>;
  /** No row is in two of them. */
  readonly walks: readonly Walk[];
}

/**
 * Reads one page of access requests, newest first. Index walks that stop after a page are joined, so that a page costs the same
 * whatever the length of history, also of history in other states.
 */
export function listRequestRows(
  db: Kysely<Database>,
  selection: AccessRequestSelection,
  page: AccessPage<RequestRow['id']>,
): Promise<AccessList<RequestRow>> {
  const { organizationId, roleId, states = REQUEST_STATES, isFollowUpDue } = selection;
  const where = [sql`organization_id = ${organizationId}`];
  if (roleId !== undefined) where.push(sql`role_id = ${roleId}`);
  if (isFollowUpDue !== undefined) {
    where.push(isFollowUpDue ? sql`follow_up_state = 'due'` : sql`follow_up_state is distinct from 'due'`);
  }
  const walks = requestWalks(selection).map((walk) => ({ ...walk, states, where: [...where, ...walk.where] }));
  return list<RequestRow>(db, { table: 'access_requests', state: sql`state`, walks }, page);
}

const REQUEST_STATES = ['pending', 'approved', 'denied', 'cancelled', 'expired'] as const;

function requestWalks({
  organizationId,
  requesterId,
  roleId,
  visibleTo,
}: AccessRequestSelection): readonly Omit<Walk, 'states'>[] {
  if (requesterId !== undefined) {
    const isSeen = visibleTo === undefined || visibleTo.principalId === requesterId;
    return [{ column: 'requester_id', values: [requesterId], where: isSeen ? [] : [isOf(visibleTo.policyIds)] }];
  }
  if (visibleTo !== undefined) {
    const { principalId, policyIds } = visibleTo;
    return [
      { column: 'requester_id', values: [principalId], where: [] },
      { column: 'policy_id', values: [...new Set(policyIds)], where: [sql`requester_id <> ${principalId}`] },
    ];
  }
  if (roleId !== undefined) return [{ column: 'role_id', values: [roleId], where: [] }];
  return [{ column: 'organization_id', values: [organizationId], where: [] }];
}

function isOf(policyIds: readonly string[]): RawBuilder<unknown> {
  return sql`policy_id = any(${policyIds}::text[])`;
}

/** Reads one page of grants, newest first, at the cost of {@link listRequestRows}. */
export function listGrantRows(
  db: Kysely<Database>,
  { organizationId, principalId, roleId, states = GRANT_STATES }: GrantSelection,
  page: AccessPage<GrantRow['id']>,
): Promise<AccessList<GrantRow>> {
  const where = [sql`organization_id = ${organizationId}`];
  if (roleId !== undefined) where.push(sql`role_id = ${roleId}`);
  const along: Pick<Walk, 'column' | 'values'> =
    principalId !== undefined
      ? { column: 'principal_id', values: [principalId] }
      : roleId !== undefined
        ? { column: 'role_id', values: [roleId] }
        : { column: 'organization_id', values: [organizationId] };
  const ended = states.filter((state) => state === 'expired' || state === 'revoked');
  const walks: Walk[] = [
    { ...along, states: ended, where },
    // What the clock alone decides is not written, or not yet.
    { ...along, states: ['live'], where: [...where, sql`ended_at is null`, isIn(states, page.at)] },
  ];
  return list<GrantRow>(db, { table: 'grants', state: sql`coalesce(ended_state, 'live')`, walks }, page);
}

const GRANT_STATES = ['scheduled', 'active', 'expired', 'revoked'] as const;

/** Which grants without a written end are in one of the states; compare `grantStateAt`. */
function isIn(states: readonly (typeof GRANT_STATES)[number][], at: Date): RawBuilder<unknown> {
  const conditions = {
    scheduled: sql`starts_at > ${at} and ends_at > ${at}`,
    active: sql`starts_at <= ${at} and ends_at > ${at}`,
    expired: sql`ends_at <= ${at}`,
    revoked: sql`false`,
  };
  const possible = states.map((state) => conditions[state]);
  return possible.length === 0 ? sql`false` : sql`(${sql.join(possible, sql` or `)})`;
}

/** Ids in the order of the indexes. */
const BY_ID = sql`id collate "C"`;

async function list<Row extends { readonly id: string }>(
  db: Kysely<Database>,
  listing: Listing,
  { limit, after }: AccessPage<Row['id']>,
): Promise<AccessList<Row>> {
  const { rows: items } = await sql<Row>`
    select * from ${sql.table(listing.table)} where id = any(array(
      select id from (${joined(listing, limit, after)}) as page order by ${BY_ID} desc limit ${limit}
    )) order by ${BY_ID} desc`.execute(db);
  if (after === undefined && items.length < limit) return { items, totalCount: items.length };
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count
    from (select from (${joined(listing, MAX_COUNTED_ACCESS)}) as counted limit ${MAX_COUNTED_ACCESS}) as up_to`.execute(
    db,
  );
  return { items, totalCount: rows[0]?.count ?? 0 };
}

/** All walks side by side, each no longer than `limit`. */
function joined({ table, state, walks }: Listing, limit: number, after?: string): RawBuilder<unknown> {
  return sql.join(
    walks.map(({ column, values, states, where }) => {
      const conditions = [
        sql`${sql.ref(column)} = walks.value`,
        sql`${state} = walks.state`,
        ...where,
        ...(after === undefined ? [] : [sql`${BY_ID} < ${after}`]),
      ];
      return sql`
        select found.id from (
          select value, state from unnest(${values}::text[]) as value cross join unnest(${states}::text[]) as state
        ) as walks cross join lateral (
          select id from ${sql.table(table)} where ${sql.join(conditions, sql` and `)}
          order by ${BY_ID} desc limit ${limit}
        ) as found`;
    }),
    sql` union all `,
  );
}
