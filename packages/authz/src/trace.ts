import type { BindingVerdict } from './bindings/judge-binding.ts';
import type { CompiledBinding } from './compile-binding.ts';
import type { CompiledStatement } from './policies/compile-access-policy.ts';

/**
 * What a statement of a policy came to: it covers the request, or part of what the request would show; what the body says
 * decides; its condition does not hold; it is about something else.
 */
export type StatementOutcome = 'matches' | 'matchesPart' | 'dependsOnContent' | 'conditionDoesNotHold' | 'doesNotMatch';

/** Told what a decision goes through while it is made. Tells nothing back, so it can't change the decision. */
export interface DecisionTrace {
  binding(binding: CompiledBinding, verdict: BindingVerdict): void;
  /** The same statement may be told several times. */
  statement(statement: CompiledStatement, outcome: StatementOutcome, path?: string): void;
}
