import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  `create table notification_channels (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    name text not null,
    spec jsonb not null,
    reviews_as_id text references principals on delete set null,
    secret_names jsonb not null,
    secrets text,
    labels jsonb not null default '{}',
    resource_version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint notification_channel_name unique (organization_id, name),
    unique (organization_id, id)
  )`,
  // One row per event and channel. due_at is when it was to go first and never changes: what is about one subject goes in
  // that order, and in the order of being written where that is equal.
  `create table notifications (
    id text primary key,
    position bigint generated always as identity,
    organization_id text not null references organizations on delete cascade,
    channel_id text not null references notification_channels on delete cascade,
    event text not null,
    subject_id text not null,
    details jsonb not null,
    state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
    tries integer not null default 0,
    created_at timestamptz not null,
    due_at timestamptz not null,
    next_try_at timestamptz not null,
    give_up_at timestamptz not null,
    settled_at timestamptz,
    last_error text
  )`,
  `create index notifications_due on notifications (next_try_at) where state = 'pending'`,
  `create index notifications_in_order on notifications (channel_id, subject_id, due_at, position) where state = 'pending'`,
  `create index notifications_listed on notifications (channel_id, id desc)`,
  `create index notifications_settled on notifications (settled_at) where settled_at is not null`,
  // What a channel called its message about a subject, so that later events change that message.
  `create table notification_messages (
    channel_id text not null references notification_channels on delete cascade,
    subject_id text not null,
    reference text not null,
    written_at timestamptz not null,
    primary key (channel_id, subject_id)
  )`,
];

/** Notification channels, and the outbox of what they are told. */
export const notifications: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
