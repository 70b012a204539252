import { AsyncResource } from 'node:async_hooks';
import { anAuditEvent } from '@sallyport/audit/testing';
import type { Binding, Role } from '@sallyport/authz';
import { type Cluster, createId, type Principal, Secret } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { putBinding, putCluster, putOrganization, putRole } from '../testing/writes.ts';
import type { AgentCertificate, LoginSession, Store } from './contracts.ts';
import type { StoredKey } from './key-contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

const serverUrl = process.env['SALLYPORT_TEST_POSTGRES_URL'];
if (serverUrl === undefined) {
  it.skip('runs on PostgreSQL when SALLYPORT_TEST_POSTGRES_URL names a server', () => {});
}

/** A record as it was put, with whatever the store adds. */
const stored = (record: object) => expect.objectContaining(record);

for (const database of testDatabases(serverUrl)) {
  describe(`the store on ${database.name}`, () => {
    const clock = createFakeClock();
    let testStore: TestStore;
    let store: Store;
    beforeAll(async () => {
      testStore = await database.open({ clock });
      store = testStore.store;
    });
    afterAll(() => testStore.drop());

    const anOrganization = () => {
      const id = createId('organization');
      return { id, name: id.slice(-20) };
    };
    const aCluster = (organizationId: Cluster['organizationId']): Cluster => {
      const id = createId('cluster');
      return { id, organizationId, name: id.slice(-20), labels: { tier: 'production' } };
    };
    const aPrincipal = (
      organizationId: Principal['organizationId'],
      overrides: Partial<Principal> = {},
    ): Principal => ({
      id: createId('principal'),
      organizationId,
      kind: 'user',
      issuer: 'https://idp.example.com',
      subjectClaim: createId('principal'),
      userName: `${createId('principal')}@example.com`,
      displayName: 'Ann',
      groups: ['dev', 'a,b'],
      ...overrides,
    });
    const aRole = (organizationId: Role['organizationId'], overrides: Partial<Role> = {}): Role => ({
      id: createId('role'),
      organizationId,
      name: createId('role'),
      ceilingGroups: ['sallyport:view'],
      permissions: [],
      ...overrides,
    });

    /** An organization with one of everything, and what a snapshot of it must hold. */
    async function populate() {
      const organization = anOrganization();
      const cluster = aCluster(organization.id);
      const principal = aPrincipal(organization.id, { email: 'ann@example.com' });
      const loginSession: LoginSession = {
        id: createId('loginSession'),
        organizationId: organization.id,
        principalId: principal.id,
        identityProviderId: createId('identityProvider'),
        method: 'oidc',
        client: 'cli',
        createdAt: new Date(clock.now()),
        expiresAt: new Date(clock.now() + 60_000),
      };
      const agentCertificate: AgentCertificate = {
        id: createId('agent'),
        clusterId: cluster.id,
        serial: createId('agent').slice(4),
        notAfter: new Date(clock.now() + 60_000),
      };
      const role = aRole(organization.id, {
        rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
        permissions: ['clusters.create'],
      });
      const binding: Binding = {
        id: createId('binding'),
        organizationId: organization.id,
        roleId: role.id,
        subjects: [{ kind: 'group', issuer: 'https://idp.example.com', name: 'dev' }],
        scope: { kind: 'clusters', clusterIds: [cluster.id] },
      };
      await store.transact(async (tx) => {
        await putOrganization(tx, organization);
        await putCluster(tx, cluster);
        await tx.putPrincipal(principal);
        await tx.putLoginSession(loginSession);
        await tx.putAgentCertificate(agentCertificate);
        await putRole(tx, role);
        await putBinding(tx, binding);
      });
      return { organization, cluster, principal, loginSession, agentCertificate, role, binding };
    }

    it('gives back what was put, each thing as it was', async () => {
      const put = await populate();
      const { records } = await store.changes.read();
      expect(records.organizations).toContainEqual(stored(put.organization));
      expect(records.clusters).toContainEqual(stored(put.cluster));
      expect(records.principals).toContainEqual(stored(put.principal));
      expect(records.loginSessions).toContainEqual(put.loginSession);
      expect(records.agentCertificates).toContainEqual(put.agentCertificate);
      expect(records.roles).toContainEqual(stored(put.role));
      expect(records.bindings).toContainEqual(stored(put.binding));
    });

    it('replaces by id, and drops fields that are gone', async () => {
      const { organization, principal, role } = await populate();
      const { email: _, ...withoutEmail } = { ...principal, groups: [] };
      const { rules: __, ...withoutRules } = role;
      await store.transact(async (tx) => {
        await tx.putPrincipal(withoutEmail);
        await putRole(tx, withoutRules);
      });
      const { records } = await store.changes.read();
      const isOfIt = (record: { readonly organizationId: string }) => record.organizationId === organization.id;
      const [principalNow, ...others] = records.principals?.filter(isOfIt) ?? [];
      const [roleNow] = records.roles?.filter(isOfIt) ?? [];
      expect(others).toEqual([]);
      expect(principalNow).toEqual(stored(withoutEmail));
      expect(principalNow).not.toHaveProperty('email');
      expect(roleNow).toEqual(stored(withoutRules));
      expect(roleNow).not.toHaveProperty('rules');
    });

    it('SEC-A18 finds a principal by organization, issuer and subject claim together', async () => {
      const { organization, principal } = await populate();
      const find = (issuer: string, subjectClaim: string) =>
        store.transact((tx) => tx.findPrincipal(organization.id, issuer, subjectClaim));
      expect(await find(principal.issuer, principal.subjectClaim)).toEqual(stored(principal));
      expect(await find('https://other.example.com', principal.subjectClaim)).toBeUndefined();
      expect(await find(principal.issuer, principal.subjectClaim.toUpperCase())).toBeUndefined();
      await expect(
        store.transact((tx) => tx.putPrincipal(aPrincipal(organization.id, { subjectClaim: principal.subjectClaim }))),
      ).rejects.toMatchObject({ code: 'ERR_STORE_CONFLICT', message: 'already taken: principal_identity' });
    });

    it('refuses a second thing of one name, and a reference to nothing', async () => {
      const { organization, cluster } = await populate();
      const twin = { ...aCluster(organization.id), name: cluster.name };
      await expect(store.transact((tx) => putCluster(tx, twin))).rejects.toMatchObject({
        code: 'ERR_STORE_NAME_TAKEN',
        message: 'already taken: cluster_name',
      });
      await expect(store.transact((tx) => putCluster(tx, aCluster(createId('organization'))))).rejects.toMatchObject({
        code: 'ERR_STORE_REFERENCE',
      });
    });

    it('commits rows, audit events and the change together, or none of them', async () => {
      const organization = anOrganization();
      const event = anAuditEvent({ organizationId: organization.id });
      const before = await store.changes.head();
      const attempt = store.transact(async (tx) => {
        await putOrganization(tx, organization);
        await tx.appendAudit(event);
        throw new Error('changed its mind');
      });
      await expect(attempt).rejects.toThrow('changed its mind');
      expect(await store.changes.head()).toBe(before);
      expect((await store.changes.read()).records.organizations).not.toContainEqual(stored(organization));
      expect(await store.listAudit({ organizationId: organization.id, limit: 10 })).toEqual([]);

      await store.transact(async (tx) => {
        await putOrganization(tx, organization);
        await tx.appendAudit(event);
      });
      expect(await store.changes.head()).toBe(before + 1);
      expect(await store.listAudit({ organizationId: organization.id, limit: 10 })).toEqual([event]);
    });

    it('numbers concurrent changes without gaps, and says which records changed since', async () => {
      const { organization, cluster, loginSession } = await populate();
      const before = await store.changes.head();
      const clusters = Array.from({ length: 20 }, () => aCluster(organization.id));
      await Promise.all(clusters.map((each) => store.transact((tx) => putCluster(tx, each))));
      const role = aRole(organization.id);
      const moved = { ...cluster, labels: { tier: 'test' } };
      await store.transact(async (tx) => {
        await putRole(tx, role);
        await putCluster(tx, moved);
        await tx.deleteLoginSession(loginSession.id);
      });
      expect(await store.changes.read(before)).toEqual({
        version: before + 21,
        changedAt: new Date(clock.now()),
        records: {},
        updates: {
          clusters: new Map([...clusters, moved].map((each) => [each.id, stored(each)])),
          roles: new Map([[role.id, stored(role)]]),
          loginSessions: new Map([[loginSession.id, undefined]]),
        },
      });
      expect(await store.changes.read(before + 21)).toEqual({
        version: before + 21,
        changedAt: new Date(clock.now()),
        records: {},
        updates: {},
      });
    });

    it('reads topics in whole when one change can have touched any record of them', async () => {
      const { organization } = await populate();
      const other = await populate();
      const before = await store.changes.head();
      await store.transact((tx) => tx.remove('Organization', organization.id));
      const { records, updates } = await store.changes.read(before);
      expect(updates).toEqual({});
      expect(records).toEqual((await store.changes.read()).records);
      expect(records.organizations).toContainEqual(stored(other.organization));
      expect(JSON.stringify(records)).not.toContain(organization.id);
    });

    it('tells watchers the number of each change once it is committed, and of nothing else', async () => {
      const { organization } = await populate();
      const told: number[] = [];
      const before = await store.changes.head();
      const stop = store.changes.watch((seq) => told.push(seq));
      await store.transact((tx) => tx.appendAudit(anAuditEvent()));
      await store.transact((tx) => putCluster(tx, aCluster(organization.id)));
      await store
        .transact(async (tx) => {
          await putCluster(tx, aCluster(organization.id));
          throw new Error('changed its mind');
        })
        .catch(() => {});
      await vi.waitFor(() => expect(told).toContain(before + 1));
      stop();
      await store.transact((tx) => putCluster(tx, aCluster(organization.id)));
      expect(new Set(told)).toEqual(new Set([before + 1]));
    });

    it('reads everything for a reader that is ahead (a restored backup) or further behind than the feed', async () => {
      const { version } = await store.changes.read();
      const all = Object.keys((await store.changes.read()).records);
      expect(Object.keys((await store.changes.read(version + 1)).records)).toEqual(all);
      await testStore.db.deleteFrom('change_feed').execute();
      expect(Object.keys((await store.changes.read(version - 1)).records)).toEqual(all);
    });

    it('announces no change when nothing changed that a snapshot holds', async () => {
      const { cluster, principal } = await populate();
      const before = await store.changes.head();
      await store.transact(async (tx) => {
        await tx.appendAudit(anAuditEvent());
        await tx.putCredential({
          id: createId('credential'),
          principalId: principal.id,
          clusterId: cluster.id,
          kind: 'exec',
          expiresAt: new Date(clock.now() + 60_000),
        });
        await tx.remove('Cluster', createId('cluster'));
      });
      expect(await store.changes.head()).toBe(before);
    });

    it('SEC-D21 deletes a cluster with its certificates and tokens; a new one of its name inherits nothing', async () => {
      const { cluster } = await populate();
      const issued = await store.transact((tx) => tx.issueJoinToken(cluster.id, 60_000));
      expect(await store.transact((tx) => tx.remove('Cluster', cluster.id))).toBe(true);
      expect(await store.transact((tx) => tx.remove('Cluster', cluster.id))).toBe(false);
      const successor = { ...cluster, id: createId('cluster') };
      await store.transact((tx) => putCluster(tx, successor));
      const { records } = await store.changes.read();
      expect(records.agentCertificates?.some(({ clusterId }) => clusterId === cluster.id)).toBe(false);
      expect(await store.transact((tx) => tx.redeemJoinToken(issued.token.reveal()))).toEqual({ refused: 'unknown' });
    });

    it('SEC-E19 leaves ended sessions and expired or revoked certificates out of snapshots', async () => {
      const { loginSession, cluster, role, binding } = await populate();
      const other = await populate();
      expect(await store.transact((tx) => tx.deleteLoginSession(loginSession.id))).toBe(true);
      expect(await store.transact((tx) => tx.deleteLoginSession(loginSession.id))).toBe(false);
      await store.transact((tx) => tx.revokeAgentCertificates(cluster.id));
      await store.transact((tx) => tx.remove('Role', role.id));
      const { records } = await store.changes.read();
      expect(records.loginSessions?.map(({ id }) => id)).not.toContain(loginSession.id);
      expect(records.agentCertificates?.map(({ clusterId }) => clusterId)).not.toContain(cluster.id);
      expect(records.bindings?.map(({ id }) => id)).not.toContain(binding.id);
      expect(records.agentCertificates).toContainEqual(other.agentCertificate);

      clock.advance(60_001);
      const later = (await store.changes.read()).records;
      expect(later.loginSessions).toEqual([]);
      expect(later.agentCertificates).toEqual([]);
    });

    it('SEC-D16 lets exactly one of many concurrent callers use a join token', async () => {
      const { cluster } = await populate();
      for (let round = 0; round < 5; round++) {
        const issued = await store.transact((tx) => tx.issueJoinToken(cluster.id, 60_000));
        const outcomes = await Promise.all(
          Array.from({ length: 12 }, () => store.transact((tx) => tx.redeemJoinToken(issued.token.reveal()))),
        );
        expect(outcomes.filter((outcome) => 'clusterId' in outcome)).toEqual([{ clusterId: cluster.id }]);
        expect(outcomes.filter((outcome) => 'refused' in outcome && outcome.refused === 'used')).toHaveLength(11);
      }
    });

    it('SEC-D16 refuses a join token that is unknown, used or expired, and keeps one whose transaction failed', async () => {
      const { cluster } = await populate();
      const redeem = (token: string) => store.transact((tx) => tx.redeemJoinToken(token));
      const issue = () => store.transact((tx) => tx.issueJoinToken(cluster.id, 60_000));
      expect(await redeem('sjt_unknown')).toEqual({ refused: 'unknown' });
      const used = await issue();
      await redeem(used.token.reveal());
      expect(await redeem(used.token.reveal())).toEqual({ refused: 'used' });

      const kept = await issue();
      const failed = store.transact(async (tx) => {
        await tx.redeemJoinToken(kept.token.reveal());
        throw new Error('the request was no good');
      });
      await expect(failed).rejects.toThrow();
      expect(await redeem(kept.token.reveal())).toEqual({ clusterId: cluster.id });

      const late = await issue();
      clock.advance(60_000);
      expect(await redeem(late.token.reveal())).toEqual({ refused: 'expired' });
      expect(Buffer.from(late.token.reveal().slice(4), 'base64url')).toHaveLength(32);
    });

    it('keeps identity providers and inventories', async () => {
      const { organization, cluster } = await populate();
      const issuer = 'https://idp.example.com';
      const provider = {
        id: createId('identityProvider'),
        organizationId: organization.id,
        name: 'corporate',
        issuer,
        spec: { oidc: { issuer, clientId: 'sallyport', clientSecret: 'canary-client-secret' } },
        hasClientSecret: true,
        isFromConfiguration: false,
      };
      const inventory = {
        clusterId: cluster.id,
        kubernetesVersion: 'v1.36.4',
        nodeCount: 3,
        readyNodeCount: 2,
        namespaceCount: 12,
        nodes: [{ name: 'node-1', isReady: true, kubeletVersion: 'v1.36.4', labels: { zone: 'a' } }],
        namespaces: [{ name: 'default', labels: {} }],
        observedAt: new Date(clock.now()),
      };
      await store.transact(async (tx) => {
        await tx.put('IdentityProvider', provider);
        await tx.putInventory(inventory);
        await tx.putInventory({ ...inventory, nodeCount: 4 });
      });
      expect((await store.clientSecret(provider.id))?.reveal()).toBe('canary-client-secret');
      expect(await store.clientSecret(createId('identityProvider'))).toBeUndefined();
      const { identityProviders } = (await store.changes.read()).records;
      expect(identityProviders).toContainEqual(expect.objectContaining({ id: provider.id, hasClientSecret: true }));
      expect(JSON.stringify(identityProviders)).not.toContain('canary');
      expect(await store.clusters.inventory(inventory.clusterId)).toEqual({ ...inventory, nodeCount: 4 });
    });

    it('lists the signing key first, and lets one of many concurrent replicas establish the first one', async () => {
      const at = new Date(clock.now());
      const key = (keyId: string): StoredKey => ({
        purpose: 'cookie',
        keyId,
        secret: new Secret(`canary-${keyId}`),
        phase: 'current',
        createdAt: at,
        signsFrom: at,
      });
      const sets = await Promise.all(Array.from({ length: 8 }, (_, i) => store.keys.establish(key(`k${i}`))));
      const [established] = sets[0]?.keys ?? [];
      for (const { keys } of sets) expect(keys).toEqual([established]);
      const next: StoredKey = { ...key('next'), phase: 'next', createdAt: new Date(at.getTime() + 1) };
      const retired: StoredKey = { ...key('retired'), phase: 'retired', verifiesUntil: at };
      const version = await store.transact(async (tx) => {
        for (const one of [retired, next]) await tx.putKey(one);
        await tx.nextKeyVersion('cookie');
        return tx.nextKeyVersion('cookie');
      });
      const { keys } = await store.keys.list('cookie');
      expect(keys).toEqual([established, next, retired]);
      expect(keys[1]?.secret.reveal()).toBe('canary-next');
      expect(version).toBeGreaterThan(sets[0]?.version ?? 0);
      expect((await store.keys.versions()).get('cookie')).toBe(version);
      expect(await store.keys.list('capability')).toEqual({ version: 0, keys: [] });
    });

    it('SEC-H11 knows no moment with two keys that sign for one purpose', async () => {
      const { keys } = await store.keys.list('cookie');
      const [current] = keys;
      if (current === undefined) throw new Error('the test before made a key');
      await expect(store.transact((tx) => tx.putKey({ ...current, keyId: 'second' }))).rejects.toMatchObject({
        code: 'ERR_STORE_CONFLICT',
      });
    });

    it('appends audit events once each, lists them newest first, and filters', async () => {
      const { organization, cluster } = await populate();
      const event = (minute: number, overrides = {}) =>
        anAuditEvent({ organizationId: organization.id, at: new Date(Date.UTC(2026, 0, 1, 0, minute)), ...overrides });
      const [first, second, third] = [event(1), event(2, { clusterId: cluster.id }), event(2)] as const;
      await store.appendAudit([first, second]);
      await store.appendAudit([second, third]);
      await store.appendAudit([]);
      const list = (filter: object) => store.listAudit({ organizationId: organization.id, limit: 10, ...filter });
      expect(await list({})).toEqual([third, second, first]);
      expect(await list({ limit: 1 })).toEqual([third]);
      expect(await list({ clusterId: cluster.id })).toEqual([second]);
    });

    it('takes hostile text in audit events as data', async () => {
      const organizationId = createId('organization');
      const path = `/a'; drop table audit_events; --\0\ud800\u202e\n${'x'.repeat(200_000)}`;
      const request = { id: createId('decision'), method: 'GET', path };
      await store.appendAudit([anAuditEvent({ organizationId, request })]);
      const [stored] = await store.listAudit({ organizationId, limit: 1 });
      expect(stored?.request?.path).toMatch(/^\/a'; drop table audit_events; --\ufffd\ufffd\u202e\nx+…$/u);
      expect(stored?.request?.path.length).toBeLessThan(1_100);
    });

    it('refuses to change or delete audit events', async () => {
      const event = anAuditEvent({ organizationId: createId('organization') });
      await store.appendAudit([event]);
      for (const statement of [
        sql`update audit_events set code = 'login.failed'`,
        sql`delete from audit_events`,
        sql`truncate audit_events`,
      ]) {
        await expect(statement.execute(testStore.db)).rejects.toThrow('audit_events is append-only');
      }
    });

    it('fails at once, instead of waiting for itself, when it is used inside its own transaction', async () => {
      const nested = store.transact(async () => store.changes.head());
      await expect(nested).rejects.toMatchObject({ code: 'ERR_STORE_NESTED' });
      const later = await store.transact(async () => AsyncResource.bind(() => store.changes.head()));
      expect(await later()).toBeDefined();
    });

    it('stores, finds, consumes and revokes rows of the OAuth server', async () => {
      const { oauth } = store;
      const expiresAt = new Date(clock.now() + 60_000);
      const row = {
        model: 'DeviceCode',
        id: 'canary-device-code',
        payload: { accountId: 'ann', canary: 'canary-payload' },
        grantId: 'canary-grant',
        uid: 'canary-uid',
        userCode: 'CANARYUSERCODE',
        expiresAt,
      };
      await oauth.upsert(row);
      expect(await oauth.find('DeviceCode', row.id)).toEqual(row);
      expect(await oauth.find('AccessToken', row.id)).toBeUndefined();
      expect(await oauth.findBy('DeviceCode', 'uid', row.uid)).toEqual(row);
      expect(await oauth.findBy('DeviceCode', 'userCode', row.userCode)).toEqual(row);

      await oauth.consume('DeviceCode', row.id, new Date('2026-01-01T00:00:01.900Z'));
      const consumed = { ...row, payload: { ...row.payload, consumed: Date.UTC(2026, 0, 1, 0, 0, 1) / 1_000 } };
      expect(await oauth.find('DeviceCode', row.id)).toEqual(consumed);
      await oauth.consume('DeviceCode', row.id, new Date('2026-01-01T00:01:00Z'));
      expect(await oauth.find('DeviceCode', row.id)).toEqual(consumed);

      await oauth.upsert({ model: 'Session', id: 'plain', payload: {} });
      await oauth.revokeByGrantId(row.grantId);
      expect(await oauth.find('DeviceCode', row.id)).toBeUndefined();
      expect(await oauth.find('Session', 'plain')).toEqual({ model: 'Session', id: 'plain', payload: {} });
      await oauth.destroy('Session', 'plain');
      expect(await oauth.find('Session', 'plain')).toBeUndefined();

      await oauth.upsert(row);
      expect(await oauth.sweep(expiresAt)).toBe(0);
      expect(await oauth.sweep(new Date(expiresAt.getTime() + 1))).toBe(1);
    });

    it('SEC-G08 holds no secret in clear in any table', async () => {
      const { cluster } = await populate();
      const issued = await store.transact((tx) => tx.issueJoinToken(cluster.id, 60_000));
      await store.oauth.upsert({
        model: 'RefreshToken',
        id: 'canary-refresh-token',
        payload: { jti: 'canary-refresh-token' },
        grantId: 'canary-grant',
        uid: 'canary-uid',
        userCode: 'CANARYUSERCODE',
      });
      const tables = await sql<{ name: string }>`
        select table_name as name from information_schema.tables where table_schema = 'public'`.execute(testStore.db);
      let dump = '';
      for (const { name } of tables.rows) {
        const { rows } = await sql`select * from ${sql.table(name)}`.execute(testStore.db);
        dump += JSON.stringify(rows);
      }
      expect(dump).toContain(cluster.id);
      expect(dump).not.toContain(issued.token.reveal());
      expect(dump).not.toMatch(/canary/i);
    });
  });
}
