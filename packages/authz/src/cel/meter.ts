import { LINEAR_MATCHES } from './environment.ts';
import { MAX_STEPS, MAX_VALUE_CHARACTERS, MAX_VALUE_ELEMENTS } from './limits.ts';
import type { Evaluate, TreeNode } from './syntax-tree.ts';

/** Counts what one evaluation costs, and stops it when that is too much. */
export interface Meter {
  /** Before an evaluation. */
  reset(): void;
  /**
   * What went over a limit, if anything did. To be asked after an evaluation that ended well too: `||` and `exists` take
   * the value of their other side when one fails.
   */
  readonly exceeded: string | undefined;
}

const UNITS_PER_STEP = 16;

/**
 * Makes a tree count: each node adds a step, and the size of what it yields. A size above its limit is refused where it
 * comes up, so that doubling a text thirty times ends at the first one that is too long.
 */
export function meter(nodes: ReadonlySet<TreeNode>): Meter {
  let steps = 0;
  let exceeded: string | undefined;
  const fail = (problem: string): never => {
    exceeded = problem;
    throw new Error(problem);
  };

  const metered =
    (evaluate: Evaluate, weight: number): Evaluate =>
    (evaluator, node, context) => {
      if (exceeded !== undefined) throw new Error(exceeded);
      const value = evaluate(evaluator, node, context);
      steps += 1 + (sizeOf(value, fail) * weight) / UNITS_PER_STEP;
      if (steps > MAX_STEPS) fail(`the expression takes more than ${MAX_STEPS} steps`);
      return value;
    };

  const weights = matchWeights(nodes);
  for (const node of nodes) {
    const { op } = node as { readonly op: string };
    // Literals cost nothing; accumulators hand the same list on and on, which the comprehension around them counts once.
    if (op !== 'value' && !op.startsWith('accu'))
      node.setMeta('evaluate', metered(node.meta.evaluate, weights.get(node) ?? 1));
  }
  return {
    reset() {
      steps = 0;
      exceeded = undefined;
    },
    get exceeded() {
      return exceeded;
    },
  };
}

/** Matching is linear in the text, times the pattern: the text that a pattern runs over counts that much more. */
function matchWeights(nodes: ReadonlySet<TreeNode>): ReadonlyMap<unknown, number> {
  const weights = new Map<unknown, number>();
  for (const node of nodes) {
    if (node.op !== 'rcall' || node.args[0] !== LINEAR_MATCHES) continue;
    const [, receiver, [pattern]] = node.args;
    weights.set(receiver, Math.max(1, String(pattern?.args).length));
  }
  return weights;
}

function sizeOf(value: unknown, fail: (problem: string) => never): number {
  if (typeof value === 'string') {
    if (value.length <= MAX_VALUE_CHARACTERS) return value.length;
    return fail(`a text has ${value.length} characters, limit is ${MAX_VALUE_CHARACTERS}`);
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return 0;
  const count = Array.isArray(value) ? value.length : value instanceof Map ? value.size : Object.keys(value).length;
  if (count <= MAX_VALUE_ELEMENTS) return count;
  return fail(`a list or map has ${count} elements, limit is ${MAX_VALUE_ELEMENTS}`);
}
