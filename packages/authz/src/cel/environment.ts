import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { MAX_AST_NODES, MAX_DEPTH, MAX_LITERAL_ELEMENTS } from './limits.ts';

/** Types that a variable of an expression can be declared with. */
export type ExpressionType =
  | 'string'
  | 'int'
  | 'double'
  | 'bool'
  | 'timestamp'
  | 'list<string>'
  | 'map<string, string>'
  | 'map<string, dyn>'
  | 'dyn';

/** What expressions of one kind may name. Made once by {@link createExpressionEnvironment}. */
export interface ExpressionEnvironment {
  readonly variables: Readonly<Record<string, ExpressionType>>;
  /** The engine behind it. */
  readonly cel: Environment;
}

/** What `matches` is called inside, since the engine's own one runs on backtracking regular expressions. */
export const LINEAR_MATCHES = 'matchesInLinearTime';

/** Declares the variables of a kind of expressions. Costs milliseconds: make one per kind, not one per expression. */
export function createExpressionEnvironment(
  variables: Readonly<Record<string, ExpressionType>>,
): ExpressionEnvironment {
  const cel = new Environment({
    // `claims.groups + ["extra"]`: lists out of claims are of any type, which literals need not share.
    homogeneousAggregateLiterals: false,
    limits: {
      maxAstNodes: MAX_AST_NODES,
      maxDepth: MAX_DEPTH,
      maxListElements: MAX_LITERAL_ELEMENTS,
      maxMapEntries: MAX_LITERAL_ELEMENTS,
    },
  });
  for (const [name, type] of Object.entries(variables)) cel.registerVariable(name, type);
  // Patterns are literals, checked when the expression is compiled, so few of them are ever seen.
  const patterns = new Map<string, RE2JS>();
  cel.registerFunction(
    `string.${LINEAR_MATCHES}(string): bool`,
    (text: string, pattern: string) => {
      let compiled = patterns.get(pattern);
      if (compiled === undefined) {
        if (patterns.size >= MAX_REMEMBERED_PATTERNS) patterns.clear();
        compiled = RE2JS.compile(pattern);
        patterns.set(pattern, compiled);
      }
      return compiled.matcher(text).find();
    },
    { async: false },
  );
  return { variables, cel };
}

const MAX_REMEMBERED_PATTERNS = 1_000;
