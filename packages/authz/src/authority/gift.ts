import {
  type Cluster,
  type ClusterId,
  LOCAL_ISSUER,
  type OrganizationId,
  type Principal,
  type PrincipalId,
  type ProjectId,
} from '@sallyport/core';
import type { CompiledBinding } from '../compile-binding.ts';
import type { Policy } from '../compile-policy.ts';
import { type CompiledRole, compileRole } from '../compile-role.ts';
import { describeScopeProblem } from '../compile-scope.ts';
import type { NamespaceSelection, Role, Scope } from '../policy.ts';
import { type Place, placesOf } from './place.ts';

/** What authority is judged on: live records of one instant. A snapshot is one. */
export interface AuthorityRecords {
  readonly policy: Policy;
  readonly clusters: ReadonlyMap<ClusterId, Cluster>;
  readonly principals: ReadonlyMap<PrincipalId, Principal>;
  /** For the names in sentences. */
  readonly projects: ReadonlyMap<ProjectId, { readonly name: string }>;
}

/** Something that an operation would give to somebody. */
export type Gift =
  /** A role within a scope: a binding that is made or changed. */
  | { readonly kind: 'binding'; readonly role: Role; readonly scope: Scope }
  /** What is in a role that is made or changed, wherever it is bound; in the whole organization when it is bound nowhere. */
  | { readonly kind: 'role'; readonly role: Role }
  /** Membership in a group: all that is bound to it. The organization's own groups have the issuer `LOCAL_ISSUER`. */
  | {
      readonly kind: 'membership';
      readonly organizationId: OrganizationId;
      readonly issuer: string;
      readonly name: string;
    }
  /** The power to act as somebody: an API key, a new password, a new second factor, being enabled again. */
  | { readonly kind: 'identity'; readonly principal: Principal }
  /** The power to say who is who at an issuer: to make or change a provider. A change of issuer is a gift of both. */
  | { readonly kind: 'identityProvider'; readonly organizationId: OrganizationId; readonly issuer: string }
  /** A cluster put within the reach of bindings: by its labels, by its project, by sharing. */
  | { readonly kind: 'cluster'; readonly before: Cluster; readonly after: Cluster };

/** What a gift gives in one place, by one role. */
export interface Piece {
  readonly role: CompiledRole;
  readonly place: Place;
  /** Whether it is only the use that sharing gives. */
  readonly isUseOnly: boolean;
  readonly namespaces?: NamespaceSelection;
  /** Whether permissions may also be held on the installation: a role that nobody has been given yet. */
  readonly isUnbound?: boolean;
}

/** Organization that a gift is made in. */
export function organizationOf(gift: Gift): OrganizationId {
  switch (gift.kind) {
    case 'binding':
    case 'role':
      return gift.role.organizationId;
    case 'identity':
      return gift.principal.organizationId;
    case 'cluster':
      return gift.after.organizationId;
    default:
      return gift.organizationId;
  }
}

/** Why a gift can't be weighed, as one phrase: what is malformed now may turn into anything later. */
export function describeGiftProblem(gift: Gift): string | undefined {
  if (gift.kind !== 'binding' && gift.kind !== 'role') return undefined;
  const { problem } = compileRole(gift.role);
  if (problem !== undefined || gift.kind === 'role') return problem;
  const scopeProblem = describeScopeProblem(gift.scope);
  return scopeProblem === undefined ? undefined : `the scope ${scopeProblem}`;
}

/** Everything that a gift gives, piece by piece. Of documents with problems nothing, since they give nothing. */
export function piecesOf(records: AuthorityRecords, gift: Gift): readonly Piece[] {
  const { policy, clusters } = records;
  switch (gift.kind) {
    case 'binding':
      return piecesWithin(compileRole(gift.role), gift.scope, clusters);
    case 'role': {
      const role = compileRole(gift.role);
      const bound = policy.bindingsOfRole(gift.role.id);
      if (bound.length === 0) return [{ role, place: { kind: 'organization' }, isUseOnly: false, isUnbound: true }];
      return bound.flatMap(({ binding }) => piecesWithin(role, binding.scope, clusters));
    }
    case 'membership': {
      const { organizationId, issuer, name } = gift;
      return piecesOfBindings(policy.bindingsOfSubject(organizationId, { kind: 'group', issuer, name }), clusters);
    }
    case 'identity':
      return piecesOfBindings(bindingsOfEnabled(policy, gift.principal), clusters);
    case 'identityProvider':
      return piecesOfBindings(bindingsThrough(records, gift), clusters);
    case 'cluster':
      return newPieces(policy, gift);
  }
}

function piecesWithin(role: CompiledRole, scope: Scope, clusters: ReadonlyMap<ClusterId, Cluster>): readonly Piece[] {
  if (role.problem !== undefined || describeScopeProblem(scope) !== undefined) return [];
  const namespaces = 'namespaces' in scope ? scope.namespaces : undefined;
  return placesOf(scope, clusters).map((place) => ({
    role,
    place,
    isUseOnly: false,
    ...(namespaces !== undefined && { namespaces }),
  }));
}

function piecesOfBindings(
  bindings: Iterable<CompiledBinding>,
  clusters: ReadonlyMap<ClusterId, Cluster>,
): readonly Piece[] {
  return [...bindings].flatMap(({ compiledRole, binding }) => piecesWithin(compiledRole, binding.scope, clusters));
}

/** A disabled principal can be enabled by somebody else, who gives nothing to themselves by it. */
function bindingsOfEnabled(policy: Policy, principal: Principal): readonly CompiledBinding[] {
  return policy.bindingsOf(principal.isDisabled ? { ...principal, isDisabled: false } : principal);
}

function bindingsThrough(
  { policy, principals }: AuthorityRecords,
  { organizationId, issuer }: Extract<Gift, { kind: 'identityProvider' }>,
): ReadonlySet<CompiledBinding> {
  const found = new Set<CompiledBinding>();
  if (issuer === LOCAL_ISSUER) return found;
  for (const compiled of policy.bindingsIn(organizationId)) {
    if (compiled.binding.subjects.some((one) => one.kind === 'group' && one.issuer === issuer)) found.add(compiled);
  }
  for (const principal of principals.values()) {
    if (principal.organizationId !== organizationId || principal.issuer !== issuer) continue;
    for (const compiled of bindingsOfEnabled(policy, principal)) found.add(compiled);
  }
  return found;
}

/** What bindings reach of a cluster after a change and did not before. It is weighed by what is held on it before. */
function newPieces(policy: Policy, { before, after }: Extract<Gift, { kind: 'cluster' }>): readonly Piece[] {
  return policy.bindingsIn(after.organizationId).flatMap(({ compiledRole, binding, scope }): readonly Piece[] => {
    const reach = scope.reachOf(after);
    const reachBefore = scope.reachOf(before);
    if (reach === undefined || reach === reachBefore || reachBefore === 'owned') return [];
    const namespaces = 'namespaces' in binding.scope ? binding.scope.namespaces : undefined;
    return [
      {
        role: compiledRole,
        place: { kind: 'cluster', clusterId: before.id, cluster: before },
        isUseOnly: reach === 'shared',
        ...(namespaces !== undefined && { namespaces }),
      },
    ];
  });
}
