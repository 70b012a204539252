import { createId } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { compileRole } from './compile-role.ts';
import type { Role, Rule } from './policy.ts';
import { comparePower } from './role-power.ts';

const organizationId = createId('organization');
const aRole = (name: string, ceiling: string, more: Partial<Role> = {}): Role => ({
  id: createId('role'),
  organizationId,
  name,
  ceilingGroups: [ceiling],
  permissions: [],
  ...more,
});
const PODS: readonly [Rule] = [{ verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods'] }];
const ALL = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];

describe('comparePower', () => {
  it('puts what may do less before what may do more', () => {
    const inOrder = [
      aRole('narrow', 'sallyport:cluster-admin', { rules: PODS }),
      aRole('narrow-but-all-verbs', 'sallyport:cluster-admin', { rules: [{ ...PODS[0], verbs: ['*'] }] }),
      aRole('viewer', 'sallyport:view'),
      aRole('developer', 'sallyport:edit'),
      aRole('developer-who-invites', 'sallyport:edit', { permissions: ['users.create'] }),
      aRole('admin', 'sallyport:admin'),
      aRole('dba', 'example:dba'),
      aRole('cluster-admin', 'sallyport:cluster-admin'),
      aRole('everything', 'sallyport:cluster-admin', { rules: ALL }),
      aRole('operator', 'sallyport:view', { privileges: ['rbac'] }),
    ].map(compileRole);
    const names = (roles: readonly ReturnType<typeof compileRole>[]) => roles.map(({ role }) => role.name);
    expect(names([...inOrder].reverse().sort(comparePower))).toEqual(names(inOrder));
    for (const role of inOrder) expect(comparePower(role, role)).toBe(0);
  });
});
