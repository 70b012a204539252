import { assertImpersonation, type Principal, RESERVED_EXTRA_PREFIX } from '@sallyport/core';
import { type Ask, askOf } from './ask.ts';
import { type AllowingSet, type Consequence, narrowed } from './bindings/allowing-set.ts';
import { allowingOf } from './bindings/bindings-on.ts';
import { mayReadSecrets } from './bindings/choose-bindings.ts';
import { judgeBinding } from './bindings/judge-binding.ts';
import { isRestrictedToSecretReaders, isTerminal, settingsDenial } from './check-settings.ts';
import type { Policy } from './compile-policy.ts';
import { deny, describeAttempt, explainDenial, explainSecrets } from './explain-denial.ts';
import { type Limited, strictest } from './limits.ts';
import { judgePolicies, type PolicyVerdict } from './policies/judge-policies.ts';
import { principalProblem } from './principal-problem.ts';
import { isSecrets } from './privileges/content-questions.ts';
import type { AccessQuery, Decision, Obligation, Reason, RequestContent, ViewPart } from './query.ts';
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
  const index = policy.bindingIndexOn(principal, cluster);
  if (trace !== undefined) for (const binding of index.all) trace.binding(binding, judgeBinding(binding, ask));
  if (verdict.denials.length > 0) return denyByPolicies(policy, query, verdict.denials);
  const about = index.about(ask);
  const allowing = allowingOf(about, ask);
  if (allowing.bindings.length === 0)
    return explainDenial(policy, ask, index.allAt(query.at.getTime()), about.candidates);

  const isAboutSecrets = isSecrets(query.attributes);
  const permitted = isRestrictedToSecretReaders(settings, query.attributes)
    ? narrowed(allowing, isAboutSecrets, mayReadSecrets)
    : allowing;
  if (permitted.bindings.length === 0) return explainSecrets(policy, ask);
  const visible = filterable(permitted, isAboutSecrets, verdict);
  const { consequence } = visible;
  const view = viewOf(consequence, verdict);
  if (visible.bindings.length === 0 || view?.length === 0) {
    return denyByPolicies(policy, query, verdict.exclusion?.reasons ?? []);
  }
  const { limited } = permitted.consequence;
  const limits = verdict.limited === undefined ? limited : strictest(limited, verdict.limited);
  return allow(policy, ask, consequence, view, verdict, limits);
}

function denyByPolicies(policy: Policy, query: AccessQuery, reasons: readonly Reason[]): Decision {
  const [first, ...more] = reasons;
  const attempt = describeAttempt(query);
  const explained = first === undefined ? { message: attempt } : { ...first, message: `${attempt}: ${first.message}` };
  return deny(policy, [explained, ...more], []);
}

/** Of a listing that policies deny in part, only what roles with filtered lists allow can be given. */
function filterable(allowing: AllowingSet, isAboutSecrets: boolean, { exclusion }: PolicyVerdict): AllowingSet {
  if (exclusion === undefined) return allowing;
  return narrowed(allowing, isAboutSecrets, ({ binding }) => binding.compiledRole.role.filterLists === true);
}

/** What may be seen, less what policies deny; absent: all. */
function viewOf({ choice: { view } }: Consequence, { exclusion }: PolicyVerdict): readonly ViewPart[] | undefined {
  return exclusion === undefined ? view : excludeFrom(view ?? [{}], exclusion);
}

function allow(
  policy: Policy,
  ask: Ask,
  { choice: { groups }, reasons, ...all }: Consequence,
  view: readonly ViewPart[] | undefined,
  verdict: PolicyVerdict,
  limited: Limited | undefined,
): Decision {
  const { query, questions } = ask;
  const { attributes, settings, content, principal, loginSessionId } = query;
  const obligations: Obligation[] = [];
  if (isTerminal(attributes) && (settings?.requireRecording !== undefined || verdict.obligations.includes('record'))) {
    obligations.push({ kind: 'record' });
  }
  const isMasked = isSecrets(attributes) && (verdict.obligations.includes('maskSecrets') || !all.mayReadSecrets);
  if (isMasked && content !== undefined) {
    const problem = maskProblem(content);
    if (problem !== undefined) return deny(policy, [{ message: `${describeAttempt(query)}: ${problem}` }], []);
  }
  const hinges = verdict.dependsOnContent || all.dependsOnContent;
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
  return {
    effect: 'allow',
    impersonate,
    obligations,
    ...(limited !== undefined && { limits: limited.limits, limitedBy: limited.by }),
    ...(all.expiresAt !== undefined && { expiresAt: all.expiresAt }),
    ...((verdict.isConditional || all.isConditional) && { isConditional: true }),
    reasons,
    snapshotVersion: policy.version,
  };
}

/** What the body of a write would do to a Secret whose data are hidden from whoever writes it; `undefined` for nothing. */
function maskProblem({ holdsMask, revealsHidden }: RequestContent): string | undefined {
  if (holdsMask) return "the body holds the mask in place of a Secret's data, and would overwrite them with it";
  return revealsHidden ? 'the patch copies, moves or tests data of a Secret that are masked' : undefined;
}
