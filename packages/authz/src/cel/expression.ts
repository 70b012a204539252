import { TypeError as CelTypeError, EvaluationError, ParseError, type ParseResult } from '@marcbachmann/cel-js';
import { type ExpressionEnvironment, LINEAR_MATCHES } from './environment.ts';
import { MAX_EXPRESSION_CHARACTERS } from './limits.ts';
import { type Meter, meter } from './meter.ts';
import { type ExpressionPosition, positionOf } from './position.ts';
import { checkRanges, invalid, nodesOf, routeMatches } from './syntax-tree.ts';

/** What an evaluation came to. A failure is a value: expressions never throw. */
export type ExpressionOutcome =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly problem: string;
      readonly position?: ExpressionPosition;
      /** It reads something that the values don't have. */
      readonly isMissing?: true;
    };

/** A CEL expression that was parsed and whose types were checked. */
export interface Expression {
  readonly text: string;
  /** Type that the checker found, `dyn` when only the values will tell. */
  readonly type: string;
  /** Evaluates over values of the declared variables. Integers may be given as numbers. Never throws. */
  evaluate(values: Readonly<Record<string, unknown>>): ExpressionOutcome;
}

/**
 * Compiles a CEL expression: syntax, names, types, patterns and sizes are checked here, once, with the place of what is
 * wrong. `types` are the results that the caller can use; an expression of another type is refused, one of type `dyn`
 * is left to its evaluation.
 * @throws AuthzError `ERR_EXPRESSION_INVALID`
 */
export function compileExpression(
  text: string,
  environment: ExpressionEnvironment,
  types?: readonly string[],
): Expression {
  if (text.length > MAX_EXPRESSION_CHARACTERS) {
    throw invalid(text, 0, `the expression has ${text.length} characters, limit is ${MAX_EXPRESSION_CHARACTERS}`);
  }
  const parsed = parse(text, environment);
  const nodes = nodesOf(parsed.ast);
  routeMatches(text, nodes);
  checkRanges(text, nodes);
  const checked = parsed.check();
  if (!checked.valid) throw refused(text, checked.error);
  const type = checked.type ?? 'dyn';
  if (types !== undefined && type !== 'dyn' && !types.includes(type)) {
    throw invalid(text, 0, `the expression is of type ${type}, expected ${types.join(' or ')}`);
  }
  const cost = meter(nodes);
  return { text, type, evaluate: (values) => evaluate(text, parsed, cost, withIntegers(environment, values)) };
}

function parse(text: string, { cel }: ExpressionEnvironment): ParseResult {
  try {
    return cel.parse(text);
  } catch (error) {
    throw refused(text, error);
  }
}

function evaluate(
  text: string,
  parsed: ParseResult,
  cost: Meter,
  values: Readonly<Record<string, unknown>>,
): ExpressionOutcome {
  cost.reset();
  try {
    const value: unknown = parsed(values);
    if (cost.exceeded !== undefined) return { ok: false, problem: cost.exceeded };
    return { ok: true, value };
  } catch (error) {
    if (cost.exceeded !== undefined) return { ok: false, problem: cost.exceeded };
    if (!(error instanceof EvaluationError)) return { ok: false, problem: 'the expression failed' };
    return {
      ok: false,
      problem: ownWords(error.summary),
      ...(error.range && { position: positionOf(text, error.range.start) }),
      ...(error.code === 'no_such_key' && { isMissing: true }),
    };
  }
}

/** Integers of CEL are 64 bit wide; JSON and callers have numbers. */
function withIntegers(
  { variables }: ExpressionEnvironment,
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const converted: Record<string, unknown> = { ...values };
  for (const [name, type] of Object.entries(variables)) {
    const value = values[name];
    if (type === 'int' && Number.isSafeInteger(value)) converted[name] = BigInt(value as number);
  }
  return converted;
}

function refused(text: string, error: unknown): Error {
  if (!(error instanceof ParseError || error instanceof CelTypeError)) {
    return invalid(text, 0, 'the expression can not be read', error);
  }
  return invalid(text, error.range?.start ?? 0, ownWords(error.summary), error);
}

/** The engine speaks of functions by the names they have inside, and begins in upper case. */
function ownWords(summary: string): string {
  const text = summary.replaceAll(LINEAR_MATCHES, 'matches');
  return text.charAt(0).toLowerCase() + text.slice(1);
}
