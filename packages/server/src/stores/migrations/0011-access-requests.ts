import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  `create table request_policies (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    name text not null,
    terms jsonb not null,
    description text,
    labels jsonb not null default '{}',
    resource_version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint request_policy_name unique (organization_id, name),
    unique (organization_id, id)
  )`,
  `create table access_requests (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    requester_id text not null,
    role_id text not null,
    policy_id text not null,
    state text not null check (state in ('pending', 'approved', 'denied', 'cancelled', 'expired')),
    content jsonb not null,
    is_break_glass boolean not null,
    starts_at timestamptz,
    created_at timestamptz not null,
    pending_until timestamptz not null,
    resolved_at timestamptz,
    resolved_by text,
    resolved_reason text,
    grant_id text,
    follow_up_state text check (follow_up_state in ('due', 'justified', 'unjustified')),
    follow_up_due_at timestamptz,
    follow_up_by text,
    follow_up_reason text,
    follow_up_at timestamptz,
    names jsonb not null,
    resource_version integer not null default 1
  )`,
  // Ids sort by their creation, so every listing is a walk down some of these, one for each state that is asked for. The collation
  // is not that of the primary key, which the planner would walk instead, past everything in other states.
  `create index access_requests_of_organization on access_requests (organization_id, state, id collate "C" desc)`,
  `create index access_requests_of_requester on access_requests (requester_id, state, id collate "C" desc)`,
  `create index access_requests_of_policy on access_requests (policy_id, state, id collate "C" desc)`,
  `create index access_requests_of_role on access_requests (role_id, state, id collate "C" desc)`,
  `create index access_requests_pending on access_requests (pending_until) where state = 'pending'`,
  `create index access_requests_to_follow_up on access_requests (organization_id, id desc) where follow_up_state = 'due'`,
  `create index access_requests_break_glass on access_requests (requester_id, created_at) where is_break_glass`,
  `create table access_request_reviews (
    id text primary key,
    request_id text not null references access_requests on delete cascade,
    reviewer_id text not null,
    reviewer_name text not null,
    verdict text not null check (verdict in ('approve', 'deny')),
    step integer not null,
    reason text,
    at timestamptz not null,
    content_sha256 text not null
  )`,
  `create index access_request_reviews_of_request on access_request_reviews (request_id)`,
  `create table grants (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    principal_id text not null,
    role_id text not null,
    scope jsonb not null,
    objects jsonb,
    reason text not null,
    created_at timestamptz not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null check (ends_at > starts_at),
    is_started boolean not null default false,
    request_id text unique references access_requests on delete cascade,
    renews_id text,
    is_break_glass boolean not null,
    ended_at timestamptz,
    ended_state text check (ended_state in ('expired', 'revoked')),
    ended_by text,
    ended_reason text,
    names jsonb not null,
    resource_version integer not null default 1,
    check ((ended_at is null) = (ended_state is null))
  )`,
  `create index grants_of_organization on grants (organization_id, (coalesce(ended_state, 'live')), id collate "C" desc)`,
  `create index grants_of_principal on grants (principal_id, (coalesce(ended_state, 'live')), id collate "C" desc)`,
  `create index grants_of_role on grants (role_id, (coalesce(ended_state, 'live')), id collate "C" desc)`,
  `create index grants_live on grants (ends_at) where ended_at is null`,
  `create index grants_to_start on grants (starts_at) where ended_at is null and not is_started`,
  // Unique ids of the namespaces that each cluster was last seen with: one that is made anew under an old name is another one.
  `create table cluster_namespaces (
    cluster_id text primary key references clusters on delete cascade,
    uids jsonb not null,
    seen_at timestamptz not null
  )`,
  `create index grants_ended on grants (ended_at) where ended_at is not null`,
];

/** Request policies, access requests with their reviews, and grants. */
export const accessRequests: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
