import { type Insertable, type Kysely, type RawBuilder, type Selectable, sql, type Transaction } from 'kysely';
import type { AccessList, AccessPage } from './access-contracts.ts';
import { MAX_COUNTED_ACCESS } from './access-lists.ts';
import type {
  AccessReviewCounts,
  AccessReviewRows,
  AccessReviewWrites,
  KeptAccessReview,
  KeptAccessReviewItem,
} from './access-review-contracts.ts';
import type { AccessReviewTables } from './access-review-schema.ts';
import { StoreError } from './errors.ts';
import type { Database } from './schema.ts';

type ReviewRow = Selectable<AccessReviewTables['access_reviews']>;
type ItemRow = Selectable<AccessReviewTables['access_review_items']>;
type ItemValues = Insertable<AccessReviewTables['access_review_items']>;

const NONE: AccessReviewCounts = { pending: 0, attested: 0, removed: 0, skipped: 0 };
/** Rows of one statement: PostgreSQL takes 65,535 parameters. */
const ROWS_AT_ONCE = 1_000;

/** Reads access reviews. */
export function createAccessReviewRows(db: Kysely<Database>): Omit<AccessReviewRows, 'watch'> {
  return {
    async find(organizationId, idOrName) {
      const { rows } = await sql<ReviewRow>`
        select * from access_reviews where ${isOne(organizationId, idOrName)}`.execute(db);
      return rows[0] && toKeptReview(rows[0]);
    },
    async list({ organizationId, state }, page) {
      const conditions = [sql`organization_id = ${organizationId}`];
      // Both states are named so that the index is walked.
      conditions.push(sql`state = any(${state === undefined ? ['open', 'closed'] : [state]}::text[])`);
      return toList(await readPage<ReviewRow>(db, 'access_reviews', conditions, page), toKeptReview);
    },
    async counts(ids) {
      if (ids.length === 0) return new Map();
      const { rows } = await sql<{ review_id: (typeof ids)[number]; state: keyof AccessReviewCounts; count: number }>`
        select review_id, state, count(*)::integer as count from access_review_items
        where review_id = any(${ids}::text[]) group by review_id, state`.execute(db);
      const counts = new Map(ids.map((id) => [id, NONE]));
      for (const { review_id, state, count } of rows) {
        counts.set(review_id, { ...(counts.get(review_id) ?? NONE), [state]: count });
      }
      return counts;
    },
    async listItems({ reviewId, state }, page) {
      const conditions = [sql`review_id = ${reviewId}`, ...(state === undefined ? [] : [sql`state = ${state}`])];
      return toList(await readPage<ItemRow>(db, 'access_review_items', conditions, page), toKeptItem);
    },
    async findItem(reviewId, id) {
      const { rows } = await sql<ItemRow>`
        select * from access_review_items where id = ${id} and review_id = ${reviewId}`.execute(db);
      return rows[0] && toKeptItem(rows[0]);
    },
    async nextDueAt() {
      const { rows } = await sql<{ at: Date | null }>`
        select min(least(due_at, next_reminder_at)) as at from access_reviews where state = 'open'`.execute(db);
      return rows[0]?.at ?? undefined;
    },
    async listDue(at, limit) {
      const { rows } = await sql<ReviewRow>`
        select * from access_reviews where state = 'open' and least(due_at, next_reminder_at) <= ${at}
        order by least(due_at, next_reminder_at) limit ${limit}`.execute(db);
      return rows.map(toKeptReview);
    },
  };
}

/** Writes access reviews within one transaction; `onWritten` is told when something may be due sooner. */
export function createAccessReviewWrites(db: Transaction<Database>, onWritten: () => void): AccessReviewWrites {
  return {
    async countOpen(organizationId) {
      const { rows } = await sql<{ count: number }>`
        select count(*)::integer as count from access_reviews
        where organization_id = ${organizationId} and state = 'open'`.execute(db);
      return rows[0]?.count ?? 0;
    },
    async insert(review, items) {
      await db.insertInto('access_reviews').values(fromReview(review)).execute();
      for (let from = 0; from < items.length; from += ROWS_AT_ONCE) {
        const rows = items.slice(from, from + ROWS_AT_ONCE).map(fromItem);
        await db.insertInto('access_review_items').values(rows).execute();
      }
      onWritten();
    },
    async lock(organizationId, idOrName) {
      const { rows } = await sql<ReviewRow>`
        select * from access_reviews where ${isOne(organizationId, idOrName)} for update`.execute(db);
      return rows[0] && toKeptReview(rows[0]);
    },
    async lockItem(reviewId, id) {
      const { rows } = await sql<ItemRow>`
        select * from access_review_items where id = ${id} and review_id = ${reviewId} for update`.execute(db);
      return rows[0] && toKeptItem(rows[0]);
    },
    async lockPending(reviewId) {
      const { rows } = await sql<ItemRow>`
        select * from access_review_items where review_id = ${reviewId} and state = 'pending'
        order by id collate "C" desc for update`.execute(db);
      return rows.map(toKeptItem);
    },
    async counts(id) {
      return (await createAccessReviewRows(db).counts([id])).get(id) ?? NONE;
    },
    async update(review) {
      const { id, ...changes } = fromReview(review);
      await db.updateTable('access_reviews').set(changes).where('id', '=', id).execute();
    },
    async answer(items) {
      const columns = {
        ids: items.map(({ id }) => id),
        states: items.map(({ state }) => state),
        ats: items.map(({ answer }) => answer?.at.toISOString() ?? null),
        bys: items.map(({ answer }) => answer?.byId ?? null),
        names: items.map(({ byName }) => byName ?? null),
        reasons: items.map(({ answer }) => answer?.reason ?? null),
      };
      const { rows } = await sql<{ id: string }>`
        update access_review_items as item
        set state = said.state, answered_at = said.at, answered_by = said.by_id, answered_by_name = said.by_name,
          reason = said.reason
        from unnest(${columns.ids}::text[], ${columns.states}::text[], ${columns.ats}::timestamptz[],
          ${columns.bys}::text[], ${columns.names}::text[], ${columns.reasons}::text[])
          as said (id, state, at, by_id, by_name, reason)
        where item.id = said.id and item.state = 'pending' returning item.id`.execute(db);
      if (rows.length < items.length) throw answered(items.length, rows.length);
    },
  };
}

function isOne(organizationId: string, idOrName: string): RawBuilder<unknown> {
  return sql`organization_id = ${organizationId} and (id = ${idOrName} or name = ${idOrName})`;
}

/** Ids in the order of the indexes. */
const BY_ID = sql`id collate "C"`;

async function readPage<Row extends { readonly id: string }>(
  db: Kysely<Database>,
  table: keyof AccessReviewTables,
  conditions: readonly RawBuilder<unknown>[],
  { limit, after }: AccessPage<Row['id']>,
): Promise<AccessList<Row>> {
  const where = sql.join(conditions, sql` and `);
  const behind = after === undefined ? sql`true` : sql`${BY_ID} < ${after}`;
  const { rows: items } = await sql<Row>`
    select * from ${sql.table(table)} where ${where} and ${behind} order by ${BY_ID} desc limit ${limit}`.execute(db);
  if (after === undefined && items.length < limit) return { items, totalCount: items.length };
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from (
      select from ${sql.table(table)} where ${where} limit ${MAX_COUNTED_ACCESS}
    ) as up_to`.execute(db);
  return { items, totalCount: rows[0]?.count ?? 0 };
}

function toList<Row, Kept>({ items, totalCount }: AccessList<Row>, to: (row: Row) => Kept): AccessList<Kept> {
  return { items: items.map(to), totalCount };
}

function toKeptReview(row: ReviewRow): KeptAccessReview {
  return {
    ...row.terms,
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    state: row.state,
    createdAt: row.created_at,
    createdById: row.created_by,
    dueAt: row.due_at,
    ...(row.next_reminder_at !== null && { nextReminderAt: row.next_reminder_at }),
    ...(row.closed_at !== null && {
      closed: { at: row.closed_at, ...(row.closed_by !== null && { byId: row.closed_by }) },
    }),
    names: row.names,
  };
}

function fromReview(review: KeptAccessReview): Insertable<AccessReviewTables['access_reviews']> {
  const { description, scope, about, roleIds, reviewers, remindEveryMs, unanswered } = review;
  return {
    id: review.id,
    organization_id: review.organizationId,
    name: review.name,
    terms: JSON.stringify({ description, scope, about, roleIds, reviewers, remindEveryMs, unanswered }),
    state: review.state,
    created_at: review.createdAt,
    created_by: review.createdById,
    due_at: review.dueAt,
    next_reminder_at: review.nextReminderAt ?? null,
    closed_at: review.closed?.at ?? null,
    closed_by: review.closed?.byId ?? null,
    names: JSON.stringify(review.names),
  };
}

function toKeptItem(row: ItemRow): KeptAccessReviewItem {
  return {
    id: row.id,
    reviewId: row.review_id,
    about: aboutOf(row),
    subject: row.subject,
    ...(row.principal_id !== null && { principalId: row.principal_id }),
    basis: row.basis,
    names: row.names,
    state: row.state,
    ...(row.answered_at !== null && {
      answer: {
        at: row.answered_at,
        ...(row.answered_by !== null && { byId: row.answered_by }),
        ...(row.reason !== null && { reason: row.reason }),
      },
    }),
    ...(row.answered_by_name !== null && { answeredByName: row.answered_by_name }),
  };
}

function aboutOf({ id, binding_id, grant_id, subject }: ItemRow): KeptAccessReviewItem['about'] {
  if (binding_id !== null) return { kind: 'binding', id: binding_id, subject };
  if (grant_id !== null) return { kind: 'grant', id: grant_id };
  throw new TypeError(`${id} is about neither a binding nor a grant`);
}

function fromItem(item: KeptAccessReviewItem): ItemValues {
  const { about, answer } = item;
  return {
    id: item.id,
    review_id: item.reviewId,
    binding_id: about.kind === 'binding' ? about.id : null,
    grant_id: about.kind === 'grant' ? about.id : null,
    subject: JSON.stringify(item.subject),
    principal_id: item.principalId ?? null,
    basis: JSON.stringify(item.basis),
    names: JSON.stringify(item.names),
    state: item.state,
    answered_at: answer?.at ?? null,
    answered_by: answer?.byId ?? null,
    answered_by_name: item.answeredByName ?? null,
    reason: answer?.reason ?? null,
  };
}

function answered(wanted: number, written: number): StoreError {
  return new StoreError({
    code: 'ERR_STORE_CONFLICT',
    message: `${wanted - written} of ${wanted} items of an access review have been answered already`,
    nextStep: 'Read them again.',
  });
}
