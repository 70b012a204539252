import type { Policy } from './compile-policy.ts';
import { decide } from './decide.ts';
import { decideActingAs } from './decide-acting-as.ts';
import { deny } from './explain-denial.ts';
import type { AccessQuery, Authorizer, Decision } from './query.ts';

/**
 * Decides one query. Pure, synchronous and total: it never throws, and whatever can't be decided is a `Deny` that says so.
 *
 * The union of all bindings that select the principal, reach the cluster and the namespace, whose condition holds and whose
 * role covers the request, its privileges included, is an `Allow`; none is a `Deny`, and so is any access policy that denies
 * it. Principal, cluster, binding and role must belong to one organization. A disabled principal is denied everything, and so
 * is what the settings of the query forbid.
 *
 * An `Allow` with the obligation `inspect` is a question: decide again with `content`.
 */
export function evaluate(policy: Policy, query: AccessQuery): Decision {
  return totally(policy, () => {
    const { actAs } = query;
    return actAs === undefined ? decide(policy, query, []) : decideActingAs(policy, query, actAs);
  });
}

/** Binds a policy to {@link evaluate}: the form that the access proxy takes. */
export function createAuthorizer(policy: Policy): Authorizer {
  return (query) => evaluate(policy, query);
}

/** What can't be decided is denied. */
export function totally(policy: Policy, decideIt: () => Decision): Decision {
  try {
    return decideIt();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return deny(policy, [{ message: `the request could not be decided: ${detail}` }], []);
  }
}
