import type { RequestAttributes } from '@sallyport/core';
import type { Ask } from '../ask.ts';
import { showWord } from '../describe.ts';
import type { RequireStatement } from '../policy.ts';
import type { Reason } from '../query.ts';
import type { DecisionTrace } from '../trace.ts';
import { isListing } from '../view/collection.ts';
import type { CompiledAccessPolicy, CompiledStatement } from './compile-access-policy.ts';
import type { Overlap } from './overlap.ts';

/** What has been found so far, while the policies of one decision are gone through. */
export interface Judgement {
  readonly ask: Ask;
  readonly trace: DecisionTrace | undefined;
  readonly denials: FoundReason[];
  /** Why a listing is denied in part. */
  readonly excluding: FoundReason[];
  readonly exceptNamespaces: string[];
  readonly exceptNames: string[];
  readonly obligations: RequireStatement['obligations'][number][];
  /** Whether each condition holds that was asked; a text is why it failed. Absent before the first one. */
  conditions?: Map<CompiledStatement, boolean | string>;
  dependsOnContent: boolean;
  isConditional: boolean;
}

/** A reason with what it is sorted by, so that the order of documents never shows. */
interface FoundReason {
  readonly order: number;
  readonly reason: Reason;
}

/** Begins to judge. */
export function beginJudgement(ask: Ask, trace: DecisionTrace | undefined): Judgement {
  return {
    ask,
    trace,
    denials: [],
    excluding: [],
    exceptNamespaces: [],
    exceptNames: [],
    obligations: [],
    dependsOnContent: false,
    isConditional: false,
  };
}

/** A broken policy denies, since what it was meant to deny is not known. */
export function denyAsBroken(judgement: Judgement, { order, problem = '', source }: CompiledAccessPolicy): void {
  const message = `${problem}; until it is mended, it denies everything to those that it is about`;
  judgement.denials.push({ order, reason: { message, source } });
}

/** A statement denies the whole of the request, if its condition holds. `what` says which part of the request it is. */
export function denyAll(judgement: Judgement, statement: CompiledStatement, path: string, what = ''): void {
  const counting = counts(judgement, statement);
  if (counting === false) return;
  judgement.trace?.statement(statement, 'matches', path);
  judgement.denials.push(found(statement, path, counting, what));
}

/** A statement denies the request if its condition holds and the body says what nobody has read yet. */
export function denyByContent(judgement: Judgement, statement: CompiledStatement, path: string): void {
  if (counts(judgement, statement) === false) return;
  judgement.trace?.statement(statement, 'dependsOnContent', path);
  judgement.dependsOnContent = true;
}

/** A rule of a statement has something in common with an action of the request. */
export function meet(
  judgement: Judgement,
  statement: CompiledStatement,
  path: string,
  overlap: Overlap,
  action: RequestAttributes,
): void {
  if (statement.effect === 'require') {
    if (counts(judgement, statement) === false) return;
    judgement.trace?.statement(statement, 'matches', path);
    judgement.obligations.push(...statement.obligations);
    return;
  }
  // What is both in one of the namespaces and of one of the names can't be left out by either alone.
  if (overlap === 'all' || !isListing(action) || (overlap.namespaces && overlap.names)) {
    denyAll(judgement, statement, path);
    return;
  }
  const counting = counts(judgement, statement);
  if (counting === false) return;
  judgement.trace?.statement(statement, 'matchesPart', path);
  judgement.exceptNamespaces.push(...(overlap.namespaces ?? []));
  judgement.exceptNames.push(...(overlap.names ?? []));
  judgement.excluding.push(found(statement, path, counting, ` for ${describePart(overlap)}, which it would show`));
}

/** Each reason once, by the order of the documents and then of their lines. */
export function inOrder(found: readonly FoundReason[]): readonly Reason[] {
  const byText = new Map(found.map((one) => [`${one.reason.path ?? ''} ${one.reason.message}\n${one.order}`, one]));
  return [...byText.entries()]
    .sort(([a, { order: x }], [b, { order: y }]) => x - y || (a < b ? -1 : 1))
    .map(([, { reason }]) => reason);
}

/** Whether a statement counts now; a text is why its condition failed, which makes it count. */
function counts(judgement: Judgement, statement: CompiledStatement): boolean | string {
  if (statement.condition === undefined) return true;
  judgement.isConditional = true;
  judgement.conditions ??= new Map();
  const known = judgement.conditions.get(statement);
  if (known !== undefined) return known;
  const outcome = judgement.ask.holds(statement.condition);
  const counting = outcome.holds || (outcome.problem ?? false);
  judgement.conditions.set(statement, counting);
  if (counting === false) judgement.trace?.statement(statement, 'conditionDoesNotHold');
  return counting;
}

function found(
  { policy, message }: CompiledStatement,
  path: string,
  counting: boolean | string,
  what: string,
): FoundReason {
  const told = message === undefined ? '' : `: ${message}`;
  const failed = typeof counting === 'string' ? ` (its condition could not be evaluated: ${counting})` : '';
  return {
    order: policy.order,
    reason: {
      message: `policy ${showWord(policy.policy.name)} denies it${what}${told}${failed}`,
      source: policy.source,
      path,
    },
  };
}

function describePart({ namespaces, names }: Exclude<Overlap, 'all'>): string {
  const shown = (namespaces ?? names ?? []).slice(0, MAX_SHOWN).map(showWord);
  const rest = (namespaces ?? names ?? []).length - shown.length;
  const list = rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
  return namespaces === undefined ? list : `namespace ${list}`;
}

const MAX_SHOWN = 5;
