import type { AccessLimits } from '@sallyport/core';
import type { KindSpec } from '@sallyport/core/api';
import type { AccessPolicy, Binding, Role, Rule } from '../policy.ts';
import type { Directory } from './directory.ts';
import { readScope } from './read-scope.ts';
import { readSubject } from './read-subject.ts';

/** Prefix of the groups that the install manifest binds to ClusterRoles. */
export const CLUSTER_ROLE_GROUP = 'sallyport:';

/** What a role document says, in the form that is evaluated. */
export function readRole(spec: KindSpec<'Role'>): Omit<Role, 'id' | 'organizationId' | 'name'> {
  const { clusterRoles = [], groups = [], rules, privileges = [], filterLists, limits } = spec.kubernetes ?? {};
  return {
    permissions: spec.permissions ?? [],
    ceilingGroups: [...new Set([...clusterRoles.map((name) => `${CLUSTER_ROLE_GROUP}${name}`), ...groups])],
    ...(rules !== undefined && { rules: rules as readonly Rule[] }),
    ...(privileges.length > 0 && { privileges }),
    ...(filterLists === true && { filterLists }),
    ...(limits !== undefined && { limits: limits as AccessLimits }),
  };
}

/**
 * What a binding document says, in the form that is evaluated.
 * @throws whatever `directory.missing` makes, when it refers to what is not there
 */
export function readBinding(
  spec: KindSpec<'Binding'>,
  directory: Directory,
): Omit<Binding, 'id' | 'organizationId' | 'name'> {
  const roleId = directory.roleId(spec.role);
  if (roleId === undefined) throw directory.missing('spec.role', 'Role', spec.role);
  return {
    roleId,
    subjects: spec.subjects.map((subject, i) => readSubject(subject, `spec.subjects.${i}`, directory)),
    scope: readScope(spec.scope, 'spec.scope', directory),
    ...(spec.condition !== undefined && { condition: spec.condition }),
  };
}

/**
 * What an access policy document says, in the form that is evaluated.
 * @throws whatever `directory.missing` makes, when it refers to what is not there
 */
export function readAccessPolicy(
  spec: KindSpec<'AccessPolicy'>,
  directory: Directory,
): Omit<AccessPolicy, 'id' | 'organizationId' | 'name'> {
  const { deny, require, limits } = spec as Pick<AccessPolicy, 'deny' | 'require' | 'limits'>;
  return {
    subjects:
      spec.subjects === 'everyone'
        ? 'everyone'
        : spec.subjects.map((subject, i) => readSubject(subject, `spec.subjects.${i}`, directory)),
    scope: readScope(spec.scope, 'spec.scope', directory),
    ...(deny !== undefined && { deny }),
    ...(require !== undefined && { require }),
    ...(limits !== undefined && { limits }),
  };
}
