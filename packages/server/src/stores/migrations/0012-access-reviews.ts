import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  `create table access_reviews (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    name text not null,
    terms jsonb not null,
    state text not null check (state in ('open', 'closed')),
    created_at timestamptz not null,
    created_by text not null,
    due_at timestamptz not null,
    next_reminder_at timestamptz,
    closed_at timestamptz,
    closed_by text,
    names jsonb not null,
    constraint access_review_name unique (organization_id, name),
    check ((closed_at is null) = (state = 'open'))
  )`,
  // The collation is not that of the primary key, so that the planner walks these and not all there is.
  `create index access_reviews_listed on access_reviews (organization_id, state, id collate "C" desc)`,
  `create index access_reviews_due on access_reviews (least(due_at, next_reminder_at)) where state = 'open'`,
  `create table access_review_items (
    id text primary key,
    review_id text not null references access_reviews on delete cascade,
    binding_id text,
    grant_id text,
    subject jsonb not null,
    principal_id text,
    basis jsonb not null,
    names jsonb not null,
    state text not null check (state in ('pending', 'attested', 'removed', 'skipped')),
    answered_at timestamptz,
    answered_by text,
    answered_by_name text,
    reason text,
    check ((binding_id is null) <> (grant_id is null)),
    check ((answered_at is null) = (state = 'pending'))
  )`,
  `create index access_review_items_listed on access_review_items (review_id, id collate "C" desc)`,
  `create index access_review_items_by_state on access_review_items (review_id, state, id collate "C" desc)`,
];

/** Access reviews, and what they ask about. */
export const accessReviews: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
