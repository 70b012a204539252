import type { ExpressionEnvironment } from './environment.ts';
import { compileExpression } from './expression.ts';

/** Whether a condition holds; when it does not because it failed, why. */
export type ConditionOutcome = { readonly holds: true } | { readonly holds: false; readonly problem?: string };

/** A CEL expression that is true or false. */
export interface Condition {
  readonly text: string;
  /** Never throws: a condition that fails, or yields anything but `true`, does not hold. */
  evaluate(values: Readonly<Record<string, unknown>>): ConditionOutcome;
}

/**
 * Compiles a condition. What is wrong with it is found here, with its place; what goes wrong later makes it not hold.
 * @throws AuthzError `ERR_EXPRESSION_INVALID`
 */
export function compileCondition(text: string, environment: ExpressionEnvironment): Condition {
  const expression = compileExpression(text, environment, ['bool']);
  return {
    text,
    evaluate(values) {
      const outcome = expression.evaluate(values);
      if (!outcome.ok) {
        const { position, problem } = outcome;
        return {
          holds: false,
          problem: position === undefined ? problem : `line ${position.line}, column ${position.column}: ${problem}`,
        };
      }
      if (outcome.value === true) return { holds: true };
      return outcome.value === false
        ? { holds: false }
        : { holds: false, problem: 'the condition is not true or false' };
    },
  };
}
