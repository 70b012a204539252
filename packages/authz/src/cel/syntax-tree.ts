import type { ASTNode } from '@marcbachmann/cel-js';
import { RE2JS, RE2JSException } from 're2js';
import { AuthzError } from '../errors.ts';
import { addressRangeOf } from './address-range.ts';
import { IN_RANGE, LINEAR_MATCHES } from './environment.ts';
import { positionOf } from './position.ts';

/** A node with what the engine keeps beside it: how it is evaluated, and what a macro was expanded to. */
export type TreeNode = ASTNode & {
  readonly meta: { readonly evaluate: Evaluate; readonly alternate?: TreeNode };
  setMeta(key: 'evaluate', evaluate: Evaluate): unknown;
};

/** How the engine evaluates a node. */
export type Evaluate = (evaluator: unknown, node: unknown, context: unknown) => unknown;

/** Every node of a tree once, those that macros were expanded to included. */
export function nodesOf(root: ASTNode): ReadonlySet<TreeNode> {
  const found = new Set<TreeNode>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || found.has(value as TreeNode)) return;
    if (Array.isArray(value)) {
      value.forEach(visit);
      return;
    }
    if (isNode(value)) {
      found.add(value);
      visit(value.args);
      visit(value.meta.alternate);
      return;
    }
    // The engine's comprehension: an object of nodes beside settings of its own.
    if (Object.getPrototypeOf(value) === Object.prototype) Object.values(value).filter(isNodeOrList).forEach(visit);
  };
  visit(root);
  return found;
}

/**
 * Sends every `matches` of a tree to the linear-time engine. Patterns have to be literals: so a wrong one is found when
 * the expression is saved, and nobody who sends claims can send a pattern.
 * @throws AuthzError `ERR_EXPRESSION_INVALID`
 */
export function routeMatches(text: string, nodes: ReadonlySet<TreeNode>): void {
  for (const node of nodes) {
    if (node.op !== 'rcall') continue;
    const [name, , args] = node.args;
    if (name === LINEAR_MATCHES) throw invalid(text, node.start, `unknown function ${LINEAR_MATCHES}`);
    if (name !== 'matches') continue;
    const [pattern] = args;
    if (pattern === undefined || args.length > 1) continue;
    if (pattern.op !== 'value' || typeof pattern.args !== 'string') {
      throw invalid(text, pattern.start, 'the pattern of matches() must be a literal text');
    }
    try {
      RE2JS.compile(pattern.args);
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error;
      throw invalid(text, pattern.start, `the pattern of matches() is refused: ${error.message}`);
    }
    (node.args as unknown as [string])[0] = LINEAR_MATCHES;
  }
}

/**
 * Checks every range of addresses in a tree. They have to be literals, so that a wrong one is found when the expression is
 * saved and not by whoever it lets in or locks out.
 * @throws AuthzError `ERR_EXPRESSION_INVALID`
 */
export function checkRanges(text: string, nodes: ReadonlySet<TreeNode>): void {
  for (const node of nodes) {
    if (node.op !== 'rcall' || node.args[0] !== IN_RANGE) continue;
    const [range] = node.args[2];
    if (range === undefined) continue;
    if (range.op !== 'value' || typeof range.args !== 'string') {
      throw invalid(text, range.start, `the range of ${IN_RANGE}() must be a literal text`);
    }
    try {
      addressRangeOf(range.args);
    } catch {
      throw invalid(text, range.start, `the range of ${IN_RANGE}() is neither an address nor a CIDR block`);
    }
  }
}

/** The error of an expression that can't be compiled, with the place. */
export function invalid(text: string, offset: number, problem: string, cause?: unknown): AuthzError {
  const { line, column } = positionOf(text, offset);
  return new AuthzError({
    code: 'ERR_EXPRESSION_INVALID',
    message: `line ${line}, column ${column}: ${problem}`,
    cause,
  });
}

function isNode(value: object): value is TreeNode {
  return 'op' in value && 'meta' in value && 'setMeta' in value;
}

function isNodeOrList(value: unknown): boolean {
  return Array.isArray(value) || (typeof value === 'object' && value !== null && isNode(value));
}
