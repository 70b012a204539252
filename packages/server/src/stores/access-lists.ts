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
  /** What else must hold of the rows. */
  readonly where: readonly RawBuilder<unknown>[];
}

/** Where a list comes from. Every walk is by an index of the table over its column, `state`, and the id downwards. */
interface Listing {
  readonly table: 'access_requests' | 'grants';
  /** What the indexes hold of the state. */
  readonly state: RawBuilder<unknown>;
  readonly states: readonly string[];
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
  const { organizationId, requesterId, roleId, visibleTo, states = REQUEST_STATES, isFollowUpDue } = selection;
  const where = [sql`organization_id = ${organizationId}`];
  if (roleId !== undefined) where.push(sql`role_id = ${roleId}`);
  if (isFollowUpDue !== undefined) {
    where.push(isFollowUpDue ? sql`follow_up_state = 'due'` : sql`follow_up_state is distinct from 'due'`);
  }
  const walks = requestWalks(organizationId, requesterId, roleId, visibleTo, where);
  return list<RequestRow>(db, { table: 'access_requests', state: sql`state`, states, walks }, page);
}

const REQUEST_STATES = ['pending', 'approved', 'denied', 'cancelled', 'expired'] as const;

function requestWalks(
  organizationId: string,
  requesterId: AccessRequestSelection['requesterId'],
  roleId: AccessRequestSelection['roleId'],
  visibleTo: AccessRequestSelection['visibleTo'],
  where: readonly RawBuilder<unknown>[],
): readonly Walk[] {
  if (requesterId !== undefined) {
    const seen = visibleTo === undefined || visibleTo.principalId === requesterId ? [] : [isOf(visibleTo.policyIds)];
    return [{ column: 'requester_id', values: [requesterId], where: [...where, ...seen] }];
  }
  if (visibleTo !== undefined) {
    const { principalId, policyIds } = visibleTo;
    return [
      { column: 'requester_id', values: [principalId], where },
      {
        column: 'policy_id',
        values: [...new Set(policyIds)],
        where: [...where, sql`requester_id <> ${principalId}`],
      },
    ];
  }
  if (roleId !== undefined) return [{ column: 'role_id', values: [roleId], where }];
  return [{ column: 'organization_id', values: [organizationId], where }];
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
  const where = [sql`organization_id = ${organizationId}`, grantIsIn(states, page.at)];
  if (roleId !== undefined) where.push(sql`role_id = ${roleId}`);
  const walk: Walk =
    principalId !== undefined
      ? { column: 'principal_id', values: [principalId], where }
      : roleId !== undefined
        ? { column: 'role_id', values: [roleId], where }
        : { column: 'organization_id', values: [organizationId], where };
  const isEnded = (state: string) => state === 'expired' || state === 'revoked';
  // What the clock alone has ended is not written yet.
  const kept = [...states.filter(isEnded), ...(states.some((state) => state !== 'revoked') ? ['live'] : [])];
  return list<GrantRow>(
    db,
    { table: 'grants', state: sql`coalesce(ended_state, 'live')`, states: kept, walks: [walk] },
    page,
  );
}

const GRANT_STATES = ['scheduled', 'active', 'expired', 'revoked'] as const;

/** The states of grants at an instant, in the words of the database; compare `grantStateAt`. */
function grantIsIn(states: readonly (typeof GRANT_STATES)[number][], at: Date): RawBuilder<unknown> {
  const conditions = {
    scheduled: sql`ended_state is null and starts_at > ${at} and ends_at > ${at}`,
    active: sql`ended_state is null and starts_at <= ${at} and ends_at > ${at}`,
    expired: sql`ended_state = 'expired' or ended_state is null and ends_at <= ${at}`,
    revoked: sql`ended_state = 'revoked'`,
  };
  return sql`(${sql.join(
    states.map((state) => conditions[state]),
    sql` or `,
  )})`;
}

async function list<Row extends { readonly id: string }>(
  db: Kysely<Database>,
  listing: Listing,
  { limit, after }: AccessPage<Row['id']>,
): Promise<AccessList<Row>> {
  if (listing.states.length === 0) return { items: [], totalCount: 0 };
  const { rows: items } = await sql<Row>`
    select * from (${joined(listing, limit, sql`*`, after)}) as page order by id desc limit ${limit}`.execute(db);
  if (after === undefined && items.length < limit) return { items, totalCount: items.length };
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count
    from (select from (${joined(listing, MAX_COUNTED_ACCESS, sql`id`)}) as counted limit ${MAX_COUNTED_ACCESS}) as up_to`.execute(
    db,
  );
  return { items, totalCount: rows[0]?.count ?? 0 };
}

/** All walks side by side, each no longer than `limit`. */
function joined(listing: Listing, limit: number, columns: RawBuilder<unknown>, after?: string): RawBuilder<unknown> {
  const { table, state, states, walks } = listing;
  return sql.join(
    walks.map(({ column, values, where }) => {
      const conditions = [
        sql`${sql.ref(column)} = walks.value`,
        sql`${state} = walks.state`,
        ...where,
        ...(after === undefined ? [] : [sql`id < ${after}`]),
      ];
      return sql`
        select found.* from (
          select value, state from unnest(${values}::text[]) as value cross join unnest(${states}::text[]) as state
        ) as walks cross join lateral (
          select ${columns} from ${sql.table(table)} where ${sql.join(conditions, sql` and `)}
          order by id desc limit ${limit}
        ) as found`;
    }),
    sql` union all `,
  );
}
