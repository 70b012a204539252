import { createId } from '@sallyport/core';
import { Kysely, type Migration, Migrator, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSnapshotRecords } from '../change-feed.ts';
import { openPgliteFolder } from '../pglite/open.ts';
import type { Database } from '../schema.ts';
import { firstSchema } from './0001-first-schema.ts';
import { migrate } from './index.ts';

describe('migrations', () => {
  let db: Kysely<Database>;
  let close: () => Promise<void>;
  beforeEach(async () => {
    const database = await openPgliteFolder('memory://');
    close = database.close;
    db = new Kysely<Database>({ dialect: database.dialect });
  });
  afterEach(() => close());

  const migrateBy = async (migrations: Record<string, Migration>) => {
    const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest();
    if (error !== undefined) throw new Error('a migration failed', { cause: error });
  };

  it('SEC-H13 carries what the first release stored into the organization model', async () => {
    await migrateBy({ '0001-first-schema': firstSchema });
    const [organizationId, clusterId, principalId] = [
      createId('organization'),
      createId('cluster'),
      createId('principal'),
    ];
    const [roleId, bindingId, providerId] = [createId('role'), createId('binding'), createId('identityProvider')];
    for (const statement of [
      sql`insert into organizations (id, name) values (${organizationId}, 'acme')`,
      sql`insert into clusters (id, organization_id, name, labels) values (${clusterId}, ${organizationId}, 'prod', '{"a":"b"}')`,
      sql`insert into identity_providers values (${providerId}, ${organizationId}, 'corporate', 'Corporate',
        'https://idp.example.com', 'sallyport', null, '["openid"]', 'email', 'groups')`,
      sql`insert into principals values (${principalId}, ${organizationId}, 'user', 'https://idp.example.com', 'sub-1',
        'Ännchen@Example.com', 'Ann', null, '["dev"]')`,
      sql`insert into roles values (${roleId}, ${organizationId}, 'viewer', '["sallyport:view"]', null, '[]')`,
      sql`insert into bindings values (${bindingId}, ${organizationId}, ${roleId}, '[]', '{"kind":"organization"}')`,
      sql`update change_head set seq = 7`,
      sql`insert into change_feed values (7, now(), '["roles"]')`,
    ]) {
      await statement.execute(db);
    }
    await migrate(db);
    const { version, records } = await readSnapshotRecords(db, 6, new Date());
    expect(version).toBe(7);
    const metadata = { resourceVersion: 1, labels: {} };
    const [project] = records.projects ?? [];
    expect(records.installation).toMatchObject([{ id: expect.stringMatching(/^ins_/), spec: {} }]);
    expect(records.organizations).toMatchObject([{ id: organizationId, name: 'acme', spec: {}, ...metadata }]);
    expect(project).toMatchObject({ organizationId, name: 'default', ...metadata });
    expect(records.clusters).toMatchObject([{ id: clusterId, projectId: project?.id, labels: { a: 'b' } }]);
    expect(records.identityProviders).toMatchObject([
      {
        id: providerId,
        spec: {
          displayName: 'Corporate',
          oidc: { issuer: 'https://idp.example.com', clientId: 'sallyport', scopes: ['openid'] },
          claims: { userName: 'email', groups: 'groups' },
        },
        hasClientSecret: false,
        isFromConfiguration: true,
      },
    ]);
    expect(records.principals).toMatchObject([
      { id: principalId, identityProviderId: providerId, isDisabled: false, groups: ['dev'], ...metadata },
    ]);
    const { rows } = await sql`select user_name_key from principals`.execute(db);
    expect(rows).toEqual([{ user_name_key: 'ännchen@example.com' }]);
    expect(records.roles).toMatchObject([{ id: roleId, isBuiltIn: true, ...metadata }]);
    expect(records.bindings).toMatchObject([{ id: bindingId, name: bindingId.replace('_', '-'), ...metadata }]);
  });

  it('SEC-H13 leaves nothing of a migration that fails half way, and resumes', async () => {
    const broken: Migration = {
      async up(on) {
        await sql`create table half_way (id text)`.execute(on);
        throw new Error('killed');
      },
    };
    await expect(migrateBy({ '0001-first-schema': firstSchema, '0002-organization-model': broken })).rejects.toThrow();
    const { rows } = await sql`select table_name from information_schema.tables where table_name = 'half_way'`.execute(
      db,
    );
    expect(rows).toEqual([]);
    await migrate(db);
    expect((await readSnapshotRecords(db, undefined, new Date())).records.installation).toHaveLength(1);
  });
});
