import { Environment } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { RE2JS } from 're2js';
import { addressRangeOf } from './address-range.ts';
import { MAX_AST_NODES, MAX_DEPTH, MAX_LITERAL_ELEMENTS } from './limits.ts';

/** Types that a variable of an expression can be declared with. */
export type ExpressionType =
  | 'string'
  | 'int'
  | 'double'
  | 'bool'
  | 'timestamp'
  | 'duration'
  | 'list<string>'
  | 'map<string, string>'
  | 'map<string, dyn>'
  | 'dyn';

/** A variable with fields of its own. Its values are instances of `of`; a field that one lacks is missing, as in a map. */
export interface ExpressionObject {
  readonly of: new (...values: never) => object;
  readonly fields: Readonly<Record<string, ExpressionType>>;
}

/** What expressions of one kind may name. Made once by {@link createExpressionEnvironment}. */
export interface ExpressionEnvironment {
  readonly variables: Readonly<Record<string, ExpressionType | ExpressionObject>>;
  /** The engine behind it. */
  readonly cel: Environment;
}

/** What `matches` is called inside, since the engine's own one runs on backtracking regular expressions. */
export const LINEAR_MATCHES = 'matchesInLinearTime';

/** `network.address.inRange("10.0.0.0/8")`: whether an address is in a range. */
export const IN_RANGE = 'inRange';

/** Declares the variables of a kind of expressions. Costs milliseconds: make one per kind, not one per expression. */
export function createExpressionEnvironment(
  variables: Readonly<Record<string, ExpressionType | ExpressionObject>>,
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
  for (const [name, type] of Object.entries(variables)) {
    if (typeof type === 'string') {
      cel.registerVariable(name, typeName(type));
    } else {
      const fields = Object.entries(type.fields).map(([field, of]) => [field, typeName(of)]);
      cel.registerType(`${name} facts`, { ctor: type.of, fields: Object.fromEntries(fields) });
      cel.registerVariable(name, `${name} facts`);
    }
  }
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
  cel.registerFunction(
    `string.${IN_RANGE}(string): bool`,
    (address: string, range: string) => addressRangeOf(range)(address),
    { async: false },
  );
  return { variables, cel };
}

/** The engine knows these types by the names of their messages; `timestamp` would be a type that nothing can be done with. */
const MESSAGES: Partial<Readonly<Record<ExpressionType, string>>> = {
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
};

function typeName(type: ExpressionType): string {
  return MESSAGES[type] ?? type;
}

/** A value of the type `duration`. */
export function durationValue(milliseconds: number): object {
  return Duration.fromMilliseconds(milliseconds);
}

const MAX_REMEMBERED_PATTERNS = 1_000;
