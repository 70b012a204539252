import { assertImpersonation, type Impersonation, RESERVED_EXTRA_PREFIX } from '@sallyport/core';
import { requiredActions } from './action.ts';
import {
  isRestrictedToSecretReaders,
  SECRETS_PERMISSION,
  settingsDenial,
  settingsObligations,
} from './check-settings.ts';
import type { CompiledBinding, Policy } from './compile-policy.ts';
import { showWord } from './describe.ts';
import { deny, explainDenial, explainSecrets } from './explain-denial.ts';
import type { AccessQuery, Authorizer, Decision } from './query.ts';

/** Extra key under which clusters see the login session. */
const SESSION_EXTRA = `${RESERVED_EXTRA_PREFIX}session`;

/**
 * Decides one query. Pure, synchronous and total: it never throws, and whatever can't be decided is a `Deny` that says so.
 *
 * The union of all bindings that select the principal, reach the cluster and the namespace, and whose role covers the
 * request is an `Allow`; none is a `Deny`. Principal, cluster, binding and role must belong to one organization. A disabled
 * principal is denied everything, and so is what the settings of the query forbid.
 */
export function evaluate(policy: Policy, query: AccessQuery): Decision {
  try {
    return decide(policy, query);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return deny(policy, [{ message: `the request could not be decided: ${detail}` }], []);
  }
}

/** Binds a policy to {@link evaluate}: the form that the access proxy takes. */
export function createAuthorizer(policy: Policy): Authorizer {
  return (query) => evaluate(policy, query);
}

function decide(policy: Policy, query: AccessQuery): Decision {
  const { principal, cluster, attributes, settings } = query;
  const problem = principalProblem(query);
  if (problem !== undefined) return deny(policy, [{ message: problem }], []);
  const refusal = settingsDenial(query);
  if (refusal !== undefined) return deny(policy, [refusal], []);

  const actions = requiredActions(attributes);
  const reaching = policy.bindingsOn(principal, cluster);
  const covering = reaching.filter(
    ({ scope, compiledRole }) => scope.holds(attributes, query.namespaceLabels) && compiledRole.covers(actions),
  );
  if (covering.length === 0) return explainDenial(policy, query, reaching);
  const allowing = isRestrictedToSecretReaders(settings, attributes)
    ? covering.filter(({ compiledRole }) => compiledRole.permissions.has(SECRETS_PERMISSION))
    : covering;
  if (allowing.length === 0) return explainSecrets(policy, query);

  const impersonate: Impersonation = {
    user: principal.userName,
    groups: unionOfCeilings(allowing),
    ...(query.loginSessionId !== undefined && { extra: { [SESSION_EXTRA]: [query.loginSessionId] } }),
  };
  // Groups were checked with their roles; the user name comes from an identity provider.
  assertImpersonation(impersonate);
  return {
    effect: 'allow',
    impersonate,
    obligations: settingsObligations(settings, attributes),
    reasons: allowing.map(({ reason }) => reason),
    snapshotVersion: policy.version,
  };
}

/** What is wrong with the principal as such. Of its shape nothing is believed: it may come out of any store. */
function principalProblem({ principal, cluster }: AccessQuery): string | undefined {
  const name = showWord(principal.userName);
  if (principal.organizationId !== cluster.organizationId) {
    return `${name} does not belong to the organization of cluster ${showWord(cluster.name)}`;
  }
  if (principal.isDisabled) return `${name} is disabled`;
  // A missing list must never look like an empty one.
  if (!Array.isArray(principal.groups) || !Array.isArray(principal.localGroups ?? [])) {
    return `the groups of ${name} are not a list`;
  }
  return undefined;
}

function unionOfCeilings(bindings: readonly CompiledBinding[]): readonly string[] {
  const groups = new Set<string>();
  for (const { compiledRole } of bindings) for (const group of compiledRole.role.ceilingGroups) groups.add(group);
  return [...groups].sort();
}
