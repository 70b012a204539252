import { type AccessLimits, assertImpersonation, type Principal, RESERVED_EXTRA_PREFIX } from '@sallyport/core';
import { type Ask, askOf } from './ask.ts';
import { type Choice, chooseBindings, mayReadSecrets } from './bindings/choose-bindings.ts';
import { type AllowingBinding, judgeBinding } from './bindings/judge-binding.ts';
import { isRestrictedToSecretReaders, isTerminal, settingsDenial } from './check-settings.ts';
import type { CompiledBinding, Policy } from './compile-policy.ts';
import { deny, describeAttempt, explainDenial, explainSecrets } from './explain-denial.ts';
import { mostGenerousLimits, strictestLimits } from './limits.ts';
import { judgePolicies, type PolicyVerdict } from './policies/judge-policies.ts';
import { principalProblem } from './principal-problem.ts';
import { isSecrets } from './privileges/content-questions.ts';
import type { AccessQuery, Decision, Obligation, Reason, RequestContent } from './query.ts';
import type { DecisionTrace } from './trace.ts';
import { excludeFrom } from './view/exclude.ts';

/** Extra key under which clusters see the login session. */
const SESSION_EXTRA = `${RESERVED_EXTRA_PREFIX}session`;

/**
 * Decides one query about its own principal. Throws only on what has the wrong shape, which is a denial to whoever calls.
 *
 * @param others principals whose policies count besides: somebody who acts as the principal of the query
 */
export function decide(
  policy: Policy,
  query: AccessQuery,
  others: readonly Principal[],
  trace?: DecisionTrace,
): Decision {
  const { principal, cluster, settings } = query;
  const problem = principalProblem(query);
  if (problem !== undefined) return deny(policy, [{ message: problem }], []);
  const refusal = settingsDenial(query);
  if (refusal !== undefined) return deny(policy, [refusal], []);

  const ask = askOf(query);
  const { content } = query;
  if (content?.contradiction !== undefined) {
    return deny(policy, [{ message: `${describeAttempt(query)}: ${content.contradiction}` }], []);
  }
  const policies = [principal, ...others].map((one) => policy.policiesOn(one, cluster));
  const verdict = judgePolicies(policies, ask, trace);
  const reaching = policy.bindingsOn(principal, cluster);
  const allowing = allowingOf(reaching, ask, trace);
  if (verdict.denials.length > 0) return denyByPolicies(policy, query, verdict.denials);
  if (allowing.length === 0) return explainDenial(policy, ask, reaching);

  const permitted = isRestrictedToSecretReaders(settings, query.attributes)
    ? allowing.filter(mayReadSecrets)
    : allowing;
  if (permitted.length === 0) return explainSecrets(policy, ask);
  const visible = filterable(permitted, verdict);
  if (visible.length === 0) return denyByPolicies(policy, query, verdict.exclusion?.reasons ?? []);
  const choice = choose(visible, ask, verdict);
  if (choice === undefined) return denyByPolicies(policy, query, verdict.exclusion?.reasons ?? []);
  // Limits are those of all that allow it, whichever of them it goes by: one more binding never takes away.
  const limits = strictestLimits(
    mostGenerousLimits(permitted.map(({ binding }) => binding.compiledRole.role.limits)),
    verdict.limits,
  );
  return allow(policy, ask, choice, verdict, limits);
}

function allowingOf(
  reaching: readonly CompiledBinding[],
  ask: Ask,
  trace: DecisionTrace | undefined,
): readonly AllowingBinding[] {
  const allowing: AllowingBinding[] = [];
  for (const binding of reaching) {
    const verdict = judgeBinding(binding, ask);
    trace?.binding(binding, verdict);
    if (verdict.outcome === 'allows') allowing.push(verdict);
  }
  return allowing;
}

function denyByPolicies(policy: Policy, query: AccessQuery, reasons: readonly Reason[]): Decision {
  const [first, ...more] = reasons;
  const attempt = describeAttempt(query);
  const explained = first === undefined ? { message: attempt } : { ...first, message: `${attempt}: ${first.message}` };
  return deny(policy, [explained, ...more], []);
}

/** Of a listing that policies deny in part, only what roles with filtered lists allow can be given. */
function filterable(bindings: readonly AllowingBinding[], { exclusion }: PolicyVerdict): readonly AllowingBinding[] {
  if (exclusion === undefined) return bindings;
  return bindings.filter(({ binding }) => binding.compiledRole.role.filterLists === true);
}

function choose(
  allowing: readonly AllowingBinding[],
  { query }: Ask,
  { exclusion }: PolicyVerdict,
): Choice | undefined {
  const chosen = chooseBindings(allowing, isSecrets(query.attributes));
  const choice = { ...chosen, bindings: withoutDoubt(chosen.bindings) };
  if (exclusion === undefined) return choice;
  const view = excludeFrom(choice.view ?? [{}], exclusion);
  return view.length === 0 ? undefined : { ...choice, view };
}

/**
 * Leaves out bindings that allow only if the body says nothing more, where the others have their ceilings anyway: nothing
 * has to be read then.
 */
function withoutDoubt(allowing: readonly AllowingBinding[]): readonly AllowingBinding[] {
  const sure = allowing.filter(({ dependsOnContent }) => !dependsOnContent);
  if (sure.length === allowing.length || sure.length === 0) return allowing;
  const groups = new Set(sure.flatMap(({ binding }) => binding.compiledRole.role.ceilingGroups));
  const isCovered = allowing.every(({ binding }) =>
    binding.compiledRole.role.ceilingGroups.every((group) => groups.has(group)),
  );
  return isCovered ? sure : allowing;
}

function allow(
  policy: Policy,
  ask: Ask,
  choice: Choice,
  verdict: PolicyVerdict,
  limits: AccessLimits | undefined,
): Decision {
  const { query, questions } = ask;
  const { bindings, groups, view } = choice;
  const { attributes, settings, content, principal, loginSessionId } = query;
  const obligations: Obligation[] = [];
  if (isTerminal(attributes) && (settings?.requireRecording !== undefined || verdict.obligations.includes('record'))) {
    obligations.push({ kind: 'record' });
  }
  const isMasked =
    isSecrets(attributes) && (verdict.obligations.includes('maskSecrets') || !bindings.every(mayReadSecrets));
  if (isMasked && content !== undefined) {
    const problem = maskProblem(content);
    if (problem !== undefined) return deny(policy, [{ message: `${describeAttempt(query)}: ${problem}` }], []);
  }
  const hinges = verdict.dependsOnContent || bindings.some(({ dependsOnContent }) => dependsOnContent);
  if (content === undefined && (hinges || (isMasked && questions.mayHoldMask))) obligations.push({ kind: 'inspect' });
  if (view !== undefined) obligations.push({ kind: 'filter', view });
  if (isMasked) obligations.push({ kind: 'maskSecrets' });

  const impersonate = {
    user: principal.userName,
    groups,
    ...(loginSessionId !== undefined && { extra: { [SESSION_EXTRA]: [loginSessionId] } }),
  };
  // Groups were checked with their roles; the user name comes from an identity provider.
  assertImpersonation({ ...impersonate, groups: [] });
  const isConditional = verdict.isConditional || bindings.some(({ binding }) => binding.condition !== undefined);
  return {
    effect: 'allow',
    impersonate,
    obligations,
    ...(limits !== undefined && { limits }),
    ...(isConditional && { isConditional }),
    reasons: bindings.map(({ binding, rule }) => binding.reasonFor(rule)),
    snapshotVersion: policy.version,
  };
}

/** What the body of a write would do to a Secret whose data are hidden from whoever writes it; `undefined` for nothing. */
function maskProblem({ holdsMask, revealsHidden }: RequestContent): string | undefined {
  if (holdsMask) return "the body holds the mask in place of a Secret's data, and would overwrite them with it";
  return revealsHidden ? 'the patch copies, moves or tests data of a Secret that are masked' : undefined;
}
