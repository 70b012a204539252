import {
  CLUSTER_ROLE_GROUP,
  describeRoleProblems,
  isBuiltInRoleName,
  OWN_ROLE_PREFIX,
  readRole,
} from '@sallyport/authz';
import { createId, type RoleId } from '@sallyport/core';
import type { KindSpec, PlatformPermission } from '@sallyport/core/api';
import type { Snapshot } from '../../snapshot.ts';
import type { RoleRecord } from '../../stores/records.ts';
import { countOnce } from '../count-once.ts';
import type { ResourceDefinition } from '../definition.ts';
import { documentProblem, readOnly } from '../references.ts';
import { organizationOf } from './targets.ts';

const countBindings = countOnce<Snapshot['bindings'], RoleId>((bindings, count) => {
  for (const { roleId } of bindings) count(roleId);
});

/** Custom roles, and the built-in ones to look at. */
export const role: ResourceDefinition<'Role'> = {
  kind: 'Role',
  recordKind: 'Role',
  // Those that only the server itself holds are nobody's business.
  list: (reader, organizationId) =>
    reader.list('Role', organizationId).filter(({ name }) => !name.startsWith(OWN_ROLE_PREFIX)),
  find: (reader, organizationId, name) =>
    name.startsWith(OWN_ROLE_PREFIX) ? undefined : reader.find('Role', name, organizationId),
  nameOf: ({ name }) => name,
  targetsOf: organizationOf,
  describe: (record, { snapshot }) => ({
    spec: specOf(record),
    status: { isBuiltIn: record.isBuiltIn, bindingCount: countBindings(snapshot.bindings).get(record.id) ?? 0 },
  }),
  plan({ metadata, spec }, existing, { organization, context, assertHolds }) {
    if (existing?.isBuiltIn || isBuiltInRoleName(metadata.name)) {
      throw readOnly(`the built-in role ${metadata.name}`, 'Make a role of your own, under another name.');
    }
    const record = {
      id: existing?.id ?? createId('role', context.clock.now()),
      organizationId: organization.id,
      name: metadata.name,
      labels: metadata.labels ?? {},
      isBuiltIn: false,
      ...(spec.description !== undefined && { description: spec.description }),
      ...readRole(spec),
    };
    const [problem] = describeRoleProblems(record);
    if (problem !== undefined) throw roleProblem(problem);
    assertHolds({ kind: 'role', role: record });
    return { record };
  },
  planRemoval({ isBuiltIn, name }) {
    if (isBuiltIn) throw readOnly(`the built-in role ${name}`, 'Delete the bindings that you do not want.');
    return undefined;
  },
};

/** The Kubernetes side of a role is a part of its own in documents; the problem begins with the path inside it. */
function roleProblem(problem: string): Error {
  const [, path, message] = /^((?:rules|privileges|filterLists|limits)\S*) (.*)$/s.exec(problem) ?? [];
  return path === undefined || message === undefined
    ? documentProblem('spec', problem)
    : documentProblem(`spec.kubernetes.${path}`, message);
}

function specOf(record: RoleRecord): KindSpec<'Role'> {
  const { description, permissions, ceilingGroups, rules, privileges, filterLists, limits } = record;
  const isClusterRole = (group: string) => group.startsWith(CLUSTER_ROLE_GROUP);
  const clusterRoles = ceilingGroups.filter(isClusterRole).map((group) => group.slice(CLUSTER_ROLE_GROUP.length));
  const groups = ceilingGroups.filter((group) => !isClusterRole(group));
  return {
    ...(description !== undefined && { description }),
    ...(permissions.length > 0 && { permissions: [...permissions] as PlatformPermission[] }),
    ...(ceilingGroups.length > 0 && {
      kubernetes: {
        ...(clusterRoles.length > 0 && { clusterRoles }),
        ...(groups.length > 0 && { groups }),
        ...(rules !== undefined && { rules: rules.map((rule) => ({ ...rule })) as never }),
        ...(privileges !== undefined && { privileges: [...privileges] }),
        ...(filterLists === true && { filterLists }),
        ...(limits !== undefined && { limits: limits }),
      },
    }),
  };
}
