import { createId, type RoleId, Secret } from '@sallyport/core';
import { API_VERSION, ApiProblemError } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, logIn } from '../authn/testing/command-line.ts';
import { type Installation, startInstallation } from '../authn/testing/installation.ts';
import { putBinding } from '../testing/writes.ts';

const people = ['olga', 'otto', 'ada', 'vera', 'nobody'] as const;
const GROUPS = { olga: ['owners'], otto: [], ada: ['admins'], vera: ['viewers'], nobody: [] };

describe('resources over REST', () => {
  let installation: Installation;
  const lines = {} as Record<(typeof people)[number], CommandLine>;
  const organization = 'acme';

  beforeAll(async () => {
    installation = await startInstallation({
      users: people.map((name) => ({
        email: `${name}@example.com`,
        name,
        password: new Secret(`password of ${name}`),
        groups: GROUPS[name],
      })),
    });
    for (const name of people) lines[name] = await logIn(installation, `${name}@example.com`);
  }, 60_000);
  afterAll(() => installation.close());

  const project = (name: string, spec: object = {}) => ({
    apiVersion: API_VERSION as typeof API_VERSION,
    kind: 'Project' as const,
    metadata: { name },
    spec,
  });
  const bindingOf = (name: string, role: string, user: string, scope: object = { kind: 'organization' }) => ({
    apiVersion: API_VERSION as typeof API_VERSION,
    kind: 'Binding' as const,
    metadata: { name },
    spec: { role, subjects: [{ kind: 'User' as const, name: `${user}@example.com` }], scope: scope as never },
  });
  const refused = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ApiProblemError);
    return (error as ApiProblemError).problem;
  };

  describe('a project', () => {
    it('is created, read, changed, renamed and deleted', async () => {
      const { api } = lines.ada;
      const created = await api.createProject({ organization, body: project('payments', { description: 'money' }) });
      expect(created).toMatchObject({
        kind: 'Project',
        metadata: { name: 'payments', resourceVersion: '1' },
        spec: { description: 'money' },
        status: { clusterCount: 0 },
      });
      expect(await api.getProject({ organization, name: 'payments' })).toEqual(created);
      const renamed = await api.updateProject({ organization, name: 'payments', body: project('billing') });
      expect(renamed.metadata).toMatchObject({ id: created.metadata.id, name: 'billing', resourceVersion: '2' });
      expect(await refused(api.getProject({ organization, name: 'payments' }))).toMatchObject({ status: 404 });
      await api.deleteProject({ organization, name: 'billing' });
      expect(await refused(api.getProject({ organization, name: 'billing' }))).toMatchObject({ status: 404 });
    });

    it('is refused when its name is taken', async () => {
      const { api } = lines.ada;
      await api.createProject({ organization, body: project('twice') });
      expect(await refused(api.createProject({ organization, body: project('twice') }))).toMatchObject({
        code: 'ERR_API_CONFLICT',
        status: 409,
      });
    });

    it('SEC-E16 is not changed by who read an older version', async () => {
      const { api } = lines.ada;
      const read = await api.createProject({ organization, body: project('shared') });
      const first = project('shared', { description: 'first' });
      await api.updateProject({ organization, name: 'shared', body: first });
      const stale = {
        ...project('shared', { description: 'second' }),
        metadata: { ...read.metadata, createdAt: undefined, updatedAt: undefined },
      };
      expect(await refused(api.updateProject({ organization, name: 'shared', body: stale }))).toMatchObject({
        code: 'ERR_API_CONFLICT',
      });
      const options = { ifMatch: read.metadata.resourceVersion };
      expect(await refused(api.updateProject({ organization, name: 'shared', body: first }, options))).toMatchObject({
        code: 'ERR_API_PRECONDITION',
        status: 412,
      });
      expect(await refused(api.deleteProject({ organization, name: 'shared' }, options))).toMatchObject({
        status: 412,
      });
      expect((await api.getProject({ organization, name: 'shared' })).spec.description).toBe('first');
    });

    it('is created once per Idempotency-Key, and the repetition is answered alike', async () => {
      const { api } = lines.ada;
      const idempotencyKey = 'a-key-of-mine';
      const input = { organization, body: project('once') };
      const first = await api.createProject(input, { idempotencyKey });
      expect(await api.createProject(input, { idempotencyKey })).toEqual(first);
      const atOnce = { organization, body: project('at-once') };
      const both = await Promise.all([1, 2].map(() => api.createProject(atOnce, { idempotencyKey: 'another-key' })));
      expect(both[0]?.metadata.id).toBe(both[1]?.metadata.id);
      expect(
        await refused(api.createProject({ organization, body: project('other') }, { idempotencyKey })),
      ).toMatchObject({ code: 'ERR_API_IDEMPOTENCY', status: 422 });
      // A key is its caller's own.
      expect(await refused(lines.vera.api.createProject(input, { idempotencyKey }))).toMatchObject({ status: 403 });
    });

    it('named default stays', async () => {
      const { api } = lines.ada;
      expect(await refused(api.deleteProject({ organization, name: 'default' }))).toMatchObject({
        code: 'ERR_API_READ_ONLY',
      });
    });

    it('with clusters is not deleted', async () => {
      const { api } = lines.ada;
      await api.createProject({ organization, body: project('full') });
      await api.createCluster({
        organization,
        body: { apiVersion: API_VERSION, kind: 'Cluster', metadata: { name: 'c-full' }, spec: { project: 'full' } },
      });
      expect(await refused(api.deleteProject({ organization, name: 'full' }))).toMatchObject({
        code: 'ERR_API_IN_USE',
      });
      expect((await api.getProject({ organization, name: 'full' })).status.clusterCount).toBe(1);
    });
  });

  describe('a listing', () => {
    it('goes page by page, filtered and searched', async () => {
      const { api } = lines.ada;
      for (let i = 0; i < 5; i += 1) {
        await api.createProject({
          organization,
          body: {
            ...project(`page-${i}`, { description: i % 2 ? 'odd one' : 'even one' }),
            metadata: { name: `page-${i}`, labels: { half: String(i % 2) } },
          },
        });
      }
      const first = await api.listProjects({ organization, limit: 2, search: 'PAGE-' });
      expect(first.items.map(({ metadata }) => metadata.name)).toEqual(['page-0', 'page-1']);
      expect(first.metadata.totalCount).toBe(5);
      const second = await api.listProjects({
        organization,
        limit: 4,
        search: 'PAGE-',
        continue: first.metadata.continue ?? '',
      });
      expect(second.items.map(({ metadata }) => metadata.name)).toEqual(['page-2', 'page-3', 'page-4']);
      expect(second.metadata.continue).toBeUndefined();
      const names = async (query: object) =>
        (await api.listProjects({ organization, ...query })).items.map(({ metadata }) => metadata.name);
      expect(await names({ labelSelector: 'half=1' })).toEqual(['page-1', 'page-3']);
      expect(await names({ labelSelector: 'half in (0),!none' })).toEqual(['page-0', 'page-2', 'page-4']);
      expect(await names({ fieldSelector: 'spec.description=odd one' })).toEqual(['page-1', 'page-3']);
      expect(await refused(api.listProjects({ organization, labelSelector: 'a=(' }))).toMatchObject({
        code: 'ERR_API_REQUEST_INVALID',
      });
    });
  });

  describe('authority', () => {
    it('SEC-E06 nobody hands out more than they hold', async () => {
      const { api } = lines.ada;
      const problem = await refused(api.createBinding({ organization, body: bindingOf('grab', 'owner', 'ada') }));
      expect(problem).toMatchObject({ code: 'ERR_API_EXCEEDS_AUTHORITY', status: 403 });
      expect(problem.detail).toContain('organizations.update');
      await api.createBinding({ organization, body: bindingOf('fine', 'viewer', 'nobody') });
    });

    it('SEC-E06 a group that an owner is bound to takes an owner to join', async () => {
      await lines.olga.api.createGroup({
        organization,
        body: { apiVersion: API_VERSION, kind: 'Group', metadata: { name: 'bosses' }, spec: {} },
      });
      await lines.olga.api.createBinding({
        organization,
        body: {
          ...bindingOf('bosses', 'owner', 'olga'),
          spec: { role: 'owner', subjects: [{ kind: 'Group', name: 'bosses' }], scope: { kind: 'organization' } },
        },
      });
      const join = {
        apiVersion: API_VERSION as typeof API_VERSION,
        kind: 'Group' as const,
        metadata: { name: 'bosses' },
        spec: { users: ['ada@example.com'] },
      };
      expect(await refused(lines.ada.api.updateGroup({ organization, name: 'bosses', body: join }))).toMatchObject({
        code: 'ERR_API_EXCEEDS_AUTHORITY',
      });
      await lines.olga.api.deleteBinding({ organization, name: 'bosses' });
      await lines.ada.api.updateGroup({ organization, name: 'bosses', body: join });
      expect((await lines.ada.api.getUser({ organization, name: 'ada@example.com' })).status.localGroups).toEqual([
        'bosses',
      ]);
    });

    it('SEC-E16 the last owner stays, also when two owners remove each other at once', async () => {
      const { olga } = lines;
      await olga.api.createBinding({ organization, body: bindingOf('otto-owns', 'owner', 'otto') });
      const setDisabled = (line: CommandLine, user: string, disabled: boolean) =>
        line.api
          .updateUser({
            organization,
            name: `${user}@example.com`,
            body: {
              apiVersion: API_VERSION,
              kind: 'User',
              metadata: { name: `${user}@example.com` },
              spec: { identityProvider: 'development', disabled },
            },
          })
          .then(
            () => 'done',
            (error: ApiProblemError) => error.problem?.code ?? String(error),
          );
      const outcomes = await Promise.all([setDisabled(olga, 'otto', true), setDisabled(lines.otto, 'olga', true)]);
      expect(
        outcomes.filter((outcome) => outcome === 'done'),
        outcomes.join(),
      ).toHaveLength(1);
      const owners = [...installation.snapshots.current().principals.values()].filter(
        ({ userName, isDisabled }) => /^(olga|otto)@/.test(userName) && !isDisabled,
      );
      expect(owners).toHaveLength(1);
      const [left, gone] = owners[0]?.userName.startsWith('olga')
        ? (['olga', 'otto'] as const)
        : (['otto', 'olga'] as const);
      expect(await setDisabled(lines[left], left, true)).toBe('ERR_API_LAST_OWNER');
      // Whichever of them it was is back for the tests below.
      expect(await setDisabled(lines[left], gone, false)).toBe('done');
      lines[gone] = await logIn(installation, `${gone}@example.com`);
    });
  });

  describe('roles', () => {
    it('that are built in can be looked at only', async () => {
      const { api } = lines.ada;
      const { items } = await api.listRoles({ organization });
      expect(items.map(({ metadata }) => metadata.name)).toContain('project-admin');
      expect(items.some(({ metadata }) => metadata.name.startsWith('sallyport:'))).toBe(false);
      expect(await refused(api.deleteRole({ organization, name: 'viewer' }))).toMatchObject({
        code: 'ERR_API_READ_ONLY',
      });
    });

    it('of people’s own carry permissions and a Kubernetes side', async () => {
      const { api } = lines.ada;
      const body = {
        apiVersion: API_VERSION as typeof API_VERSION,
        kind: 'Role' as const,
        metadata: { name: 'log-reader' },
        spec: {
          permissions: ['clusters.read' as const],
          kubernetes: { clusterRoles: ['view'], rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods/log'] }] },
        },
      };
      const created = await api.createRole({ organization, body });
      expect(created.spec).toEqual(body.spec);
      expect(created.status).toEqual({ isBuiltIn: false, bindingCount: 0 });
    });
  });

  describe('isolation', () => {
    it('SEC-E10 same names live side by side, and the other organization is not there', async () => {
      const { api } = lines.ada;
      const snapshot = installation.snapshots.current();
      const foreign = snapshot.list('Project', installation.otherOrganization.id);
      expect(foreign.map(({ name }) => name)).toEqual(['default']);
      expect(await refused(api.getProject({ organization: 'other', name: 'default' }))).toMatchObject({ status: 404 });
      expect(
        await refused(
          api.createBinding({
            organization,
            body: bindingOf('x', 'viewer', 'ada', { kind: 'clusters', clusters: [foreign[0]?.id] }),
          }),
        ),
      ).toMatchObject({ code: 'ERR_API_REQUEST_INVALID' });
    });
  });

  describe('an installation', () => {
    it('has organizations made from above, each with a first owner who is let in once', async () => {
      const { ada, olga } = lines;
      const body = { apiVersion: API_VERSION, kind: 'Organization', metadata: { name: 'umbra' }, spec: {} } as const;
      expect(await refused(olga.api.createOrganization({ body }))).toMatchObject({ code: 'ERR_API_FORBIDDEN' });
      await installation.store.transact(async (tx) => {
        const { principal } = await ada.api.whoAmI();
        const snapshot = installation.snapshots.current();
        await putBinding(tx, {
          id: createId('binding'),
          organizationId: installation.organization.id,
          roleId: snapshot.find('Role', 'installation-admin', installation.organization.id)?.id as RoleId,
          subjects: [{ kind: 'principal', id: principal.id }],
          scope: { kind: 'installation' },
        });
      });
      await installation.snapshots.refresh();
      // What reaches above the organization is not there for those who see nothing above it: neither by name nor in lists.
      const above = [...installation.snapshots.current().list('Binding', installation.organization.id)].find(
        ({ scope }) => scope.kind === 'installation',
      );
      expect(await refused(olga.api.getBinding({ organization, name: above?.name ?? '' }))).toMatchObject({
        status: 404,
      });
      const { items } = await olga.api.listBindings({ organization, limit: 500 });
      expect(items.map(({ metadata }) => metadata.name)).not.toContain(above?.name);
      expect(await ada.api.createOrganization({ body })).toMatchObject({
        metadata: { name: 'umbra' },
        status: { userCount: 0 },
      });
      expect((await ada.api.listOrganizations({})).items.map(({ metadata }) => metadata.name)).toContain('umbra');
      // From above one sees that it is there, and nothing that is in it.
      expect(await refused(ada.api.listUsers({ organization: 'umbra' }))).toMatchObject({ status: 404 });

      const invited = await ada.api.inviteOwner({ organization: 'umbra', body: { name: 'una' } });
      expect(invited.link).toContain(installation.publicUrl);
      expect(await refused(ada.api.inviteOwner({ organization: 'umbra', body: { name: 'eve' } }))).toMatchObject({
        code: 'ERR_API_CONFLICT',
      });
      expect(await refused(ada.api.deleteOrganization({ organization }))).toMatchObject({ code: 'ERR_API_READ_ONLY' });
      await ada.api.deleteOrganization({ organization: 'umbra' });
      expect((await ada.api.listOrganizations({})).items.map(({ metadata }) => metadata.name)).not.toContain('umbra');
    });
  });

  describe('applying', () => {
    it('makes everything of a set, in the order of what refers to what', async () => {
      const { api } = lines.ada;
      const resources = [
        bindingOf('apply-b', 'apply-role', 'vera', { kind: 'projects', projects: ['apply-p'] }),
        {
          apiVersion: API_VERSION as typeof API_VERSION,
          kind: 'Role' as const,
          metadata: { name: 'apply-role' },
          spec: { permissions: ['clusters.read' as const] },
        },
        project('apply-p'),
      ];
      const dry = await api.applyResources({ organization, body: { resources, dryRun: true } });
      expect(dry).toMatchObject({
        isApplied: false,
        results: [{ action: 'created' }, { action: 'created' }, { action: 'created' }],
      });
      expect(await refused(api.getProject({ organization, name: 'apply-p' }))).toMatchObject({ status: 404 });
      expect(await api.applyResources({ organization, body: { resources } })).toMatchObject({ isApplied: true });
      expect((await api.getBinding({ organization, name: 'apply-b' })).spec.scope).toEqual({
        kind: 'projects',
        projects: ['apply-p'],
      });
      const again = await api.applyResources({ organization, body: { resources } });
      expect(again.results.map(({ action }) => action)).toEqual(['unchanged', 'unchanged', 'unchanged']);
    });

    it('changes nothing when one document fails, and says which and where', async () => {
      const { api } = lines.ada;
      const resources = [project('never-1'), bindingOf('never-2', 'no-such-role', 'vera'), project('never-3')];
      const report = await api.applyResources({ organization, body: { resources } });
      expect(report.isApplied).toBe(false);
      expect(report.results[1]).toMatchObject({
        index: 1,
        action: 'failed',
        problem: { code: 'ERR_API_REQUEST_INVALID', path: 'spec.role' },
      });
      expect(await refused(api.getProject({ organization, name: 'never-1' }))).toMatchObject({ status: 404 });
    });

    it('prunes what left the set', async () => {
      const { api } = lines.ada;
      const pruneSet = 'team-x';
      await api.applyResources({ organization, body: { resources: [project('px-1'), project('px-2')], pruneSet } });
      const report = await api.applyResources({ organization, body: { resources: [project('px-2')], pruneSet } });
      expect(report.results.map(({ name, action }) => [name, action])).toEqual([
        ['px-2', 'unchanged'],
        ['px-1', 'deleted'],
      ]);
      expect(await refused(api.getProject({ organization, name: 'px-1' }))).toMatchObject({ status: 404 });
    });
  });
});
