import { askOf } from '../ask.ts';
import { coversCeiling } from '../authority/ceiling.ts';
import { allowingOf } from '../bindings/bindings-on.ts';
import type { Policy } from '../compile-policy.ts';
import { requestableRoles, wouldAllow } from '../explain-denial.ts';
import type { AccessQuery, RequestableRole } from '../query.ts';

/**
 * Roles that the principal may ask for where a request was allowed here and refused by the cluster, since the ceilings of all
 * roles that allowed it end below: those of which the ceiling is more than all that was held. The least powerful first.
 */
export function requestableBeyond(policy: Policy, query: AccessQuery): readonly RequestableRole[] {
  const ask = askOf(query);
  const { bindings } = allowingOf(policy.bindingIndexOn(query.principal, query.cluster).about(ask), ask);
  const held = bindings.flatMap(({ binding }) => binding.compiledRole.role.ceilingGroups);
  return requestableRoles(
    policy,
    ask,
    (role) => role.role.ceilingGroups.some((group) => !coversCeiling(held, group)) && wouldAllow(role, ask),
  );
}
