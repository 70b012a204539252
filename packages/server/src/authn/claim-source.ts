import {
  AuthzError,
  compileExpression,
  createExpressionEnvironment,
  type Expression,
  type ExpressionEnvironment,
} from '@sallyport/authz';

/** Claims of a token or attributes of an assertion, by name. */
export type Claims = Readonly<Record<string, unknown>>;

/** What a source yields. Reading never throws. */
export type ClaimReading =
  | { readonly value: unknown }
  /** Nothing is there: no such claim, or an expression that reads one. */
  | { readonly isAbsent: true; readonly problem?: string }
  | { readonly problem: string };

/** Where a part of an identity comes from. */
export interface ClaimSource {
  /** For messages: `claim "groups"`, `expression "claims.groups"`. */
  readonly description: string;
  /** Whether `claim` is what it yields, as far as the text tells: under its own name, or inside an expression. */
  mentions(claim: string): boolean;
  read(claims: Claims): ClaimReading;
}

/** What marks an expression. */
const EXPRESSION_PREFIX = 'cel:';

let environment: ExpressionEnvironment | undefined;

/**
 * Compiles the name of a claim, a path such as `realm_access.roles`, or a CEL expression over `claims` after `cel:`. A
 * claim whose name has dots in it wins over a path: many providers name claims by address.
 * @throws AuthzError `ERR_EXPRESSION_INVALID`
 */
export function compileClaimSource(text: string, types: readonly string[]): ClaimSource {
  if (!text.startsWith(EXPRESSION_PREFIX)) return claimOrPath(text);
  const source = text.slice(EXPRESSION_PREFIX.length);
  environment ??= createExpressionEnvironment({ claims: 'map<string, dyn>' });
  return expressionSource(source, compileExpression(source, environment, types));
}

/** What is wrong with the text of a source, with its place; `undefined` for a good one. */
export function describeClaimSourceProblem(text: string, types: readonly string[]): string | undefined {
  try {
    compileClaimSource(text, types);
    return undefined;
  } catch (error) {
    if (error instanceof AuthzError) return error.message;
    throw error;
  }
}

function claimOrPath(text: string): ClaimSource {
  return {
    description: `claim ${JSON.stringify(text)}`,
    mentions: (claim) => claim === text,
    read(claims) {
      if (Object.hasOwn(claims, text)) return present(claims[text]);
      let value: unknown = claims;
      for (const part of text.split('.')) {
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        if (!isObject || !Object.hasOwn(value as object, part)) return { isAbsent: true };
        value = (value as Claims)[part];
      }
      return present(value);
    },
  };
}

function expressionSource(text: string, expression: Expression): ClaimSource {
  return {
    description: `expression ${JSON.stringify(text)}`,
    mentions: (claim) => new RegExp(`(?<![A-Za-z0-9_])${claim}(?![A-Za-z0-9_])`).test(text),
    read(claims) {
      // A claim that is null says nothing, exactly as one that is not there.
      const stated = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null));
      const outcome = expression.evaluate({ claims: stated });
      if (outcome.ok) return present(outcome.value);
      const { position, problem } = outcome;
      const where = position === undefined ? problem : `line ${position.line}, column ${position.column}: ${problem}`;
      return outcome.isMissing ? { isAbsent: true, problem: where } : { problem: where };
    },
  };
}

function present(value: unknown): ClaimReading {
  return value === undefined || value === null ? { isAbsent: true } : { value };
}
