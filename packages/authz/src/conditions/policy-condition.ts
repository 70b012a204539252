import { type Condition, type ConditionOutcome, compileCondition } from '../cel/condition.ts';
import { AuthzError } from '../errors.ts';
import { conditionEnvironment } from './condition-facts.ts';

/** A condition of a document: ready to be asked, or what is wrong with it. */
export type PolicyCondition = Pick<Condition, 'evaluate'> & { readonly problem?: string };

/** Why a condition of a binding or an access policy can't be compiled, with the place; `undefined` for a sound one. */
export function describeConditionProblem(text: string): string | undefined {
  return compilePolicyCondition(text)?.problem;
}

/**
 * Conditions by their text. Every change of a document compiles the whole policy anew, and nearly all of its conditions are
 * those of before.
 */
const compiled = new Map<string, PolicyCondition>();
const MAX_REMEMBERED = 2_000;

/** Compiles the condition of a document. Total: one with a problem never holds, and says so. */
export function compilePolicyCondition(text: string | undefined): PolicyCondition | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') return broken('is not text');
  const known = compiled.get(text);
  if (known !== undefined) return known;
  if (compiled.size >= MAX_REMEMBERED) compiled.clear();
  const condition = compile(text);
  compiled.set(text, condition);
  return condition;
}

function compile(text: string): PolicyCondition {
  try {
    return compileCondition(text, conditionEnvironment());
  } catch (error) {
    if (!(error instanceof AuthzError)) throw error;
    return broken(error.message);
  }
}

function broken(problem: string): PolicyCondition {
  const outcome: ConditionOutcome = { holds: false, problem };
  return { problem, evaluate: () => outcome };
}
