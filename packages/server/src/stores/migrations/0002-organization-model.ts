import { createId } from '@sallyport/core';
import { type Kysely, type Migration, sql } from 'kysely';
import { userNameKey } from '../user-name-key.ts';

/** Columns of everything that people manage. */
const METADATA = `
  add column labels jsonb not null default '{}',
  add column resource_version integer not null default 1,
  add column created_at timestamptz not null default now(),
  add column updated_at timestamptz not null default now()`;
/** The same in a new table. */
const NEW_METADATA = METADATA.replaceAll('add column ', '');

// Plain SQL of PostgreSQL 15, one statement each: PGlite and pg both take no more than one in a prepared query.
// References within an organization name the organization too: no record can point into another one.
const STATEMENTS = [
  // The feed names records instead of whole topics. Readers of before find it empty, and read everything.
  `delete from change_feed`,
  `alter table change_feed
    drop column topics, add column records jsonb not null, add column policy_of jsonb not null`,

  `create table installation (
    single boolean not null default true constraint installation_single unique check (single),
    id text primary key,
    spec jsonb not null default '{}',
    ${NEW_METADATA}
  )`,
  `alter table organizations add column spec jsonb not null default '{}', ${METADATA}`,

  `create table projects (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    name text not null,
    spec jsonb not null default '{}',
    ${NEW_METADATA},
    constraint project_name unique (organization_id, name),
    unique (organization_id, id)
  )`,
  `insert into projects (id, organization_id, name) select 'prj_' || substr(id, 5), id, 'default' from organizations`,

  `alter table clusters
    add column project_id text,
    add column spec jsonb not null default '{}',
    add column resource_version integer not null default 1,
    add column created_at timestamptz not null default now(),
    add column updated_at timestamptz not null default now()`,
  `update clusters set project_id = 'prj_' || substr(organization_id, 5)`,
  `alter table clusters
    alter column project_id set not null,
    add constraint cluster_project foreign key (organization_id, project_id) references projects (organization_id, id),
    add unique (organization_id, id)`,
  `create table cluster_shares (
    organization_id text not null,
    cluster_id text not null,
    project_id text not null,
    primary key (cluster_id, project_id),
    foreign key (organization_id, cluster_id) references clusters (organization_id, id) on delete cascade,
    constraint cluster_share_project
      foreign key (organization_id, project_id) references projects (organization_id, id) on delete cascade
  )`,
  `create index cluster_shares_by_project on cluster_shares (project_id)`,

  `alter table identity_providers
    add column spec jsonb,
    add column is_from_configuration boolean not null default false,
    add column scim_token_issued_at timestamptz,
    ${METADATA},
    add unique (organization_id, id)`,
  // Until now every provider was an OIDC one of the configuration.
  `update identity_providers set is_from_configuration = true, spec = jsonb_build_object(
    'displayName', display_name,
    'oidc', jsonb_build_object('issuer', issuer, 'clientId', client_id, 'scopes', oauth_scopes),
    'claims', jsonb_build_object('userName', user_name_claim, 'groups', groups_claim)
  )`,
  `alter table identity_providers
    alter column spec set not null,
    drop column display_name,
    drop column client_id,
    drop column oauth_scopes,
    drop column user_name_claim,
    drop column groups_claim`,

  `alter table principals
    add column user_name_key text,
    add column identity_provider_id text,
    add column is_disabled boolean not null default false,
    add column spec jsonb not null default '{}',
    add column external_id text,
    add column last_login_at timestamptz,
    ${METADATA},
    add unique (organization_id, id),
    add constraint principal_identity_provider
      foreign key (organization_id, identity_provider_id) references identity_providers (organization_id, id)`,
  `update principals set identity_provider_id = (
    select provider.id from identity_providers provider
    where provider.organization_id = principals.organization_id and provider.issuer = principals.issuer
    order by provider.name limit 1
  )`,
  `create index principals_by_identity_provider on principals (identity_provider_id)`,

  `create table groups (
    id text primary key,
    organization_id text not null references organizations on delete cascade,
    name text not null,
    identity_provider_id text,
    external_id text,
    description text,
    ${NEW_METADATA},
    constraint group_name unique nulls not distinct (organization_id, identity_provider_id, name),
    unique (organization_id, id),
    constraint group_identity_provider foreign key (organization_id, identity_provider_id)
      references identity_providers (organization_id, id) on delete cascade
  )`,
  `create table group_members (
    organization_id text not null,
    group_id text not null,
    principal_id text not null,
    primary key (group_id, principal_id),
    foreign key (organization_id, group_id) references groups (organization_id, id) on delete cascade,
    constraint group_member
      foreign key (organization_id, principal_id) references principals (organization_id, id) on delete cascade
  )`,
  `create index group_members_by_principal on group_members (principal_id)`,

  `alter table roles
    add column is_built_in boolean not null default false,
    add column description text,
    ${METADATA},
    add unique (organization_id, id)`,
  `update roles set is_built_in = true where name in ('admin', 'developer', 'viewer', 'approver', 'auditor')`,
  `alter table bindings
    add column name text,
    add column description text,
    ${METADATA},
    drop constraint bindings_role_id_fkey,
    add constraint binding_role
      foreign key (organization_id, role_id) references roles (organization_id, id) on delete cascade`,
  `update bindings set name = replace(id, '_', '-')`,
  `alter table bindings alter column name set not null, add constraint binding_name unique (organization_id, name)`,

  `create table idempotency_keys (
    principal_id text not null references principals on delete cascade,
    key_sha256 text not null,
    request_sha256 text not null,
    answer text not null,
    expires_at timestamptz not null,
    constraint idempotency_key primary key (principal_id, key_sha256)
  )`,
  `create index idempotency_keys_by_expiry on idempotency_keys (expires_at)`,
];

/** The organization model: every managed record a resource with a version, and changes announced by record. */
export const organizationModel: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
    await sql`insert into installation (id) values (${createId('installation')})`.execute(db);
    await fillUserNameKeys(db);
  },
};

/** The database's own idea of letter case and Unicode forms depends on how it was built; names are compared by ours. */
async function fillUserNameKeys(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ id: string; user_name: string }>`select id, user_name from principals`.execute(db);
  const keys = JSON.stringify(rows.map(({ id, user_name }) => ({ id, key: userNameKey(user_name) })));
  await sql`
    update principals set user_name_key = known.key
    from jsonb_to_recordset(${keys}::jsonb) as known (id text, key text) where known.id = principals.id`.execute(db);
  await sql`
    alter table principals
      alter column user_name_key set not null,
      add constraint principal_user_name unique (organization_id, user_name_key)`.execute(db);
}
