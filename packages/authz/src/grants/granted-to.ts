import type { Cluster, Principal } from '@sallyport/core';
import { type BindingsOn, counts, indexBindings } from '../bindings/bindings-on.ts';
import { type CompiledBinding, withinLimit } from '../compile-binding.ts';
import type { StandingPolicy } from '../compile-standing.ts';
import { remembered, rememberedByTwo } from '../remembered.ts';

/** What the grants of one principal give, on top of what stands. Remembered per value of the principal. */
export interface GrantedTo {
  /** In the order of their ids. */
  readonly grants: readonly CompiledBinding[];
  /** Those that apply to a value of the principal: none while it is disabled. */
  of(principal: Principal): readonly CompiledBinding[];
  /** Bindings, and the grants that count at an instant. */
  heldAt(principal: Principal, atMs: number): readonly CompiledBinding[];
  /** Bindings and grants that reach a cluster, found by what a request does. */
  indexOn(principal: Principal, cluster: Cluster): BindingsOn;
}

/** Joins the grants of one principal to what stands. */
export function createGrantedTo(standing: StandingPolicy, grants: readonly CompiledBinding[]): GrantedTo {
  const of = remembered((principal: Principal) =>
    principal.isDisabled
      ? []
      : withinLimit(
          grants.filter(({ organizationId }) => organizationId === principal.organizationId),
          principal,
        ),
  );
  return {
    grants,
    of,
    heldAt: (principal, atMs) => [
      ...standing.bindingsOf(principal),
      ...of(principal).filter((grant) => counts(grant, atMs)),
    ],
    indexOn: rememberedByTwo((principal: Principal, cluster: Cluster) => {
      const reaching =
        principal.organizationId === cluster.organizationId
          ? of(principal).filter(({ scope }) => scope.reachOf(cluster) !== undefined)
          : [];
      return reaching.length === 0
        ? standing.standingIndexOn(principal, cluster)
        : indexBindings([...standing.bindingsOn(principal, cluster), ...reaching]);
    }),
  };
}
