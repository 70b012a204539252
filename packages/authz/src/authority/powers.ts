import { type AccessLimits, PRIVILEGES, type Privilege } from '@sallyport/core';
import { SECRETS_PERMISSION } from '../check-settings.ts';
import type { CompiledBinding } from '../compile-binding.ts';
import { isImpersonation, RBAC_GROUPS } from '../privileges/needed-privileges.ts';
import { TOP_CEILING } from './ceiling.ts';
import type { ResourceAtom, RuleAtom } from './rule-cover.ts';

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

/**
 * Whether a privilege can make a difference to what an atom stands for. Where that is unclear it can: a wildcard stands for
 * everything, and what is written to any resource may hold a pod.
 */
export function mayNeed(privilege: Privilege, atom: RuleAtom): boolean {
  if (atom.kind === 'path') return false;
  const { verb, apiGroup, resource } = atom;
  const isCore = apiGroup === '' || apiGroup === '*';
  const isAny = resource === '*';
  const isWrite = !READS.has(verb);
  switch (privilege) {
    case 'impersonation':
      return isImpersonation(verb);
    case 'nodeProxy':
      return isCore && (isAny || resource === 'nodes/proxy' || resource === '*/proxy');
    case 'serviceAccountTokens':
      return isCore && (isAny || resource.endsWith('/token') || (resource === 'secrets' && isWrite));
    case 'rbac':
      return (
        isWrite &&
        (verb === '*' || verb === 'bind' || verb === 'escalate' || apiGroup === '*' || RBAC_GROUPS.has(apiGroup))
      );
    case 'certificates':
      return isWrite && (apiGroup === '*' || apiGroup === 'certificates.k8s.io');
    case 'privilegedPods':
      return isWrite;
  }
}

/**
 * Whether a binding gives everything that anybody can do on a cluster. Who holds it may say whom others act as, since nobody
 * gets further by being somebody else than its holder is already.
 */
export function mayDoEverything({ compiledRole, scope }: CompiledBinding): boolean {
  const { role, permissions, privileges } = compiledRole;
  return (
    !scope.isNarrowed &&
    role.rules === undefined &&
    role.ceilingGroups.includes(TOP_CEILING) &&
    role.limits === undefined &&
    permissions.has(SECRETS_PERMISSION) &&
    PRIVILEGES.every((privilege) => privilege === 'impersonation' || privileges.has(privilege))
  );
}

/** Whether limits that are handed out leave no number higher than those that are held. */
export function isWithinLimits(given: AccessLimits | undefined, held: AccessLimits | undefined): boolean {
  if (held === undefined) return true;
  const names = Object.keys(held) as (keyof AccessLimits)[];
  return names.every((name) => {
    const [limit, own] = [given?.[name], held[name]];
    return own === undefined || (limit !== undefined && limit <= own);
  });
}

/** Whether an atom stands for only some of the objects that a listing could show. */
export function isLimitedListing(atom: RuleAtom): atom is ResourceAtom {
  if (atom.kind === 'path' || !(atom.verb === 'list' || atom.verb === 'watch' || atom.verb === '*')) return false;
  return atom.resourceName !== undefined || atom.namespace !== undefined;
}
