import type { AccessPolicyId, BindingId, GrantId } from '@sallyport/core';
import { requiredActions } from './action.ts';
import type { BindingVerdict } from './bindings/judge-binding.ts';
import type { CompiledBinding } from './compile-binding.ts';
import type { Policy } from './compile-policy.ts';
import { decide } from './decide.ts';
import { decideActingAs } from './decide-acting-as.ts';
import { describeAction } from './describe.ts';
import { totally } from './evaluate.ts';
import type { CompiledAccessPolicy, CompiledStatement } from './policies/compile-access-policy.ts';
import type { AccessQuery, Decision } from './query.ts';
import type { DecisionTrace, StatementOutcome } from './trace.ts';

/** A decision with what each document had to say to it. */
export interface Explanation {
  /** The very decision of `evaluate`. */
  readonly decision: Decision;
  /**
   * What was decided on the way: the request itself, and before it, for somebody who asks to act as somebody else, the right
   * to do so. Empty when the decision needed no document.
   */
  readonly steps: readonly ExplanationStep[];
}

/** One of the decisions behind a decision. */
export interface ExplanationStep {
  /** Whose roles decide. */
  readonly userName: string;
  /** What roles have to cover, in the words of rules, for example `create pods/exec web-0 in namespace shop`. */
  readonly actions: readonly string[];
  /** Every binding and every grant of the principal, in the order of their ids. */
  readonly bindings: readonly ExplainedBinding[];
  /** Every statement of the access policies about the principal, in the order of their ids and lines. */
  readonly statements: readonly ExplainedStatement[];
}

/** What a binding or a grant came to. */
export interface ExplainedBinding {
  /** Absent when it is a grant. */
  readonly bindingId?: BindingId;
  /** Absent when it is a binding. */
  readonly grantId?: GrantId;
  readonly roleName: string;
  /** `allows`, or the first thing that keeps it from that, in the order in which they are listed here. */
  readonly outcome: BindingVerdict['outcome'] | 'otherCluster';
  /** The rule of the role that covers the request, for example `rules[2]`; absent for a role without rules. */
  readonly rule?: string;
  /** Whether it shows only part of what is listed. */
  readonly isPartial?: true;
  /** Whether it allows only if the body says nothing more. */
  readonly dependsOnContent?: true;
  /** What is lacking or wrong, as one phrase. */
  readonly detail?: string;
}

/** What a statement of an access policy came to. */
export interface ExplainedStatement {
  readonly policyId: AccessPolicyId;
  readonly policyName: string;
  readonly effect: 'deny' | 'require';
  /** For example `deny[0]`; where a rule of it matched, `deny[0].rules[1]`. Empty for a policy that is broken. */
  readonly path: string;
  readonly outcome: StatementOutcome | 'otherCluster' | 'brokenPolicy';
}

/** Decides as `evaluate` does, by the same code, and tells what each document had to say. */
export function explain(policy: Policy, query: AccessQuery): Explanation {
  const steps: ExplanationStep[] = [];
  const traceOf = (step: AccessQuery): DecisionTrace => {
    const recorder = createRecorder(policy, step);
    steps.push(recorder.step);
    return recorder;
  };
  const { actAs } = query;
  const decision = totally(policy, () =>
    actAs === undefined ? decide(policy, query, [], traceOf(query)) : decideActingAs(policy, query, actAs, traceOf),
  );
  return { decision, steps };
}

interface Recorder extends DecisionTrace {
  readonly step: ExplanationStep;
}

/** Begins with what no decision asks about, and is told the rest. */
function createRecorder(policy: Policy, { principal, cluster, attributes }: AccessQuery): Recorder {
  const bindings = new Map<string, ExplainedBinding>();
  const held = [...policy.bindingsOf(principal), ...policy.grantsOf(principal)];
  for (const binding of held) bindings.set(binding.binding.id, explainBinding(binding));
  const reached = new Set(policy.policiesOn(principal, cluster).policies);
  const statements = new Map<CompiledStatement | CompiledAccessPolicy, ExplainedStatement>();
  for (const one of policy.accessPoliciesOf(principal)) {
    const isReached = reached.has(one);
    if (one.problem !== undefined) {
      const outcome = isReached ? 'brokenPolicy' : 'otherCluster';
      statements.set(one, { ...namesOf(one), effect: 'deny', path: '', outcome });
    }
    for (const statement of one.statements) {
      statements.set(statement, explainStatement(statement, isReached ? 'doesNotMatch' : 'otherCluster'));
    }
  }
  return {
    step: {
      userName: principal.userName,
      actions: requiredActions(attributes).map(describeAction),
      get bindings() {
        return [...bindings.values()];
      },
      get statements() {
        return [...statements.values()];
      },
    },
    binding(binding, verdict) {
      bindings.set(binding.binding.id, explainBinding(binding, verdict));
    },
    statement(statement, outcome, path) {
      const known = statements.get(statement);
      if (known !== undefined && STRENGTH[known.outcome] >= STRENGTH[outcome]) return;
      statements.set(statement, { ...explainStatement(statement, outcome), ...(path !== undefined && { path }) });
    },
  };
}

/** Of several things that a statement came to, the one that says most. */
const STRENGTH: Readonly<Record<ExplainedStatement['outcome'], number>> = {
  otherCluster: 0,
  doesNotMatch: 1,
  conditionDoesNotHold: 2,
  dependsOnContent: 3,
  matchesPart: 4,
  matches: 5,
  brokenPolicy: 6,
};

function explainBinding(compiled: CompiledBinding, verdict?: BindingVerdict): ExplainedBinding {
  const { binding, compiledRole, grant } = compiled;
  const names = {
    ...(grant === undefined ? { bindingId: binding.id as BindingId } : { grantId: grant.id }),
    roleName: compiledRole.role.name,
  };
  if (verdict === undefined) return { ...names, outcome: 'otherCluster' };
  const { outcome } = verdict;
  switch (outcome) {
    case 'allows':
      return {
        ...names,
        outcome,
        ...(verdict.rule !== undefined && { rule: `rules[${verdict.rule}]` }),
        ...(verdict.parts !== undefined && { isPartial: true }),
        ...(verdict.dependsOnContent && { dependsOnContent: true }),
      };
    case 'lacksPrivilege': {
      const { privilege, at } = verdict;
      return { ...names, outcome, detail: at === undefined ? privilege : `${privilege}, for ${at}` };
    }
    case 'conditionFailed':
      return { ...names, outcome, detail: verdict.problem };
    case 'brokenRole':
      return { ...names, outcome, ...(compiledRole.problem !== undefined && { detail: compiledRole.problem }) };
    case 'notStarted':
      return { ...names, outcome, detail: `it starts at ${new Date(verdict.startsAtMs).toISOString()}` };
    default:
      return { ...names, outcome };
  }
}

function explainStatement(statement: CompiledStatement, outcome: ExplainedStatement['outcome']): ExplainedStatement {
  const { policy, effect, path } = statement;
  return { ...namesOf(policy), effect, path, outcome };
}

function namesOf({ policy }: CompiledAccessPolicy) {
  return { policyId: policy.id, policyName: policy.name };
}
