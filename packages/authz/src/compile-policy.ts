import type { Cluster, OrganizationId, Principal, RoleId } from '@sallyport/core';
import type { BindingsOn } from './bindings/bindings-on.ts';
import type { CompiledBinding } from './compile-binding.ts';
import { compileStanding, type StandingDocuments, type StandingPolicy } from './compile-standing.ts';
import { type GrantIndex, indexGrants } from './grants/grant-index.ts';
import type { Grant } from './policy.ts';

/** What {@link compilePolicy} takes: documents as they are stored, of all organizations, in any order. */
export interface PolicyDocuments extends StandingDocuments {
  /** Live ones, also those that have not started. Absent: none. */
  readonly grants?: readonly Grant[];
}

/** An indexed, immutable policy. Made by {@link compilePolicy}, read by `evaluate` and `createPermissionIndex`. */
export interface Policy extends StandingPolicy {
  /** Version of the snapshot that it was compiled from; every decision names it. */
  readonly version: number;
  /** What {@link withGrants} goes on from. */
  readonly standing: StandingPolicy;
  /** Likewise. */
  readonly grants: GrantIndex;
  /** Bindings of a principal and the grants that count at an instant. */
  heldBy(principal: Principal, at: Date): readonly CompiledBinding[];
  /** Those of {@link Policy.heldBy} that reach a cluster, in some namespace at least. */
  heldOn(principal: Principal, cluster: Cluster, at: Date): readonly CompiledBinding[];
  /** Bindings and grants of a principal that reach a cluster, found by what a request does. */
  bindingIndexOn(principal: Principal, cluster: Cluster): BindingsOn;
  /** Grants of one principal, whether they count now or not. */
  grantsOf(principal: Principal): readonly CompiledBinding[];
  /** Grants of one role. */
  grantsOfRole(roleId: RoleId): readonly CompiledBinding[];
  /** Every grant of one organization that applies. */
  grantsIn(organizationId: OrganizationId): readonly CompiledBinding[];
}

/**
 * Joins bindings and grants to their roles, compiles their conditions and the access policies, and indexes all by subject. Never
 * throws on a bad document: a role with problems covers nothing and says so in decisions, a scope with problems reaches
 * nothing, a binding whose condition can't be compiled never holds, a grant whose instants can't be read never counts, a binding
 * or grant without its role (or to a role of another organization) does not apply, and an access policy with problems denies
 * everything to those that it is about.
 */
export function compilePolicy(documents: PolicyDocuments, version: number): Policy {
  const standing = compileStanding(documents);
  return joined(standing, indexGrants(standing, documents.grants ?? []), version);
}

/**
 * The same policy with other grants. Costs a walk over the grants: what stands is kept, a grant that is the same value is not
 * compiled again, and neither is anything found again for principals whose grants are those of before.
 */
export function withGrants(policy: Policy, grants: readonly Grant[], version: number): Policy {
  return joined(policy.standing, indexGrants(policy.standing, grants, policy.grants), version);
}

function joined(standing: StandingPolicy, grants: GrantIndex, version: number): Policy {
  const bindingIndexOn = (principal: Principal, cluster: Cluster) =>
    grants.grantedTo(principal)?.indexOn(principal, cluster) ?? standing.standingIndexOn(principal, cluster);
  return {
    ...standing,
    version,
    standing,
    grants,
    heldBy: (principal, at) =>
      grants.grantedTo(principal)?.heldAt(principal, at.getTime()) ?? standing.bindingsOf(principal),
    heldOn: (principal, cluster, at) => bindingIndexOn(principal, cluster).allAt(at.getTime()),
    bindingIndexOn,
    grantsOf: (principal) => grants.grantedTo(principal)?.of(principal) ?? [],
    grantsOfRole: grants.ofRole,
    grantsIn: grants.inOrganization,
  };
}
