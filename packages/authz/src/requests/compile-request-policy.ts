import type { RoleId } from '@sallyport/core';
import { RE2JS } from 're2js';
import type { CompiledRole } from '../compile-role.ts';
import { type CompiledScope, compileScope } from '../compile-scope.ts';
import { OWN_ROLE_PREFIX, type RequestPolicy, type ReviewStep } from '../policy.ts';
import type { Selecting } from '../subject-index.ts';
import { compileRequestCondition, type RequestCondition } from './request-condition.ts';
import { describeRequestPolicyProblems } from './request-policy-problems.ts';

/** A request policy that is ready to be asked. */
export interface CompiledRequestPolicy extends Selecting {
  readonly policy: RequestPolicy;
  /** What is wrong with it, as one phrase. One with a problem lets nobody ask for anything. */
  readonly problem?: string;
  /** Roles that it gives: those of its organization that are sound, and none that only Sallyport itself holds. */
  readonly roles: readonly CompiledRole[];
  readonly scope: CompiledScope;
  readonly condition?: RequestCondition;
  readonly autoApprove?: RequestCondition;
  readonly steps: readonly CompiledStep[];
  /** How many approvals a request takes in all. */
  readonly approvals: number;
  /** Whether a ticket id is one as the policy wants it; absent when it wants none. */
  matchesTicket?(ticket: string): boolean;
}

/** A step that is ready to be asked. */
export interface CompiledStep {
  readonly step: ReviewStep;
  readonly condition?: RequestCondition;
}

/** Makes a request policy ready. Total: one with problems lets nobody ask for anything, and has no steps. */
export function compileRequestPolicy(
  policy: RequestPolicy,
  order: number,
  roles: ReadonlyMap<RoleId, CompiledRole>,
): CompiledRequestPolicy {
  const { organizationId, condition, autoApprove, ticketPattern } = policy;
  const scope = compileScope(policy.scope);
  const [problem] = describeRequestPolicyProblems(policy);
  if (problem !== undefined) {
    const said = `request policy ${policy.name} is broken: ${problem.path} ${problem.message}`;
    return { policy, problem: said, organizationId, subjects: [], order, roles: [], scope, steps: [], approvals: 0 };
  }
  const pattern = ticketPattern === undefined ? undefined : RE2JS.compile(ticketPattern);
  return {
    policy,
    organizationId,
    subjects: policy.requesters,
    order,
    roles: [...new Set(policy.roleIds)].flatMap((id) => {
      const role = roles.get(id);
      return role !== undefined && isGivable(role) && role.role.organizationId === organizationId ? role : [];
    }),
    scope,
    ...(condition !== undefined && { condition: compileRequestCondition(condition, 'request') }),
    ...(autoApprove !== undefined && { autoApprove: compileRequestCondition(autoApprove, 'request') }),
    steps: policy.steps.map((step) => ({
      step,
      ...(step.condition !== undefined && { condition: compileRequestCondition(step.condition, 'review') }),
    })),
    approvals: policy.steps.reduce((sum, { approvals }) => sum + approvals, 0),
    ...(pattern !== undefined && { matchesTicket: (ticket) => pattern.matches(ticket) }),
  };
}

function isGivable({ role, problem }: CompiledRole): boolean {
  return problem === undefined && !role.name.startsWith(OWN_ROLE_PREFIX);
}
