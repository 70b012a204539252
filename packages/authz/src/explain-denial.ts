import { requiredActions } from './action.ts';
import type { Ask } from './ask.ts';
import { type BindingVerdict, judgeBinding } from './bindings/judge-binding.ts';
import { reasonOf, SECRETS_PERMISSION } from './check-settings.ts';
import type { CompiledBinding } from './compile-binding.ts';
import type { Policy } from './compile-policy.ts';
import type { CompiledRole } from './compile-role.ts';
import { describeAction, showWord } from './describe.ts';
import type { AccessQuery, Deny, Reason, RequestableRole } from './query.ts';
import { requestableFor } from './requests/requestable.ts';
import { comparePower } from './role-power.ts';

/**
 * Says who may not do what where, what they hold there and what it lacks, and which roles would allow it that they may ask for.
 * @param reaching every binding and running grant of the principal that reaches the cluster
 * @param candidates those of them that have to do with the request
 */
export function explainDenial(
  policy: Policy,
  ask: Ask,
  reaching: readonly CompiledBinding[],
  candidates: readonly CompiledBinding[],
): Deny {
  const requestable = requestableRoles(policy, ask, (role) => wouldAllow(role, ask));
  const lacks = new Set<string>();
  const details: Reason[] = [];
  for (const binding of candidates) {
    const verdict = judgeBinding(binding, ask);
    const lack = describeLack(verdict);
    if (lack !== undefined) lacks.add(`role ${nameOf(binding)} ${lack}`);
    const detail = detailOf(binding, verdict);
    if (detail !== undefined) details.push(detail);
  }
  const lacking = lacks.size > 0 ? [...lacks].sort().join(', ') : describeHoldings(reaching);
  const reasons = [{ message: `${describeAttempt(ask.query)}: ${lacking}${wouldDo(requestable)}` }, ...details];
  return deny(policy, reasons, requestable);
}

/** Says that a role which covers the request lacks the permission to read Secrets, and who demands it. */
export function explainSecrets(policy: Policy, ask: Ask): Deny {
  const requestable = requestableRoles(
    policy,
    ask,
    (role) => role.permissions.has(SECRETS_PERMISSION) && wouldAllow(role, ask),
  );
  const message = `${describeAttempt(ask.query)}: Secrets are read only under a role with the permission ${SECRETS_PERMISSION}`;
  const setting = ask.query.settings?.secretsForAdminsOnly;
  const reason = setting === undefined ? { message } : reasonOf(message, setting);
  return deny(policy, [{ ...reason, message: `${reason.message}${wouldDo(requestable)}` }], requestable);
}

/** A denial on one policy. */
export function deny(policy: Policy, reasons: readonly Reason[], requestable: readonly RequestableRole[]): Deny {
  return { effect: 'deny', reasons, requestable, snapshotVersion: policy.version };
}

/** `ann@example.com may not get pods web-0 in namespace shop on cluster production`. */
export function describeAttempt({ principal, attributes, cluster }: AccessQuery): string {
  const what = requiredActions(attributes).map(describeAction).join(' with ');
  return `${showWord(principal.userName)} may not ${what} on cluster ${showWord(cluster.name)}`;
}

/** What a binding that covers the request lacks to allow it; `undefined` for one that doesn't cover it. */
function describeLack(verdict: BindingVerdict): string | undefined {
  switch (verdict.outcome) {
    case 'lacksPrivilege': {
      const what = verdict.at === undefined ? '' : `, which ${showWord(verdict.at)} needs`;
      return `does not have the privilege ${verdict.privilege}${what}`;
    }
    case 'mayNotCreate':
      return 'does not cover create, and the request may create the object';
    case 'notStarted':
      return `is granted only from ${new Date(verdict.startsAtMs).toISOString()}`;
    case 'ended':
      return 'was granted for a time that is over';
    case 'conditionDoesNotHold':
    case 'conditionFailed':
      return 'counts only under a condition that does not hold now';
    default:
      return undefined;
  }
}

function detailOf({ binding, compiledRole }: CompiledBinding, verdict: BindingVerdict): Reason | undefined {
  switch (verdict.outcome) {
    case 'brokenRole':
      return { message: compiledRole.problem ?? '', source: `role/${compiledRole.role.id}` };
    case 'conditionFailed':
      return {
        message: `the condition of ${binding.id} does not hold, because it could not be evaluated: ${verdict.problem}`,
        source: `binding/${binding.id}`,
        path: 'condition',
      };
    case 'conditionDoesNotHold':
      return {
        message: `the condition of ${binding.id} does not hold`,
        source: `binding/${binding.id}`,
        path: 'condition',
      };
    default:
      return undefined;
  }
}

/** Whether a role would allow a request where it is bound without more ado. */
export function wouldAllow({ coverageOf, privileges }: CompiledRole, ask: Ask): boolean {
  if (coverageOf(ask.actions) === undefined) return false;
  const { content } = ask.query;
  const needed = [...ask.privileges, ...(content?.privileges.map(({ privilege }) => privilege) ?? [])];
  if (!needed.every((privilege) => privileges.has(privilege))) return false;
  const { creation } = ask.questions;
  return !(content?.mayCreate && creation !== undefined && coverageOf([creation]) === undefined);
}

/** What may be asked for: the least powerful first; the longest time of several request policies. */
export function requestableRoles(
  policy: Policy,
  { query }: Ask,
  wouldDoIt: (role: CompiledRole) => boolean,
): readonly RequestableRole[] {
  const longest = new Map<CompiledRole, number>();
  for (const { role, by } of requestableFor(policy, query, wouldDoIt)) {
    longest.set(role, Math.max(by.policy.maxDurationMs, longest.get(role) ?? 0));
  }
  return [...longest]
    .sort(([a], [b]) => comparePower(a, b))
    .map(([{ role }, maxDurationMs]) => ({ role: role.name, maxDurationMs }));
}

const holdings = new WeakMap<readonly CompiledBinding[], string>();

/** The same bindings are asked again and again, and what they are called does not change. */
function describeHoldings(reaching: readonly CompiledBinding[]): string {
  const known = holdings.get(reaching);
  if (known !== undefined) return known;
  const held = [...new Set(reaching.map(describeHeld))].sort();
  const shown = held.slice(0, MAX_ROLES_SHOWN);
  if (held.length > shown.length) shown.push(`${held.length - shown.length} more`);
  const described = held.length === 0 ? 'no role is bound to them there' : `not covered by ${countRoles(shown)}`;
  holdings.set(reaching, described);
  return described;
}

const MAX_ROLES_SHOWN = 10;

function describeHeld(compiled: CompiledBinding): string {
  const { scope } = compiled.binding;
  const name = `${nameOf(compiled)}${compiled.grant?.objects === undefined ? '' : ' for certain objects'}`;
  if (!('namespaces' in scope)) return name;
  const { namespaces } = scope;
  if (namespaces?.kind !== 'names') return `${name} in namespaces with certain labels`;
  const shown = namespaces.names.slice(0, MAX_NAMESPACES_SHOWN).map(showWord);
  if (namespaces.names.length > shown.length) shown.push('others');
  return `${name} in ${shown.length === 1 ? 'namespace' : 'namespaces'} ${shown.join(', ')}`;
}

const MAX_NAMESPACES_SHOWN = 5;

function nameOf({ compiledRole }: CompiledBinding): string {
  return showWord(compiledRole.role.name);
}

function wouldDo(requestable: readonly RequestableRole[]): string {
  if (requestable.length === 0) return '';
  const shown = requestable.slice(0, MAX_REQUESTABLE_SHOWN).map(({ role }) => showWord(role));
  const more = requestable.length - shown.length;
  if (more > 0) shown.push(`${more} more`);
  return `; ${countRoles(shown)} would allow it and can be asked for`;
}

const MAX_REQUESTABLE_SHOWN = 3;

function countRoles(names: readonly string[]): string {
  return `${names.length === 1 ? 'role' : 'roles'} ${names.join(', ')}`;
}
