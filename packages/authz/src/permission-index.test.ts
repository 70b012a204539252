import type { OrganizationId, ProjectId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile-policy.ts';
import { createPermissionIndex } from './permission-index.ts';
import type { PermissionTarget } from './permission-target.ts';
import type { Binding, Role, Scope } from './policy.ts';
import { aBinding, aCluster, aPrincipal, aRole } from './testing/fixtures.ts';

const PAYMENTS = 'prj-payments' as ProjectId;
const SEARCH = 'prj-search' as ProjectId;
const OTHER = 'org-other' as OrganizationId;
const ann = aPrincipal();
const { organizationId } = ann;
const owned = aCluster({ projectId: PAYMENTS });
const shared = aCluster({ id: 'clu-shared' as never, projectId: SEARCH, sharedWithProjectIds: [PAYMENTS] });
const role = aRole({ permissions: ['clusters.read', 'credentials.create', 'clusters.update', 'projects.read'] });

const targets: Readonly<Record<string, PermissionTarget>> = {
  installation: { kind: 'installation' },
  organization: { kind: 'organization', organizationId },
  payments: { kind: 'project', organizationId, projectId: PAYMENTS },
  search: { kind: 'project', organizationId, projectId: SEARCH },
  owned: { kind: 'cluster', cluster: owned },
  shared: { kind: 'cluster', cluster: shared },
  foreignOrganization: { kind: 'organization', organizationId: OTHER },
  foreignProject: { kind: 'project', organizationId: OTHER, projectId: PAYMENTS },
  foreignCluster: { kind: 'cluster', cluster: { ...owned, organizationId: OTHER } },
};
const ALL = ['clusters.read', 'clusters.update', 'credentials.create', 'projects.read'];
const USE = ['clusters.read', 'credentials.create'];

const indexOf = (bindings: readonly Partial<Binding>[], roles: readonly Role[] = [role]) =>
  createPermissionIndex(compilePolicy({ roles, bindings: bindings.map((one) => aBinding(one)) }, 1));
const held = (scope: Scope, principal = ann) => {
  const index = indexOf([{ scope }]);
  const found = Object.entries(targets).map(([name, target]) => [
    name,
    [...index.permissionsOf(principal, target)].sort(),
  ]);
  return Object.fromEntries(found.filter(([, permissions]) => permissions?.length !== 0));
};

describe('permission index', () => {
  it('names what is held anywhere, without saying where', () => {
    const steward = aRole({ permissions: ['clusters.read', 'clusters.update', 'installation.update'] });
    const anywhere = (scope: Scope) => [...indexOf([{ scope }], [steward]).permissionsAnywhere(ann)].sort();
    expect(anywhere({ kind: 'projects', projectIds: [PAYMENTS] })).toEqual(['clusters.read', 'clusters.update']);
    expect(anywhere({ kind: 'clusters', clusterIds: [owned.id] })).toEqual(['clusters.read', 'clusters.update']);
    expect(anywhere({ kind: 'organization', namespaces: { kind: 'names', names: ['shop'] } })).toEqual([
      'clusters.read',
    ]);
    // Permissions of the installation count on the installation alone.
    expect(anywhere({ kind: 'installation' })).toContain('installation.update');
    expect([...indexOf([], [steward]).permissionsAnywhere(ann)]).toEqual([]);
  });

  const narrowed = { namespaces: { kind: 'names', names: ['shop'] } } as const;
  const cases: readonly { name: string; scope: Scope; want: Readonly<Record<string, readonly string[]>> }[] = [
    {
      name: 'the organization: everything in it, nothing above and beside it',
      scope: { kind: 'organization' },
      want: { organization: ALL, payments: ALL, search: ALL, owned: ALL, shared: ALL },
    },
    { name: 'the installation: that alone', scope: { kind: 'installation' }, want: { installation: ALL } },
    {
      name: 'a project: itself, its clusters, and the use of what is shared with it',
      scope: { kind: 'projects', projectIds: [PAYMENTS] },
      want: { payments: ALL, owned: ALL, shared: USE },
    },
    { name: 'a cluster: that alone', scope: { kind: 'clusters', clusterIds: [owned.id] }, want: { owned: ALL } },
    {
      name: 'an organization narrowed to namespaces: the use of its clusters',
      scope: { kind: 'organization', ...narrowed },
      want: { owned: USE, shared: USE },
    },
    {
      name: 'a project narrowed to namespaces: the use of its clusters',
      scope: { kind: 'projects', projectIds: [PAYMENTS], ...narrowed },
      want: { owned: USE, shared: USE },
    },
    { name: 'nothing by an empty list', scope: { kind: 'clusters', clusterIds: [] }, want: {} },
  ];
  for (const { name, scope, want } of cases) it(name, () => expect(held(scope)).toEqual(want));

  it('gives a disabled principal nothing', () => {
    expect(held({ kind: 'organization' }, { ...ann, isDisabled: true })).toEqual({});
  });

  it('SEC-E10 gives nothing on things of another organization, whatever their ids', () => {
    const index = indexOf([{ scope: { kind: 'organization' } }]);
    for (const name of ['foreignOrganization', 'foreignProject', 'foreignCluster'] as const) {
      expect(index.permits(ann, 'clusters.read', targets[name] as PermissionTarget)).toBe(false);
    }
    expect(held({ kind: 'organization' }, { ...ann, organizationId: OTHER })).toEqual({});
  });

  it('gives nothing by a role that is broken', () => {
    const broken = { ...role, rules: [{ verbs: [] }] };
    expect([...indexOf([{}], [broken]).permissionsOf(ann, { kind: 'organization', organizationId })]).toEqual([]);
  });

  it('names the roles that reach a target', () => {
    const index = indexOf([{ scope: { kind: 'projects', projectIds: [PAYMENTS] } }]);
    expect(index.rolesOn(ann, { kind: 'cluster', cluster: shared })).toEqual(['view']);
    expect(index.rolesOn(ann, { kind: 'organization', organizationId })).toEqual([]);
  });

  it('says what is visible in lists', () => {
    expect(indexOf([{ scope: { kind: 'organization' } }]).visible(ann, 'clusters.update')).toBe('all');
    const visible = indexOf([{ scope: { kind: 'projects', projectIds: [PAYMENTS] } }]).visible(ann, 'clusters.update');
    if (visible === 'all') throw new Error('a project is not all');
    expect([...visible.projectIds]).toEqual([PAYMENTS]);
    expect(visible.includesCluster(owned)).toBe(true);
    expect(visible.includesCluster(shared)).toBe(false);
  });
});
