import { type Kysely, type Migration, sql } from 'kysely';

const STATEMENTS = [
  `alter table roles
    add column privileges jsonb not null default '[]',
    add column filter_lists boolean not null default false,
    add column limits jsonb`,
  `alter table bindings add column condition text`,
  `create table access_policies (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    name text not null,
    subjects jsonb not null,
    scope jsonb not null,
    statements jsonb not null,
    description text,
    labels jsonb not null default '{}',
    resource_version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint access_policy_name unique (organization_id, name),
    unique (organization_id, id)
  )`,
];

/** What nobody may do, conditions of bindings, and what a role says beyond its rules. */
export const accessPolicies: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
