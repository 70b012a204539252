import { createId, parseRequestAttributes, Secret } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, logIn } from '../authn/testing/command-line.ts';
import { type Installation, startInstallation } from '../authn/testing/installation.ts';

const people = ['olga', 'vera', 'nora'] as const;
const GROUPS = { olga: ['owners'], vera: ['viewers'], nora: [] };
const organization = 'acme';
const PODS = '/api/v1/namespaces/shop/pods';

describe('what was recorded of clusters', () => {
  let installation: Installation;
  const lines = {} as Record<(typeof people)[number], CommandLine>;

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
    await lines.olga.api.createCluster({
      organization,
      body: { apiVersion: 'sallyport.dev/v1', kind: 'Cluster', metadata: { name: 'observed' }, spec: {} },
    });
    await installation.store.appendAudit([
      event('started', 'GET', `${PODS}?limit=500`, 40),
      event('started', 'GET', PODS, 1),
      event('started', 'GET', `${PODS}/web-0/exec?command=sh`, 1),
      event('started', 'GET', '/version', 1),
      event('started', 'GET', '/healthz', 1),
      event('denied', 'DELETE', `${PODS}/web-0`, 1),
    ]);
  }, 60_000);
  afterAll(() => installation.close());

  function find(name: (typeof people)[number]) {
    const snapshot = installation.snapshots.current();
    const cluster = snapshot.find('Cluster', 'observed', installation.organization.id);
    const principal = snapshot.find('Principal', `${name}@example.com`, installation.organization.id);
    if (cluster === undefined || principal === undefined) throw new Error('the test has no cluster or no person');
    return { cluster, principal };
  }

  function event(kind: 'started' | 'denied', method: string, target: string, daysAgo: number) {
    const { cluster, principal } = find(kind === 'started' ? 'vera' : 'nora');
    const attributes = parseRequestAttributes(method, target);
    return {
      id: createId('auditEvent'),
      code: `proxy.request.${kind}`,
      at: new Date(Date.now() - daysAgo * 86_400_000),
      severity: 'info',
      organizationId: principal.organizationId,
      clusterId: cluster.id,
      principal: { id: principal.id, userName: principal.userName, groups: [], issuer: principal.issuer },
      request: { id: createId('decision'), method, path: attributes.path, attributes },
    } as const;
  }

  it('becomes the least role that covers it, without what was refused or is too long ago', async () => {
    const suggest = (body: object) =>
      lines.olga.api.suggestRole({ organization, body: { as: { user: 'vera@example.com' }, ...body } });
    const { role, ...rest } = await suggest({});
    const { uses, ...facts } = rest;
    expect(facts).toEqual({ observed: 4, isComplete: true, notes: [] });
    expect(uses).toHaveLength(3);
    expect(uses.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    expect(uses.every(({ lastAt }) => lastAt instanceof Date)).toBe(true);
    expect((role as { spec: object }).spec).toEqual({
      kubernetes: {
        groups: ['sallyport:view'],
        rules: [
          { verbs: ['create'], apiGroups: [''], resources: ['pods/exec'], namespaces: ['shop'] },
          { verbs: ['list'], apiGroups: [''], resources: ['pods'], namespaces: ['shop'] },
          { verbs: ['get'], nonResourceUrls: ['/healthz', '/version'] },
        ],
      },
    });
    expect((await suggest({ since: '60d' })).observed).toBe(5);
    expect((await suggest({ cluster: 'observed' })).observed).toBe(4);
    await expect(suggest({ cluster: 'nowhere' })).rejects.toMatchObject({
      problem: { code: 'ERR_API_REQUEST_INVALID' },
    });
  });

  it('is decided again as if documents were applied, which writes nothing', async () => {
    const version = installation.snapshots.current().version;
    const { gained, lost, ...rest } = await lines.olga.api.compareRecordedAccess({
      organization,
      body: {
        since: '60d',
        resources: [
          {
            apiVersion: 'sallyport.dev/v1',
            kind: 'AccessPolicy',
            metadata: { name: 'no-shells' },
            spec: {
              subjects: 'everyone',
              scope: { kind: 'organization' },
              deny: [
                { rules: [{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] }], message: 'No shells.' },
              ],
            },
          },
        ],
      },
    });
    expect(rest).toEqual({ replayed: 6, skipped: 0, isComplete: true });
    expect(gained).toEqual([]);
    expect(lost).toMatchObject([
      { user: 'vera@example.com', cluster: 'observed', action: 'create pods/exec web-0 in namespace shop', count: 1 },
    ]);
    expect(lost[0]?.reason).toContain('No shells.');
    expect(installation.snapshots.current().version).toBe(version);
  });

  it('gives people by the groups that they would be in', async () => {
    const { gained } = await lines.olga.api.compareRecordedAccess({
      organization,
      body: {
        resources: [
          {
            apiVersion: 'sallyport.dev/v1',
            kind: 'Group',
            metadata: { name: 'removers' },
            spec: { users: ['nora@example.com'] },
          },
          {
            apiVersion: 'sallyport.dev/v1',
            kind: 'Role',
            metadata: { name: 'remover' },
            spec: {
              kubernetes: {
                clusterRoles: ['edit'],
                rules: [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'] }],
              },
            },
          },
          {
            apiVersion: 'sallyport.dev/v1',
            kind: 'Binding',
            metadata: { name: 'removers' },
            spec: {
              role: 'remover',
              subjects: [{ kind: 'Group', name: 'removers' }],
              scope: { kind: 'clusters', clusters: ['observed'] },
            },
          },
        ],
      },
    });
    expect(gained.map(({ user, action }) => [user, action])).toEqual([
      ['nora@example.com', 'delete pods web-0 in namespace shop'],
    ]);
  });

  it('SEC-H01 is shown to nobody who may not read all of it', async () => {
    for (const work of [
      () => lines.vera.api.suggestRole({ organization, body: { as: { user: 'olga@example.com' } } }),
      () => lines.vera.api.compareRecordedAccess({ organization, body: { resources: [] } }),
    ]) {
      await expect(work()).rejects.toMatchObject({ problem: { code: 'ERR_API_FORBIDDEN' } });
    }
  });
});
