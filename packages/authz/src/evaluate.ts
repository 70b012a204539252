import { assertImpersonation, type Impersonation, RESERVED_EXTRA_PREFIX } from '@sallyport/core';
import { requiredActions } from './action.ts';
import type { CompiledBinding, Policy } from './compile-policy.ts';
import { describeAction, showWord } from './describe.ts';
import { OWN_ROLE_PREFIX } from './policy.ts';
import type { AccessQuery, Authorizer, Decision, Deny, Reason } from './query.ts';

/** Extra key under which clusters see the login session. */
const SESSION_EXTRA = `${RESERVED_EXTRA_PREFIX}session`;

/**
 * Decides one query. Pure, synchronous and total: it never throws, and whatever can't be decided is a `Deny` that says so.
 *
 * The union of all bindings that select the principal, reach the cluster and whose role covers the request is an `Allow`;
 * none is a `Deny`. Principal, cluster, binding and role must belong to one organization.
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
  const { principal, cluster } = query;
  if (principal.organizationId !== cluster.organizationId) {
    const message = `${showWord(principal.userName)} does not belong to the organization of cluster ${showWord(cluster.name)}`;
    return deny(policy, [{ message }], []);
  }
  if (!Array.isArray(principal.groups)) {
    // Text would be read letter by letter, and a missing list must never look like an empty one.
    return deny(policy, [{ message: `the groups of ${showWord(principal.userName)} are not a list` }], []);
  }
  const actions = requiredActions(query.attributes);
  const reaching = policy.bindingsOf(principal).filter((compiled) => compiled.reaches(cluster.id));
  const allowing = reaching.filter((compiled) => compiled.compiledRole.covers(actions));
  if (allowing.length === 0) return explainDenial(policy, query, reaching);

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
    obligations: [],
    reasons: allowing.map(({ reason }) => reason),
    snapshotVersion: policy.version,
  };
}

function unionOfCeilings(bindings: readonly CompiledBinding[]): readonly string[] {
  const groups = new Set<string>();
  for (const { compiledRole } of bindings) for (const group of compiledRole.role.ceilingGroups) groups.add(group);
  return [...groups].sort();
}

function explainDenial(policy: Policy, query: AccessQuery, reaching: readonly CompiledBinding[]): Deny {
  const { principal, cluster } = query;
  const actions = requiredActions(query.attributes);
  const requestable = [
    ...new Set(
      policy
        .rolesOf(principal.organizationId)
        .filter(({ role, covers }) => !role.name.startsWith(OWN_ROLE_PREFIX) && covers(actions))
        .map(({ role }) => role.name),
    ),
  ];
  const held = [...new Set(reaching.map((compiled) => showWord(compiled.compiledRole.role.name)))].sort();
  const message =
    `${showWord(principal.userName)} may not ${actions.map(describeAction).join(' with ')} on cluster ` +
    `${showWord(cluster.name)}: ${held.length === 0 ? 'no role is bound to them there' : `not covered by ${countRoles(held)}`}` +
    `${requestable.length === 0 ? '' : `; ${countRoles(requestable.map(showWord))} would allow it`}`;
  const broken = reaching.flatMap(({ compiledRole }): Reason[] =>
    compiledRole.problem === undefined
      ? []
      : [{ message: compiledRole.problem, source: `role/${compiledRole.role.id}` }],
  );
  return deny(policy, [{ message }, ...broken], requestable);
}

function countRoles(names: readonly string[]): string {
  return `${names.length === 1 ? 'role' : 'roles'} ${names.join(', ')}`;
}

function deny(policy: Policy, reasons: readonly Reason[], requestable: readonly string[]): Deny {
  return { effect: 'deny', reasons, requestable, snapshotVersion: policy.version };
}
