import { compileExpression, type Expression } from '../cel/expression.ts';
import { AuthzError } from '../errors.ts';
import { requestEnvironment } from './request-facts.ts';

/** What a condition of a request policy comes to. `unknown`: it reads what is not known. */
export type RequestVerdict = 'holds' | 'doesNotHold' | 'unknown';

/** A condition of a request policy: ready to be asked, or what is wrong with it. */
export interface RequestCondition {
  readonly problem?: string;
  /** Total: one with a problem never holds, and neither does one that fails. */
  judge(facts: Readonly<Record<string, unknown>>): RequestVerdict;
}

/** Conditions by their text. Every change of a document compiles the policy anew, and nearly all of its conditions are those of before. */
const compiled = { request: new Map<string, RequestCondition>(), review: new Map<string, RequestCondition>() };
const MAX_REMEMBERED = 2_000;

/** Compiles a condition about a request, or in a step about a request and its reviewer. */
export function compileRequestCondition(text: unknown, about: 'request' | 'review'): RequestCondition {
  if (typeof text !== 'string') return broken('is not text');
  const known = compiled[about].get(text);
  if (known !== undefined) return known;
  if (compiled[about].size >= MAX_REMEMBERED) compiled[about].clear();
  const condition = compile(text, about);
  compiled[about].set(text, condition);
  return condition;
}

function compile(text: string, about: 'request' | 'review'): RequestCondition {
  let expression: Expression;
  try {
    expression = compileExpression(text, requestEnvironment(about), ['bool']);
  } catch (error) {
    if (!(error instanceof AuthzError)) throw error;
    return broken(error.message);
  }
  return {
    judge(facts) {
      const outcome = expression.evaluate(facts);
      if (outcome.ok) return outcome.value === true ? 'holds' : 'doesNotHold';
      return outcome.isMissing === true ? 'unknown' : 'doesNotHold';
    },
  };
}

function broken(problem: string): RequestCondition {
  return { problem, judge: () => 'doesNotHold' };
}
