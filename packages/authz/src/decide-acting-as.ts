import { describeNameProblem, type Principal, type ResourceAttributes } from '@sallyport/core';
import type { Policy } from './compile-policy.ts';
import { decide } from './decide.ts';
import { showWord } from './describe.ts';
import { deny } from './explain-denial.ts';
import { type Limited, strictest } from './limits.ts';
import type { AccessQuery, ActAs, Allow, Decision, Reason } from './query.ts';
import type { DecisionTrace } from './trace.ts';

/** Makes what one of the decisions behind a decision is told to. */
export type TraceOfStep = (query: AccessQuery) => DecisionTrace | undefined;

/**
 * Decides a query of somebody who asks to act as somebody else. First whether they may: a role of theirs has a rule with the
 * verb `impersonate` that names the user, and each of the groups, and has the privilege. Then the request itself, for the
 * other one with those groups (their own don't count, as in Kubernetes), under the policies about either of the two.
 */
export function decideActingAs(policy: Policy, query: AccessQuery, actAs: ActAs, traceOf?: TraceOfStep): Decision {
  const { actAs: _, content: __, ...asking } = query;
  const { userName, groups } = actAs;
  const badName = [userName, ...groups].find((name) => describeNameProblem(name) !== undefined);
  if (badName !== undefined) {
    return deny(policy, [{ message: `nobody acts as ${showWord(badName)}: it ${describeNameProblem(badName)}` }], []);
  }
  const rights: Allow[] = [];
  for (const attributes of [
    impersonationOf('users', userName),
    ...groups.map((name) => impersonationOf('groups', name)),
  ]) {
    const step = { ...asking, attributes };
    const right = decide(policy, step, [], traceOf?.(step));
    if (right.effect === 'deny') return right;
    rights.push(right);
  }
  if (actAs.principal?.userName !== userName) {
    return deny(policy, [{ message: `nobody in the organization has the name ${showWord(userName)}` }], []);
  }
  const step = {
    ...asking,
    ...(query.content !== undefined && { content: query.content }),
    principal: inGroups(actAs.principal, groups, query.principal),
  };
  const decision = decide(policy, step, [query.principal], traceOf?.(step));
  return decision.effect === 'deny' ? explained(decision, query.principal) : joined(decision, rights);
}

/** What one has to be allowed to act as somebody, in the words of Kubernetes. */
function impersonationOf(resource: 'users' | 'groups', name: string): ResourceAttributes {
  return {
    kind: 'resource',
    verb: 'impersonate',
    apiGroup: '',
    apiVersion: 'v1',
    resource,
    subresource: '',
    namespace: '',
    name,
    remainder: '',
    path: '',
  };
}

/** The other one, in the named groups and no other, and limited as the caller is. */
function inGroups(principal: Principal, groups: readonly string[], { permissionLimit }: Principal): Principal {
  return { ...principal, groups, localGroups: groups, ...(permissionLimit !== undefined && { permissionLimit }) };
}

function explained(decision: Extract<Decision, { effect: 'deny' }>, { userName }: Principal): Decision {
  const because: Reason = { message: `${showWord(userName)} asks to act as them` };
  return { ...decision, reasons: [...decision.reasons, because] };
}

function joined(decision: Allow, rights: readonly Allow[]): Allow {
  const limited = strictest(...[decision, ...rights].map(limitedOf));
  const ends = [decision, ...rights].flatMap(({ expiresAt }) => expiresAt?.getTime() ?? []);
  const isConditional = decision.isConditional ?? rights.some((right) => right.isConditional);
  return {
    ...decision,
    ...(limited !== undefined && { limits: limited.limits, limitedBy: limited.by }),
    ...(ends.length > 0 && { expiresAt: new Date(Math.min(...ends)) }),
    ...(isConditional && { isConditional }),
    reasons: [...rights.flatMap(({ reasons }) => reasons), ...decision.reasons],
  };
}

function limitedOf({ limits, limitedBy = [] }: Allow): Limited | undefined {
  return limits && { limits, by: limitedBy };
}
