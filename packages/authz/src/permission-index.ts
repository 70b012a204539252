import type { Cluster, Principal, ProjectId } from '@sallyport/core';
import { INSTALLATION_PERMISSIONS } from './built-in-roles.ts';
import type { CompiledBinding } from './compile-binding.ts';
import type { Policy } from './compile-policy.ts';
import type { PermissionTarget } from './permission-target.ts';
import { remembered } from './remembered.ts';

/**
 * Permissions that are about using a cluster. These alone pass by sharing, and these alone count from a binding that is
 * narrowed to namespaces or objects or has a condition: whoever works in one namespace, or now and then, needs to see the cluster and hold
 * a credential for it, and what is asked on Sallyport itself is no request that a condition could be asked about.
 */
export const USE_PERMISSIONS: ReadonlySet<string> = new Set(['clusters.read', 'credentials.create']);

const OF_INSTALLATION: ReadonlySet<string> = new Set(INSTALLATION_PERMISSIONS);

/** What a principal may see of one kind, for lists. `all`: everything in the organization. */
export type Visibility = 'all' | PartialVisibility;

/** Part of an organization. */
export interface PartialVisibility {
  /** Projects that the permission is held on. */
  readonly projectIds: ReadonlySet<ProjectId>;
  /** Whether the permission is held on a cluster of the principal's organization. */
  includesCluster(cluster: Cluster): boolean;
}

/** Answers what roles allow on Sallyport itself. Pure; reads one policy. */
export interface PermissionIndex {
  /** Whether one of the principal's roles gives `permission` on `target`. */
  permits(principal: Principal, permission: string, target: PermissionTarget): boolean;
  /** Every permission that the principal's roles give on `target`. */
  permissionsOf(principal: Principal, target: PermissionTarget): ReadonlySet<string>;
  /**
   * Every permission that the principal's roles give on something in the own organization, or on the installation: in some project, on
   * some cluster, or on all of it. Says nothing of where.
   */
  permissionsAnywhere(principal: Principal): ReadonlySet<string>;
  /** Names of the roles that reach `target` in any way, sorted. */
  rolesOn(principal: Principal, target: PermissionTarget): readonly string[];
  /** Where in the own organization the principal holds `permission`. */
  visible(principal: Principal, permission: string): Visibility;
}

/**
 * Indexes a policy by permission. Costs nothing until it is asked.
 * @param at instant at which grants count, as bindings of their scope do; absent: bindings alone
 */
export function createPermissionIndex(policy: Policy, at?: Date): PermissionIndex {
  const heldBy = remembered((principal: Principal) =>
    at === undefined ? policy.bindingsOf(principal) : policy.heldBy(principal, at),
  );
  return {
    permits: (principal, permission, target) =>
      heldBy(principal).some((binding) => gives(binding, permission, reachOf(binding, principal, target))),
    permissionsOf(principal, target) {
      const held = new Set<string>();
      for (const binding of heldBy(principal)) {
        const reach = reachOf(binding, principal, target);
        for (const permission of binding.compiledRole.permissions) {
          if (gives(binding, permission, reach)) held.add(permission);
        }
      }
      return held;
    },
    permissionsAnywhere(principal) {
      const held = new Set<string>();
      for (const binding of heldBy(principal)) {
        const extent = isLimited(binding) ? 'use' : 'whole';
        for (const permission of binding.compiledRole.permissions) {
          const isReached = binding.scope.reachesInstallation || !OF_INSTALLATION.has(permission);
          if (isReached && gives(binding, permission, extent)) held.add(permission);
        }
      }
      return held;
    },
    rolesOn(principal, target) {
      const reaching = heldBy(principal).filter((binding) => reachOf(binding, principal, target) !== undefined);
      return [...new Set(reaching.map(({ compiledRole }) => compiledRole.role.name))].sort();
    },
    visible(principal, permission) {
      const holding = heldBy(principal).filter(({ compiledRole }) => compiledRole.permissions.has(permission));
      const organization = { kind: 'organization', organizationId: principal.organizationId } as const;
      if (holding.some((binding) => gives(binding, permission, reachOf(binding, principal, organization))))
        return 'all';
      const projectIds = holding.flatMap((compiled) => {
        const { scope } = compiled.binding;
        return scope.kind === 'projects' && !isLimited(compiled) ? scope.projectIds : [];
      });
      return {
        projectIds: new Set(projectIds),
        includesCluster: (cluster) =>
          holding.some((binding) =>
            gives(binding, permission, reachOf(binding, principal, { kind: 'cluster', cluster })),
          ),
      };
    },
  };
}

/** How far a binding gives what it gives on a target: wholly, only for use, or not at all. */
type Extent = 'whole' | 'use' | undefined;

function reachOf(binding: CompiledBinding, principal: Principal, target: PermissionTarget): Extent {
  const { scope } = binding;
  switch (target.kind) {
    case 'installation':
      return scope.reachesInstallation && !isLimited(binding) ? 'whole' : undefined;
    case 'organization':
      if (target.organizationId !== principal.organizationId || !scope.reachesOrganization) return undefined;
      return isLimited(binding) ? undefined : 'whole';
    case 'project':
      if (target.organizationId !== principal.organizationId || isLimited(binding)) return undefined;
      return scope.reachesProject(target.projectId) ? 'whole' : undefined;
    case 'cluster': {
      if (target.cluster.organizationId !== principal.organizationId) return undefined;
      const reach = scope.reachOf(target.cluster);
      if (reach === undefined) return undefined;
      return reach === 'owned' && !isLimited(binding) ? 'whole' : 'use';
    }
  }
}

/** Whether a binding counts only in some namespaces, for some objects, or while its condition holds. */
function isLimited({ scope, condition, grant }: CompiledBinding): boolean {
  return scope.isNarrowed || condition !== undefined || grant?.objects !== undefined;
}

function gives({ compiledRole }: CompiledBinding, permission: string, extent: Extent): boolean {
  if (extent === undefined || !compiledRole.permissions.has(permission)) return false;
  return extent === 'whole' || USE_PERMISSIONS.has(permission);
}
