import { createId, LOCAL_ISSUER } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoginSession, Store } from './contracts.ts';
import type { RecordKind, RecordOf, Writable } from './records.ts';
import { type TestStore, testDatabases } from './testing.ts';

const serverUrl = process.env['SALLYPORT_TEST_POSTGRES_URL'];
if (serverUrl === undefined) {
  it.skip('runs on PostgreSQL when SALLYPORT_TEST_POSTGRES_URL names a server', () => {});
}

type Draft<Kind extends RecordKind> = Writable<RecordOf[Kind]>;

for (const database of testDatabases(serverUrl)) {
  describe(`records on ${database.name}`, () => {
    const clock = createFakeClock();
    let testStore: TestStore;
    let store: Store;
    beforeAll(async () => {
      testStore = await database.open({ clock });
      store = testStore.store;
    });
    afterAll(() => testStore.drop());

    const put = <Kind extends RecordKind>(kind: Kind, record: Draft<Kind>, expected?: 'absent' | number) =>
      store.transact((tx) => tx.put(kind, record, expected));

    async function anOrganization() {
      const id = createId('organization');
      const organization = await put('Organization', { id, name: id.slice(-20), spec: {} }, 'absent');
      const { projects } = (await store.changes.read()).records;
      const project = projects?.find(({ organizationId }) => organizationId === id);
      if (project === undefined) throw new Error('no default project');
      return { organization, project, organizationId: id };
    }
    type Home = Awaited<ReturnType<typeof anOrganization>>;

    const aPrincipal = ({ organizationId }: Home, overrides: Partial<Draft<'Principal'>> = {}): Draft<'Principal'> => {
      const id = createId('principal');
      return {
        id,
        organizationId,
        kind: 'user',
        issuer: LOCAL_ISSUER,
        subjectClaim: id,
        userName: `${id}@example.com`,
        displayName: 'Ann',
        groups: [],
        isDisabled: false,
        spec: {},
        ...overrides,
      };
    };
    const aGroup = ({ organizationId }: Home, overrides: Partial<Draft<'Group'>> = {}): Draft<'Group'> => ({
      id: createId('group'),
      organizationId,
      name: 'team',
      memberIds: [],
      ...overrides,
    });
    const aCluster = (home: Home, overrides: Partial<Draft<'Cluster'>> = {}): Draft<'Cluster'> => ({
      id: createId('cluster'),
      organizationId: home.organizationId,
      projectId: home.project.id,
      sharedWithProjectIds: [],
      name: 'production',
      spec: {},
      ...overrides,
    });
    const aRole = ({ organizationId }: Home, overrides: Partial<Draft<'Role'>> = {}): Draft<'Role'> => ({
      id: createId('role'),
      organizationId,
      name: 'reader',
      ceilingGroups: ['sallyport:view'],
      permissions: [],
      isBuiltIn: false,
      ...overrides,
    });
    const aBinding = (role: Draft<'Role'>, overrides: Partial<Draft<'Binding'>> = {}): Draft<'Binding'> => ({
      id: createId('binding'),
      organizationId: role.organizationId,
      name: 'readers',
      roleId: role.id,
      subjects: [{ kind: 'group', issuer: LOCAL_ISSUER, name: 'team' }],
      scope: { kind: 'organization' },
      ...overrides,
    });
    const aProvider = (
      { organizationId }: Home,
      overrides: Partial<Draft<'IdentityProvider'>> = {},
    ): Draft<'IdentityProvider'> => ({
      id: createId('identityProvider'),
      organizationId,
      name: 'corporate',
      issuer: 'https://idp.example.com',
      spec: { oidc: { issuer: 'https://idp.example.com', clientId: 'sallyport' } },
      hasClientSecret: false,
      isFromConfiguration: false,
      ...overrides,
    });
    const aSession = ({ id, organizationId }: Pick<RecordOf['Principal'], 'id' | 'organizationId'>): LoginSession => ({
      id: createId('loginSession'),
      organizationId,
      principalId: id,
      method: 'local',
      client: 'cli',
      createdAt: new Date(clock.now()),
      expiresAt: new Date(clock.now() + 60_000),
    });
    /** What the change feed says about one change. */
    async function changesOf(work: () => Promise<unknown>) {
      const before = await store.changes.head();
      await work();
      const { records, updates } = await store.changes.read(before);
      expect(records).toEqual({});
      return Object.fromEntries(Object.entries(updates).map(([topic, changed]) => [topic, [...changed.keys()].sort()]));
    }

    it('gives each kind back as it was put, with its metadata', async () => {
      const home = await anOrganization();
      const shared = await put('Project', {
        id: createId('project'),
        organizationId: home.organizationId,
        name: 'shared',
        labels: { team: 'a' },
        spec: { description: 'Shared', settings: { credentialLifetime: '5m' } },
      });
      const provider = aProvider(home, { scimTokenIssuedAt: new Date(clock.now()) });
      const principal = aPrincipal(home, {
        email: 'ann@example.com',
        identityProviderId: provider.id,
        externalId: 'x-1',
        lastLoginAt: new Date(clock.now()),
        spec: { settings: { requireRecording: true, secretsForAdminsOnly: true } },
      });
      const drafts = {
        IdentityProvider: provider,
        Principal: principal,
        Group: aGroup(home, { description: 'A team', memberIds: [principal.id] }),
        Cluster: aCluster(home, {
          labels: { tier: 'production' },
          sharedWithProjectIds: [shared.id],
          spec: { location: 'eu', settings: { credentialLifetime: '10m', ipRanges: ['192.0.2.0/24'] } },
        }),
        Role: aRole(home, { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }], description: 'Reads' }),
      };
      const metadata = { resourceVersion: 1, createdAt: new Date(clock.now()), updatedAt: new Date(clock.now()) };
      const settings = { credentialLifetimeMs: 600_000, ipRanges: ['192.0.2.0/24'] };
      const wanted = {
        IdentityProvider: { ...drafts.IdentityProvider, ...metadata, labels: {} },
        Principal: {
          ...drafts.Principal,
          ...metadata,
          labels: {},
          settings: { requireRecording: true, secretsForAdminsOnly: true },
        },
        Group: { ...drafts.Group, ...metadata, labels: {} },
        Cluster: { ...drafts.Cluster, ...metadata, settings },
        Role: { ...drafts.Role, ...metadata, labels: {} },
      };
      for (const kind of ['IdentityProvider', 'Principal', 'Group', 'Cluster', 'Role'] as const) {
        expect(await put(kind, drafts[kind] as never, 'absent')).toEqual(wanted[kind]);
      }
      const { records } = await store.changes.read();
      expect(records.identityProviders).toContainEqual(wanted.IdentityProvider);
      expect(records.principals).toContainEqual(wanted.Principal);
      expect(records.groups).toContainEqual(wanted.Group);
      expect(records.clusters).toContainEqual(wanted.Cluster);
      expect(records.roles).toContainEqual(wanted.Role);
      expect(records.projects).toContainEqual(shared);
      expect(records.organizations).toContainEqual(home.organization);
      expect(records.installation).toHaveLength(1);
    });

    it('has one installation, made with the schema', async () => {
      const { records } = await store.changes.read();
      const [installation] = records.installation ?? [];
      if (installation === undefined) throw new Error('no installation');
      const spec = { branding: { name: 'Acme Access' } };
      const changed = await put('Installation', { id: installation.id, spec }, installation.resourceVersion);
      expect(changed).toMatchObject({ spec, resourceVersion: installation.resourceVersion + 1 });
      await expect(put('Installation', { id: createId('installation'), spec })).rejects.toMatchObject({
        code: 'ERR_STORE_CONFLICT',
      });
    });

    it('gives every organization a project named default', async () => {
      const { organization, project } = await anOrganization();
      expect(project).toMatchObject({ name: 'default', resourceVersion: 1 });
      await put('Organization', { ...organization, spec: { displayName: 'Acme' } }, 1);
      const { projects } = (await store.changes.read()).records;
      expect(projects?.filter(({ organizationId }) => organizationId === organization.id)).toEqual([project]);
    });

    it('SEC-E16 refuses a write on a version that is no longer there, and names both', async () => {
      const role = aRole(await anOrganization());
      await put('Role', role, 'absent');
      clock.advance(1_000);
      expect(await put('Role', { ...role, description: 'first' }, 1)).toMatchObject({
        resourceVersion: 2,
        createdAt: new Date(clock.now() - 1_000),
        updatedAt: new Date(clock.now()),
      });
      await expect(put('Role', { ...role, description: 'second' }, 1)).rejects.toMatchObject({
        code: 'ERR_STORE_CONFLICT',
        message: `Role ${role.id} was expected with version 1 in its organization, but it has version 2`,
      });
      await expect(store.transact((tx) => tx.remove('Role', role.id, 1))).rejects.toMatchObject({
        code: 'ERR_STORE_CONFLICT',
      });
      await expect(put('Role', role, 'absent')).rejects.toMatchObject({ code: 'ERR_STORE_CONFLICT' });
      expect(await store.transact((tx) => tx.remove('Role', role.id, 2))).toBe(true);
      expect(await store.transact((tx) => tx.remove('Role', role.id, 2))).toBe(false);
      await expect(put('Role', role, 2)).rejects.toMatchObject({
        message: expect.stringContaining('but it is gone'),
      });
    });

    it('SEC-E16 lets one of many concurrent edits of one version through, and loses none silently', async () => {
      const role = aRole(await anOrganization());
      let { resourceVersion } = await put('Role', role, 'absent');
      for (let round = 0; round < 10; round++) {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 6 }, (_, i) => put('Role', { ...role, description: `${round}/${i}` }, resourceVersion)),
        );
        const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
        const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
        expect(won).toHaveLength(1);
        expect(lost).toEqual(Array.from({ length: 5 }, () => 'ERR_STORE_CONFLICT'));
        resourceVersion = won[0]?.resourceVersion ?? 0;
        const { roles } = (await store.changes.read()).records;
        expect(roles?.find(({ id }) => id === role.id)).toEqual(won[0]);
      }
      expect(resourceVersion).toBe(11);
    });

    it('refuses a name that another record of the kind has, in its own organization only', async () => {
      const [home, other] = [await anOrganization(), await anOrganization()];
      const role = await put('Role', aRole(home));
      const named = async (attempt: Promise<unknown>, constraint: string) =>
        expect(await attempt.catch((error: unknown) => error)).toMatchObject({
          code: 'ERR_STORE_NAME_TAKEN',
          message: `already taken: ${constraint}`,
        });
      await named(put('Role', aRole(home)), 'role_name');
      await put('Role', aRole(other));
      await put('Binding', aBinding(role));
      await named(put('Binding', aBinding(role)), 'binding_name');
      await put('Cluster', aCluster(home));
      await named(put('Cluster', aCluster(home)), 'cluster_name');
      const provider = await put('IdentityProvider', aProvider(home));
      await named(put('IdentityProvider', aProvider(home)), 'identity_provider_name');
      await named(put('Project', { ...home.project, id: createId('project') }), 'project_name');
      await named(put('Organization', { ...home.organization, id: createId('organization') }), 'organization_name');
      await put('Group', aGroup(home));
      await put('Group', aGroup(home, { identityProviderId: provider.id }));
      await named(put('Group', aGroup(home)), 'group_name');
      await named(put('Group', aGroup(home, { identityProviderId: provider.id })), 'group_name');
    });

    it('SEC-A18 takes user names that differ by case or Unicode form for one, from any issuer', async () => {
      const [home, other] = [await anOrganization(), await anOrganization()];
      await put('Principal', aPrincipal(home, { userName: 'Ännchen@Example.com' }));
      for (const userName of ['ännchen@example.com', 'A\u0308nnchen@example.com', 'ÄNNCHEN@EXAMPLE.COM']) {
        const twin = aPrincipal(home, { userName, issuer: 'https://other.example.com' });
        await expect(put('Principal', twin)).rejects.toMatchObject({
          code: 'ERR_STORE_NAME_TAKEN',
          message: 'already taken: principal_user_name',
        });
        await expect(store.transact((tx) => tx.putPrincipal(twin))).rejects.toMatchObject({
          code: 'ERR_STORE_NAME_TAKEN',
        });
      }
      await put('Principal', aPrincipal(other, { userName: 'ännchen@example.com' }));
    });

    it('SEC-E10 lets no record refer into another organization, nor move there', async () => {
      const [home, other] = [await anOrganization(), await anOrganization()];
      const foreign = {
        role: await put('Role', aRole(other)),
        provider: await put('IdentityProvider', aProvider(other)),
        principal: await put('Principal', aPrincipal(other)),
      };
      const attempts = [
        put('Cluster', aCluster(home, { projectId: other.project.id })),
        put('Cluster', aCluster(home, { sharedWithProjectIds: [other.project.id] })),
        put('Binding', { ...aBinding(foreign.role), organizationId: home.organizationId }),
        put('Principal', aPrincipal(home, { identityProviderId: foreign.provider.id })),
        put('Group', aGroup(home, { memberIds: [foreign.principal.id] })),
        put('Group', aGroup(home, { identityProviderId: foreign.provider.id })),
      ];
      for (const outcome of await Promise.allSettled(attempts)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_STORE_REFERENCE' } });
      }
      const moved = { ...foreign.role, organizationId: home.organizationId };
      for (const expected of [undefined, 1]) {
        await expect(put('Role', moved, expected)).rejects.toMatchObject({ code: 'ERR_STORE_CONFLICT' });
      }
    });

    it('announces each record by its id, lists with their owner', async () => {
      const home = await anOrganization();
      const ann = await put('Principal', aPrincipal(home));
      const group = aGroup(home);
      expect(await changesOf(() => put('Group', { ...group, memberIds: [ann.id] }))).toEqual({ groups: [group.id] });
      expect(await changesOf(() => put('Group', { ...group, memberIds: [] }))).toEqual({ groups: [group.id] });
      const { groups } = (await store.changes.read()).records;
      expect(groups?.find(({ id }) => id === group.id)).toMatchObject({ memberIds: [], resourceVersion: 2 });
    });

    it('SEC-E17 announces everything that goes with what is deleted', async () => {
      const home = await anOrganization();
      const provider = await put('IdentityProvider', aProvider(home));
      const ann = await put('Principal', aPrincipal(home));
      const team = await put('Group', aGroup(home, { memberIds: [ann.id] }));
      const stated = await put('Group', aGroup(home, { identityProviderId: provider.id }));
      const project = await put('Project', { ...home.project, id: createId('project'), name: 'guests' });
      const cluster = await put('Cluster', aCluster(home, { sharedWithProjectIds: [project.id] }));
      const role = await put('Role', aRole(home));
      const binding = await put('Binding', aBinding(role));
      const session = aSession(ann);
      const serial = createId('agent').slice(4);
      await store.transact(async (tx) => {
        await tx.putLoginSession(session);
        await tx.putAgentCertificate({
          id: createId('agent'),
          clusterId: cluster.id,
          serial,
          notAfter: new Date(clock.now() + 60_000),
        });
      });
      const removal = <Kind extends RecordKind>(kind: Kind, id: RecordOf[Kind]['id']) =>
        changesOf(() => store.transact((tx) => tx.remove(kind, id)));
      expect(await removal('Principal', ann.id)).toEqual({
        principals: [ann.id],
        loginSessions: [session.id],
        groups: [team.id],
      });
      expect(await removal('Role', role.id)).toEqual({ roles: [role.id], bindings: [binding.id] });
      expect(await removal('Project', project.id)).toEqual({ projects: [project.id], clusters: [cluster.id] });
      expect(await removal('Cluster', cluster.id)).toEqual({ clusters: [cluster.id], agentCertificates: [serial] });
      expect(await removal('IdentityProvider', provider.id)).toEqual({
        identityProviders: [provider.id],
        groups: [stated.id],
      });
      const { records } = await store.changes.read();
      const left = JSON.stringify([...(records.loginSessions ?? []), ...(records.bindings ?? [])]);
      for (const gone of [session.id, binding.id]) expect(left).not.toContain(gone);
      expect(records.groups?.find(({ id }) => id === team.id)?.memberIds).toEqual([]);
    });

    it('SEC-E17 refuses to delete a project with clusters and a provider with principals', async () => {
      const home = await anOrganization();
      const provider = await put('IdentityProvider', aProvider(home));
      await put('Principal', aPrincipal(home, { identityProviderId: provider.id }));
      await put('Cluster', aCluster(home));
      for (const [kind, id] of [
        ['Project', home.project.id],
        ['IdentityProvider', provider.id],
      ] as const) {
        await expect(store.transact((tx) => tx.remove(kind, id))).rejects.toMatchObject({ code: 'ERR_STORE_IN_USE' });
      }
    });

    it('keeps the client secret sealed and apart: a new one replaces it, silence keeps it, a denial removes it', async () => {
      const provider = aProvider(await anOrganization());
      const { oidc } = provider.spec;
      if (oidc === undefined) throw new Error('no OIDC');
      const withSecret = (clientSecret: string) => ({ ...provider, spec: { oidc: { ...oidc, clientSecret } } });
      const reveal = async () => (await store.clientSecret(provider.id))?.reveal();
      const first = await put('IdentityProvider', withSecret('canary-1'));
      expect(first).toMatchObject({ hasClientSecret: true, spec: provider.spec });
      expect(JSON.stringify(first)).not.toContain('canary');
      expect(await reveal()).toBe('canary-1');
      await put('IdentityProvider', { ...first, name: 'renamed' }, 1);
      expect(await reveal()).toBe('canary-1');
      await put('IdentityProvider', withSecret('canary-2'), 2);
      expect(await reveal()).toBe('canary-2');
      const { rows } = await sql`select * from identity_providers`.execute(testStore.db);
      expect(JSON.stringify(rows)).not.toContain('canary');
      expect(await put('IdentityProvider', { ...provider, hasClientSecret: false }, 3)).toMatchObject({
        hasClientSecret: false,
      });
      expect(await reveal()).toBeUndefined();
    });

    it('SEC-E16 keeps what people wrote about a principal when the principal signs in meanwhile', async () => {
      const home = await anOrganization();
      const before = aPrincipal(home, { groups: ['dev'] });
      await put('Principal', before);
      const edited = await put('Principal', {
        ...before,
        labels: { a: 'b' },
        spec: { settings: {} },
        isDisabled: true,
      });
      const login = { ...before, lastLoginAt: new Date(clock.now()) };
      await store.transact((tx) => tx.putPrincipal(login));
      const now = async () => (await store.changes.read()).records.principals?.find(({ id }) => id === before.id);
      expect(await now()).toEqual({ ...edited, lastLoginAt: login.lastLoginAt });
      await store.transact((tx) => tx.putPrincipal({ ...login, groups: ['ops'] }));
      expect(await now()).toEqual({ ...edited, lastLoginAt: login.lastLoginAt, groups: ['ops'], resourceVersion: 3 });
    });

    it('knows whether anything that decisions in an organization are made of changed since a version', async () => {
      const [home, other] = [await anOrganization(), await anOrganization()];
      const principal = await put('Principal', aPrincipal(home));
      const since = await store.changes.head();
      const hasChanged = (version = since) =>
        store.transact(async (tx) => {
          await tx.lockOrganization(home.organizationId);
          return tx.hasPolicyChangedSince(version);
        });
      expect(await hasChanged()).toBe(false);
      await store.transact(async (tx) => {
        await tx.putPrincipal(principal);
        await tx.putLoginSession(aSession(principal));
      });
      await put('Role', aRole(other));
      expect(await hasChanged()).toBe(false);
      await put('Principal', { ...principal, isDisabled: true });
      expect(await hasChanged()).toBe(true);
      const head = await store.changes.head();
      expect(await hasChanged(head)).toBe(false);
      expect(await hasChanged(head + 1)).toBe(true);
      const role = await put('Role', aRole(home));
      const then = await store.changes.head();
      await store.transact((tx) => tx.remove('Role', role.id));
      expect(await hasChanged(then)).toBe(true);
      await sql`delete from change_feed`.execute(testStore.db);
      expect(await hasChanged(head)).toBe(true);
    });

    it('SEC-E17 tells of a session that was begun while its principal was deleted, or refuses it', async () => {
      const home = await anOrganization();
      for (let round = 0; round < 25; round++) {
        const principal = await put('Principal', aPrincipal(home));
        const session = aSession(principal);
        const before = await store.changes.head();
        await Promise.allSettled([
          store.transact((tx) => tx.putLoginSession(session)),
          store.transact((tx) => tx.remove('Principal', principal.id)),
        ]);
        const { updates } = await store.changes.read(before);
        expect(updates.principals?.get(principal.id)).toBeUndefined();
        expect(updates.loginSessions?.get(session.id)).toBeUndefined();
        const { records } = await store.changes.read();
        expect(records.loginSessions?.map(({ id }) => id)).not.toContain(session.id);
      }
    });

    it('keeps the answer to an idempotent request with its effects, sealed, for whoever asked, until it expires', async () => {
      const home = await anOrganization();
      const [ann, ben] = [await put('Principal', aPrincipal(home)), await put('Principal', aPrincipal(home))];
      const answer = {
        principalId: ann.id,
        key: 'canary-key',
        requestSha256: 'a'.repeat(64),
        answer: '{"token":"canary"}',
        expiresAt: new Date(clock.now() + 60_000),
      };
      const find = (principalId = ann.id) => store.transact((tx) => tx.idempotency.find(principalId, answer.key));
      const attempts = Array.from({ length: 6 }, (_, i) =>
        store.transact(async (tx) => {
          if ((await tx.idempotency.find(ann.id, answer.key)) !== undefined) return 'repeated';
          await tx.put('Role', aRole(home, { name: `role-${i}` }));
          await tx.idempotency.put(answer);
          return 'done';
        }),
      );
      const outcomes = await Promise.allSettled(attempts);
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value === 'done')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'ERR_STORE_CONFLICT' });
      }
      const { roles } = (await store.changes.read()).records;
      expect(roles?.filter(({ organizationId }) => organizationId === home.organizationId)).toHaveLength(1);
      expect(await find()).toEqual(answer);
      expect(await find(ben.id)).toBeUndefined();
      const { rows } = await sql`select * from idempotency_keys`.execute(testStore.db);
      expect(JSON.stringify(rows)).not.toContain('canary');
      clock.advance(60_000);
      expect(await find()).toBeUndefined();
      await store.transact((tx) => tx.idempotency.put({ ...answer, expiresAt: new Date(clock.now() + 1) }));
    });

    it('deletes expired sessions, and tells snapshots of them', async () => {
      const principal = await put('Principal', aPrincipal(await anOrganization()));
      const [ending, staying] = [aSession(principal), aSession(principal)];
      await store.transact(async (tx) => {
        await tx.putLoginSession(ending);
        await tx.putLoginSession({ ...staying, expiresAt: new Date(clock.now() + 120_000) });
      });
      while ((await store.transact((tx) => tx.deleteExpired())) > 0);
      clock.advance(60_000);
      const changed = await changesOf(() => store.transact((tx) => tx.deleteExpired()));
      expect(changed).toEqual({ loginSessions: [ending.id] });
      expect(await store.transact((tx) => tx.deleteExpired())).toBe(0);
      const { rows } = await sql<{ id: string }>`select id from login_sessions`.execute(testStore.db);
      expect(rows.map(({ id }) => id)).toContain(staying.id);
    });

    it('lets a deadlocked transaction run again, and both succeed', async () => {
      const home = await anOrganization();
      const [a, b] = [await put('Role', aRole(home)), await put('Role', aRole(home, { name: 'other' }))];
      let attempts = 0;
      let arrived = 0;
      let meet = () => {};
      const met = new Promise<void>((resolve) => {
        meet = resolve;
      });
      const inOrder = (first: typeof a, second: typeof a) =>
        store.transact(async (tx) => {
          attempts += 1;
          await tx.put('Role', first);
          arrived += 1;
          if (arrived === 2 || database.name === 'PGlite') meet();
          await met;
          await tx.put('Role', second);
        });
      await Promise.all([inOrder(a, b), inOrder(b, a)]);
      expect(attempts).toBe(database.name === 'PGlite' ? 2 : 3);
      const { roles } = (await store.changes.read()).records;
      expect(roles?.filter(({ id }) => id === a.id || id === b.id).map((role) => role.resourceVersion)).toEqual([3, 3]);
    });
  });
}
