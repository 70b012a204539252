import type { ProjectId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { compileScope, describeScopeProblem } from './compile-scope.ts';
import type { Scope } from './policy.ts';
import { aCluster, aResourceRequest } from './testing/fixtures.ts';

const PAYMENTS = 'prj-payments' as ProjectId;
const SEARCH = 'prj-search' as ProjectId;
const cluster = aCluster({ projectId: PAYMENTS, sharedWithProjectIds: [SEARCH], labels: { env: 'prod' } });
const selector = { matchLabels: { tier: 'front' } };

describe('compileScope', () => {
  const reaches: readonly { name: string; scope: Scope; want: string | undefined }[] = [
    { name: 'the organization reaches its clusters', scope: { kind: 'organization' }, want: 'owned' },
    { name: 'a project reaches what it owns', scope: { kind: 'projects', projectIds: [PAYMENTS] }, want: 'owned' },
    {
      name: 'a project reaches for use what is shared',
      scope: { kind: 'projects', projectIds: [SEARCH] },
      want: 'shared',
    },
    {
      name: 'of two projects the owner counts',
      scope: { kind: 'projects', projectIds: [SEARCH, PAYMENTS] },
      want: 'owned',
    },
    { name: 'a cluster by id', scope: { kind: 'clusters', clusterIds: [cluster.id] }, want: 'owned' },
    {
      name: 'a cluster by label',
      scope: { kind: 'clusterSelector', selector: { matchLabels: { env: 'prod' } } },
      want: 'owned',
    },
    { name: 'no cluster by another label', scope: { kind: 'clusterSelector', selector }, want: undefined },
    { name: 'the installation reaches no cluster', scope: { kind: 'installation' }, want: undefined },
  ];
  for (const { name, scope, want } of reaches) it(name, () => expect(compileScope(scope).reachOf(cluster)).toBe(want));

  it('reaches a cluster without a project by no project', () => {
    const scope = compileScope({ kind: 'projects', projectIds: [PAYMENTS] });
    expect(scope.reachOf(aCluster())).toBeUndefined();
  });

  const malformed: readonly unknown[] = [
    undefined,
    null,
    {},
    { kind: 'everything' },
    { kind: 'toString' },
    { kind: '*' },
    { kind: 'projects' },
    { kind: 'projects', projectIds: [] },
    { kind: 'projects', projectIds: null },
    { kind: 'projects', projectIds: [''] },
    { kind: 'clusters', clusterIds: cluster.id },
    { kind: 'clusters', clusterIds: [null] },
    { kind: 'clusterSelector' },
    { kind: 'clusterSelector', selector: {} },
    { kind: 'organization', namespaces: null },
    { kind: 'organization', namespaces: undefined },
    { kind: 'organization', namespaces: [] },
    { kind: 'organization', namespaces: { kind: 'names', names: [] } },
    { kind: 'organization', namespaces: { kind: 'names', names: 'shop' } },
    { kind: 'organization', namespaces: { kind: 'selector', selector: {} } },
    { kind: 'organization', namespaces: { kind: 'all' } },
    { kind: 'organization', resources: ['pods'] },
    { kind: 'installation', namespaces: { kind: 'names', names: ['shop'] } },
  ];
  for (const given of malformed) {
    it(`SEC-H03 reaches nothing by ${JSON.stringify(given) ?? 'nothing'}`, () => {
      const scope = compileScope(given as Scope);
      expect(describeScopeProblem(given as Scope)).toBeTypeOf('string');
      expect(scope.reachOf(cluster)).toBeUndefined();
      expect([scope.reachesInstallation, scope.reachesOrganization, scope.reachesProject(PAYMENTS)]).toEqual([
        false,
        false,
        false,
      ]);
      expect(scope.holds(aResourceRequest(), {})).toBe(false);
    });
  }

  it('SEC-H03 takes no star and no pattern for a name', () => {
    const byName = (...names: string[]) => compileScope({ kind: 'organization', namespaces: { kind: 'names', names } });
    expect(byName('*').holds(aResourceRequest(), {})).toBe(false);
    expect(byName('sh*', '.*', 'SHOP', ' shop').holds(aResourceRequest(), {})).toBe(false);
    expect(compileScope({ kind: 'clusters', clusterIds: ['*' as never] }).reachOf(cluster)).toBeUndefined();
    // Nor the other way round: what is asked for is no pattern either.
    expect(byName('shop').holds(aResourceRequest({ namespace: '*' }), {})).toBe(false);
  });

  describe('narrowed to namespaces', () => {
    const named = compileScope({ kind: 'organization', namespaces: { kind: 'names', names: ['shop'] } });
    const selected = compileScope({ kind: 'organization', namespaces: { kind: 'selector', selector } });
    const path = (verb: string, to: string) => ({ kind: 'nonResource', verb, path: to }) as const;
    const itself = { resource: 'namespaces', name: 'shop' };

    const cases: readonly { name: string; request: Parameters<typeof named.holds>[0]; want: boolean }[] = [
      { name: 'a request in the namespace', request: aResourceRequest(), want: true },
      { name: 'a request in another one', request: aResourceRequest({ namespace: 'bank' }), want: false },
      {
        name: 'a cluster-scoped request',
        request: aResourceRequest({ resource: 'nodes', namespace: '' }),
        want: false,
      },
      { name: 'a list over all namespaces', request: aResourceRequest({ verb: 'list', namespace: '' }), want: false },
      { name: 'a look at the namespace itself', request: aResourceRequest(itself), want: true },
      {
        name: 'a change of the namespace itself',
        request: aResourceRequest({ ...itself, verb: 'patch' }),
        want: false,
      },
      { name: 'deleting the namespace', request: aResourceRequest({ ...itself, verb: 'delete' }), want: false },
      {
        name: 'finalizing the namespace',
        request: aResourceRequest({ ...itself, verb: 'update', subresource: 'finalize' }),
        want: false,
      },
      { name: 'discovery of kinds', request: path('get', '/apis/apps/v1'), want: true },
      { name: 'the version', request: path('get', '/version/'), want: true },
      { name: 'another path', request: path('get', '/metrics'), want: false },
      { name: 'a path that begins like discovery', request: path('get', '/apis-internal'), want: false },
      { name: 'writing to a path of discovery', request: path('post', '/api'), want: false },
    ];
    for (const { name, request, want } of cases)
      it(`${name}: ${want}`, () => expect(named.holds(request, {})).toBe(want));

    it('selects by labels as they were seen, and by nothing where none were', () => {
      expect(selected.holds(aResourceRequest(), { tier: 'front' })).toBe(true);
      expect(selected.holds(aResourceRequest(), { tier: 'back' })).toBe(false);
      expect(selected.holds(aResourceRequest(), undefined)).toBe(false);
      const absent = { matchExpressions: [{ key: 'legacy', operator: 'DoesNotExist' as const }] };
      const unless = compileScope({ kind: 'organization', namespaces: { kind: 'selector', selector: absent } });
      expect(unless.holds(aResourceRequest(), {})).toBe(true);
      expect(unless.holds(aResourceRequest(), undefined)).toBe(false);
    });
  });
});
