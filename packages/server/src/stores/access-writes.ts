import { sql, type Transaction } from 'kysely';
import type { AccessWrites } from './access-contracts.ts';
import { withReviews } from './access-reads.ts';
import { holdReferences } from './access-references.ts';
import {
  fromGrant,
  fromRequest,
  fromReview,
  type GrantRow,
  grantChanges,
  type RequestRow,
  requestChanges,
  toKeptGrant,
} from './access-rows.ts';
import type { ChangeSet } from './change-feed.ts';
import { StoreError } from './errors.ts';
import type { Database } from './schema.ts';

/** What {@link createAccessWrites} stands on. */
export interface AccessWritesOptions {
  readonly db: Transaction<Database>;
  readonly changes: ChangeSet;
  /** Told that a request or grant was written: something else may be due next. */
  readonly onWritten: () => void;
}

/** Writes of access requests and grants within one transaction; grants are announced on the change feed. */
export function createAccessWrites({ db, changes, onWritten }: AccessWritesOptions): AccessWrites {
  return {
    async lockRequest(organizationId, id) {
      const { rows } = await sql<RequestRow>`
        select * from access_requests where id = ${id} and organization_id = ${organizationId} for update`.execute(db);
      return (await withReviews(db, rows))[0];
    },
    async insertRequest(request, names) {
      await holdReferences(db, request, request.requesterId, request.policyId);
      await db.insertInto('access_requests').values(fromRequest(request, names)).execute();
      onWritten();
    },
    async updateRequest(request, newReviews = []) {
      const updated = await db
        .updateTable('access_requests')
        .set({ ...requestChanges(request), resource_version: sql`resource_version + 1` })
        .where('id', '=', request.id)
        // A request leaves `pending` once; what comes after that is its follow-up.
        .where((is) => is.or([is('state', '=', 'pending'), is('state', '=', request.state)]))
        .returning('id')
        .executeTakeFirst();
      if (updated === undefined) throw decided(`access request ${request.id}`, request.state);
      if (newReviews.length === 0) return;
      await db
        .insertInto('access_request_reviews')
        .values(newReviews.map(({ review, reviewerName }) => fromReview(request.id, review, reviewerName)))
        .execute();
    },
    async lockGrant(organizationId, id) {
      const { rows } = await sql<GrantRow>`
        select * from grants where id = ${id} and organization_id = ${organizationId} for update`.execute(db);
      return rows[0] && toKeptGrant(rows[0]);
    },
    async insertGrant(grant, names) {
      await holdReferences(db, grant, grant.principalId);
      await db.insertInto('grants').values(fromGrant(grant, names)).execute();
      changes.add('grants', grant.id);
      onWritten();
    },
    async updateGrant(grant) {
      const updated = await db
        .updateTable('grants')
        .set({ ...grantChanges(grant), resource_version: sql`resource_version + 1` })
        .where('id', '=', grant.id)
        .where('ended_at', 'is', null)
        .returning('id')
        .executeTakeFirst();
      if (updated === undefined) throw decided(`grant ${grant.id}`, grant.end?.state ?? 'live');
      changes.add('grants', grant.id);
      onWritten();
    },
    async markStarted(id) {
      await db.updateTable('grants').set({ is_started: true }).where('id', '=', id).execute();
    },
    async countPending(requesterId) {
      await sql`select from principals where id = ${requesterId} for no key update`.execute(db);
      const { rows } = await sql<{ count: number }>`
        select count(*)::integer as count from access_requests
        where requester_id = ${requesterId} and state = 'pending'`.execute(db);
      return rows[0]?.count ?? 0;
    },
    async breakGlassUses(principalId, since, at) {
      await sql`select from principals where id = ${principalId} for no key update`.execute(db);
      const { rows } = await sql<{ count: number; overdue: boolean | null }>`
        select (count(*) filter (where created_at > ${since}))::integer as count,
          bool_or(follow_up_state = 'due' and follow_up_due_at <= ${at}) as overdue
        from access_requests where requester_id = ${principalId} and is_break_glass`.execute(db);
      return { count: rows[0]?.count ?? 0, hasOverdueFollowUp: rows[0]?.overdue ?? false };
    },
    async takeDue(at, limit) {
      const { rows: requests } = await sql<RequestRow>`
        select * from access_requests where state = 'pending' and pending_until <= ${at} and id in (
          select id from access_requests where state = 'pending' and pending_until <= ${at}
          order by pending_until limit ${limit}
        ) order by id for update`.execute(db);
      const started = sql`not is_started and starts_at <= ${at}`;
      const ended = sql`ends_at <= ${at}`;
      // Each half by its own index.
      const { rows: grants } = await sql<GrantRow>`
        select * from grants where ended_at is null and (${started} or ${ended}) and id in (
          (select id from grants where ended_at is null and ${ended} order by ends_at limit ${limit})
          union
          (select id from grants where ended_at is null and ${started} order by starts_at limit ${limit})
        ) order by id for update`.execute(db);
      return { requests: await withReviews(db, requests), grants: grants.map(toKeptGrant) };
    },
  };
}

function decided(what: string, wanted: string): StoreError {
  return new StoreError({
    code: 'ERR_STORE_CONFLICT',
    message: `${what} was to become ${wanted}, but has come to another end`,
    nextStep: 'Read it again.',
  });
}
