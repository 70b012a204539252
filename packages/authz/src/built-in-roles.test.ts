import { LOCAL_ISSUER, type RoleId } from '@sallyport/core';
import { PERMISSION_CATALOGUE, PLATFORM_PERMISSIONS } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { describeExcess } from './authority/describe-excess.ts';
import {
  BUILT_IN_ROLE_NAMES,
  BUILT_IN_ROLES,
  builtInRoles,
  INSTALLATION_PERMISSIONS,
  isBuiltInRoleName,
} from './built-in-roles.ts';
import { compilePolicy } from './compile-policy.ts';
import { describeRoleProblems } from './role-problems.ts';
import { aBinding, aPrincipal } from './testing/fixtures.ts';

const ann = aPrincipal();
const roles = builtInRoles(ann.organizationId, (name) => `rol-${name}` as RoleId);

/** What `name`, bound in the whole organization, lacks to give `other` there. */
function lacks(name: string, other: string): readonly string[] {
  const records = {
    policy: compilePolicy({ roles, bindings: [aBinding({ roleId: `rol-${name}` as RoleId })] }, 1),
    clusters: new Map(),
    principals: new Map([[ann.id, ann]]),
    projects: new Map(),
  };
  const role = roles.find((one) => one.name === other);
  if (role === undefined) throw new Error(`there is no role ${other}`);
  return describeExcess(records, ann, { kind: 'binding', role, scope: { kind: 'organization' } });
}

describe('built-in roles', () => {
  it('are sound and hold known permissions, each once', () => {
    for (const role of roles) {
      expect(describeRoleProblems(role)).toEqual([]);
      expect(new Set(role.permissions).size).toBe(role.permissions.length);
      expect(role.permissions.filter((one) => !(PLATFORM_PERMISSIONS as readonly string[]).includes(one))).toEqual([]);
    }
  });

  it('keep what only counts on the installation out of organizations', () => {
    const marked = Object.entries(PERMISSION_CATALOGUE).filter(([, meaning]) =>
      meaning.endsWith('Only on the installation.'),
    );
    expect([...INSTALLATION_PERMISSIONS].sort()).toEqual(marked.map(([permission]) => permission).sort());
    for (const role of roles) {
      if (role.name === 'installation-admin') continue;
      expect(role.permissions.filter((one) => (INSTALLATION_PERMISSIONS as readonly string[]).includes(one))).toEqual(
        [],
      );
    }
  });

  it('let an owner give every role of the organization, and an admin every one but owner', () => {
    for (const name of BUILT_IN_ROLE_NAMES) {
      if (name === 'installation-admin') continue;
      expect(lacks('owner', name)).toEqual([]);
      if (name !== 'owner') expect(lacks('admin', name)).toEqual([]);
    }
    expect(lacks('admin', 'owner')).toEqual([
      'permission organizations.update in the whole organization',
      'permission identityProviders.create in the whole organization',
      'permission identityProviders.update in the whole organization',
      'permission identityProviders.delete in the whole organization',
    ]);
    expect(lacks('owner', 'installation-admin')).not.toEqual([]);
  });

  it('let an auditor read audit and recordings, and nothing else', () => {
    expect(BUILT_IN_ROLES.auditor).toMatchObject({
      permissions: ['audit.read', 'auditSinks.read', 'sessions.read'],
      ceilingGroups: [],
    });
  });

  it('let a read-only admin change nothing', () => {
    const changing = BUILT_IN_ROLES['read-only-admin'].permissions.filter((one) => !one.endsWith('.read'));
    expect(changing).toEqual(['credentials.create']);
    expect(BUILT_IN_ROLES['read-only-admin'].permissions).not.toContain('secrets.read');
  });

  it('have names that are no property of every object', () => {
    expect(isBuiltInRoleName('owner')).toBe(true);
    for (const name of ['constructor', 'toString', '__proto__', '', LOCAL_ISSUER])
      expect(isBuiltInRoleName(name)).toBe(false);
  });
});
