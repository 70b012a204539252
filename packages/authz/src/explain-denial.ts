import { requiredActions } from './action.ts';
import { reasonOf, SECRETS_PERMISSION } from './check-settings.ts';
import type { CompiledBinding, Policy } from './compile-policy.ts';
import type { CompiledRole } from './compile-role.ts';
import { describeAction, showWord } from './describe.ts';
import { OWN_ROLE_PREFIX } from './policy.ts';
import type { AccessQuery, Deny, Reason } from './query.ts';

/** Says who may not do what where, what they hold there, and which roles would allow it. */
export function explainDenial(policy: Policy, query: AccessQuery, reaching: readonly CompiledBinding[]): Deny {
  const actions = requiredActions(query.attributes);
  const requestable = requestableRoles(policy, query, ({ covers }) => covers(actions));
  const held = [...new Set(reaching.map(describeHeld))].sort();
  const lacking = held.length === 0 ? 'no role is bound to them there' : `not covered by ${countRoles(held)}`;
  const message = `${describeAttempt(query)}: ${lacking}${wouldAllow(requestable)}`;
  const broken = reaching.flatMap(({ compiledRole }): Reason[] =>
    compiledRole.problem === undefined
      ? []
      : [{ message: compiledRole.problem, source: `role/${compiledRole.role.id}` }],
  );
  return deny(policy, [{ message }, ...broken], requestable);
}

/** Says that a role which covers the request lacks the permission to read Secrets, and who demands it. */
export function explainSecrets(policy: Policy, query: AccessQuery): Deny {
  const actions = requiredActions(query.attributes);
  const requestable = requestableRoles(
    policy,
    query,
    ({ covers, permissions }) => permissions.has(SECRETS_PERMISSION) && covers(actions),
  );
  const message = `${describeAttempt(query)}: Secrets are read only under a role with the permission ${SECRETS_PERMISSION}`;
  const setting = query.settings?.secretsForAdminsOnly;
  const reason = setting === undefined ? { message } : reasonOf(message, setting);
  return deny(policy, [{ ...reason, message: `${reason.message}${wouldAllow(requestable)}` }], requestable);
}

/** A denial on one policy. */
export function deny(policy: Policy, reasons: readonly Reason[], requestable: readonly string[]): Deny {
  return { effect: 'deny', reasons, requestable, snapshotVersion: policy.version };
}

function describeAttempt(query: AccessQuery): string {
  const { principal, cluster } = query;
  const what = requiredActions(query.attributes).map(describeAction).join(' with ');
  return `${showWord(principal.userName)} may not ${what} on cluster ${showWord(cluster.name)}`;
}

function requestableRoles(
  policy: Policy,
  { principal }: AccessQuery,
  wouldDo: (role: CompiledRole) => boolean,
): readonly string[] {
  const roles = policy.rolesOf(principal.organizationId);
  const names = roles.filter((one) => !one.role.name.startsWith(OWN_ROLE_PREFIX) && wouldDo(one));
  return [...new Set(names.map(({ role }) => role.name))];
}

function describeHeld({ compiledRole, binding: { scope } }: CompiledBinding): string {
  const name = showWord(compiledRole.role.name);
  if (!('namespaces' in scope)) return name;
  const { namespaces } = scope;
  if (namespaces?.kind !== 'names') return `${name} in namespaces with certain labels`;
  const shown = namespaces.names.slice(0, MAX_NAMESPACES_SHOWN).map(showWord);
  if (namespaces.names.length > shown.length) shown.push('others');
  return `${name} in ${shown.length === 1 ? 'namespace' : 'namespaces'} ${shown.join(', ')}`;
}

const MAX_NAMESPACES_SHOWN = 5;

function wouldAllow(requestable: readonly string[]): string {
  return requestable.length === 0 ? '' : `; ${countRoles(requestable.map(showWord))} would allow it`;
}

function countRoles(names: readonly string[]): string {
  return `${names.length === 1 ? 'role' : 'roles'} ${names.join(', ')}`;
}
