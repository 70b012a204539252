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
import type { NamespaceSelection, Role, Scope, Subject } from '../policy.ts';
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

/**
 * Everything that a gift gives, piece by piece. Of documents with problems nothing, since they give nothing. What is granted for a
 * while is given as much as what is bound, and so is what request policies let somebody have without anybody else, or let them
 * approve.
 * @param grantor who gives: they may always be themselves
 */
export function piecesOf(records: AuthorityRecords, grantor: Principal, gift: Gift): readonly Piece[] {
  const { policy, clusters } = records;
  switch (gift.kind) {
    case 'binding':
      return piecesWithin(compileRole(gift.role), gift.scope, clusters);
    case 'role': {
      const role = compileRole(gift.role);
      const held = [...policy.bindingsOfRole(gift.role.id), ...policy.grantsOfRole(gift.role.id)];
      const requestable = policy
        .requestPoliciesIn(gift.role.organizationId)
        .filter((by) => by.policy.roleIds.includes(gift.role.id));
      const scopes = [...held.map(({ binding }) => binding.scope), ...requestable.map((by) => by.policy.scope)];
      if (scopes.length === 0) return [{ role, place: { kind: 'organization' }, isUseOnly: false, isUnbound: true }];
      return scopes.flatMap((scope) => piecesWithin(role, scope, clusters));
    }
    case 'membership': {
      const { organizationId, issuer, name } = gift;
      const isGroup = (subject: Subject) =>
        subject.kind === 'group' && subject.issuer === issuer && subject.name === name;
      return [
        ...piecesOfBindings(policy.bindingsOfSubject(organizationId, { kind: 'group', issuer, name }), clusters),
        ...piecesOfRequests(records, organizationId, isGroup),
      ];
    }
    case 'identity':
      return piecesOfIdentity(records, grantor, gift.principal);
    case 'identityProvider':
      return piecesOfProvider(records, grantor, gift);
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

/** What somebody else can do as a principal. A disabled one can be enabled by somebody, who gives nothing to themselves by it. */
function piecesOfIdentity(records: AuthorityRecords, grantor: Principal, principal: Principal): readonly Piece[] {
  const { policy, clusters } = records;
  const enabled = principal.isDisabled ? { ...principal, isDisabled: false } : principal;
  const bound = piecesOfBindings(policy.bindingsOf(enabled), clusters);
  if (principal.id === grantor.id) return bound;
  const isSelected = selecting(enabled);
  return [
    ...bound,
    ...piecesOfBindings(policy.grantsOf(enabled), clusters),
    ...piecesOfRequests(records, principal.organizationId, isSelected),
  ];
}

function piecesOfProvider(
  records: AuthorityRecords,
  grantor: Principal,
  { organizationId, issuer }: Extract<Gift, { kind: 'identityProvider' }>,
): readonly Piece[] {
  if (issuer === LOCAL_ISSUER) return [];
  const isOfIssuer = (subject: Subject) => subject.kind === 'group' && subject.issuer === issuer;
  const bound = records.policy.bindingsIn(organizationId).filter(({ binding }) => binding.subjects.some(isOfIssuer));
  const people = [...records.principals.values()].filter(
    (principal) => principal.organizationId === organizationId && principal.issuer === issuer,
  );
  return [
    ...piecesOfBindings(bound, records.clusters),
    ...piecesOfRequests(records, organizationId, isOfIssuer),
    ...people.flatMap((principal) => piecesOfIdentity(records, grantor, principal)),
  ];
}

/**
 * What request policies give to those whom they name: to reviewers the roles that they approve, and to requesters the roles that they
 * take without anybody else. Who asks for a review gets nothing by that.
 */
function piecesOfRequests(
  { policy, clusters }: AuthorityRecords,
  organizationId: OrganizationId,
  isNamed: (subject: Subject) => boolean,
): readonly Piece[] {
  return policy.requestPoliciesIn(organizationId).flatMap((by) => {
    const { requesters, steps, autoApprove, breakGlass, scope } = by.policy;
    const taking = autoApprove !== undefined || breakGlass !== undefined ? requesters : [];
    const named = [taking, breakGlass?.reviewers, ...steps.map(({ reviewers }) => reviewers)];
    const isGiven = by.problem === undefined && named.some((list) => Array.isArray(list) && list.some(isNamed));
    return isGiven ? by.roles.flatMap((role) => piecesWithin(role, scope, clusters)) : [];
  });
}

/** Whether a subject selects a principal. */
function selecting({ id, issuer, groups, localGroups = [] }: Principal): (subject: Subject) => boolean {
  return (subject) => {
    if (subject.kind === 'principal') return subject.id === id;
    if (subject.issuer === LOCAL_ISSUER) return localGroups.includes(subject.name);
    return subject.issuer === issuer && groups.includes(subject.name);
  };
}

/**
 * What bindings, grants and request policies reach of a cluster after a change and did not before. It is weighed by what is held on it
 * before.
 */
function newPieces(policy: Policy, { before, after }: Extract<Gift, { kind: 'cluster' }>): readonly Piece[] {
  const { organizationId } = after;
  const given = [...policy.bindingsIn(organizationId), ...policy.grantsIn(organizationId)].map(
    ({ compiledRole, scope }) => ({ role: compiledRole, scope }),
  );
  const requestable = policy
    .requestPoliciesIn(organizationId)
    .flatMap(({ roles, scope }) => roles.map((role) => ({ role, scope })));
  return [...given, ...requestable].flatMap(({ role, scope }): readonly Piece[] => {
    const reach = scope.reachOf(after);
    const reachBefore = scope.reachOf(before);
    if (reach === undefined || reach === reachBefore || reachBefore === 'owned') return [];
    return [
      {
        role,
        place: { kind: 'cluster', clusterId: before.id, cluster: before },
        isUseOnly: reach === 'shared',
        ...(scope.namespaces !== undefined && { namespaces: scope.namespaces }),
      },
    ];
  });
}
