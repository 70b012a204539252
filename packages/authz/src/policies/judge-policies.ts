import type { Ask } from '../ask.ts';
import { showWord } from '../describe.ts';
import { type Limited, limitedBy, strictest } from '../limits.ts';
import type { RequireStatement } from '../policy.ts';
import type { AccessQuery, Reason } from '../query.ts';
import type { DecisionTrace } from '../trace.ts';
import type { CompiledAccessPolicy, CompiledStatement } from './compile-access-policy.ts';
import { beginJudgement, denyAll, denyAsBroken, denyByContent, inOrder, type Judgement, meet } from './judgement.ts';
import { deletesNamespaces, protectsContent } from './namespace-content.ts';
import { isWithin, overlapOf } from './overlap.ts';
import type { PoliciesOn } from './policies-on.ts';

/** What the policies about somebody on a cluster say about one query. */
export interface PolicyVerdict {
  /** Why it is denied, by every statement that does; empty when none does. */
  readonly denials: readonly Reason[];
  /** What a listing must leave out, if it can: a role whose answers are not given in part is denied. */
  readonly exclusion?: Exclusion;
  /** Whether the body, which nobody has read yet, decides about a denial. */
  readonly dependsOnContent: boolean;
  readonly obligations: readonly RequireStatement['obligations'][number][];
  readonly limited?: Limited;
  /** Whether a condition had a say. */
  readonly isConditional: boolean;
}

/** The part of a listing that policies deny: what is in one of the namespaces, and what has one of the names. */
export interface Exclusion {
  readonly namespaces: readonly string[];
  readonly names: readonly string[];
  readonly reasons: readonly Reason[];
}

const SILENT: PolicyVerdict = { denials: [], dependsOnContent: false, obligations: [], isConditional: false };

/** Judges one query by the policies of everybody whom it concerns: who asks, and whom they act as. */
export function judgePolicies(sets: readonly PoliciesOn[], ask: Ask, trace?: DecisionTrace): PolicyVerdict {
  if (sets.every(isEmpty)) return SILENT;
  const judgement = beginJudgement(ask, trace);
  let limited: Limited | undefined;
  for (const set of sets) {
    for (const policy of set.broken) denyAsBroken(judgement, policy);
    judgeRules(judgement, set);
    for (const statement of set.privilegeStatements) judgePrivileges(judgement, statement);
    for (const policy of set.limiting) {
      if (!concerns(policy, ask.query)) continue;
      limited = strictest(limited, limitedBy(policy.limits, 'accessPolicy', policy.policy));
    }
  }
  const { denials, excluding, dependsOnContent, obligations, isConditional } = judgement;
  if (denials.length + excluding.length + obligations.length === 0 && limited === undefined) {
    if (!dependsOnContent && !isConditional) return SILENT;
  }
  return {
    denials: inOrder(denials),
    ...(excluding.length > 0 && { exclusion: exclusionOf(judgement) }),
    dependsOnContent,
    obligations,
    ...(limited !== undefined && { limited }),
    isConditional,
  };
}

function isEmpty({ policies }: PoliciesOn): boolean {
  return policies.length === 0;
}

function exclusionOf({ exceptNamespaces, exceptNames, excluding }: Judgement): Exclusion {
  return {
    namespaces: [...new Set(exceptNamespaces)].sort(),
    names: [...new Set(exceptNames)].sort(),
    reasons: inOrder(excluding),
  };
}

function judgeRules(judgement: Judgement, { rulesFor, denyRules }: PoliciesOn): void {
  const { query, deniable, questions } = judgement.ask;
  const { attributes, content, namespaceLabels } = query;
  for (const one of deniable) {
    for (const { statement, rule, path } of rulesFor(one.action)) {
      const overlap = overlapOf(rule, statement.policy.scope?.namespaces, one, namespaceLabels);
      if (overlap !== undefined) meet(judgement, statement, path, overlap, one.action);
    }
  }
  const { creation } = questions;
  if (creation !== undefined && content?.mayCreate !== false) {
    for (const { statement, rule, path } of rulesFor(creation)) {
      if (statement.effect !== 'deny') continue;
      const overlap = overlapOf(rule, statement.policy.scope?.namespaces, { action: creation }, namespaceLabels);
      if (overlap === undefined) continue;
      if (content === undefined) denyByContent(judgement, statement, path);
      else denyAll(judgement, statement, path, ', since it may create the object');
    }
  }
  if (!deletesNamespaces(attributes)) return;
  for (const one of denyRules) {
    if (!protectsContent(one, attributes, namespaceLabels)) continue;
    denyAll(judgement, one.statement, one.path, ' for what would be deleted with the namespace');
  }
}

function judgePrivileges(judgement: Judgement, statement: CompiledStatement): void {
  const { query, privileges, questions } = judgement.ask;
  if (!concerns(statement.policy, query)) return;
  const path = `${statement.path}.privileges`;
  for (const privilege of privileges) {
    if (statement.privileges.has(privilege)) denyAll(judgement, statement, path, ` (privilege ${privilege})`);
  }
  for (const { privilege, at } of query.content?.privileges ?? []) {
    if (!statement.privileges.has(privilege)) continue;
    denyAll(judgement, statement, path, ` (privilege ${privilege}, for ${showWord(at)})`);
  }
  if (query.content === undefined && questions.privileges.some((one) => statement.privileges.has(one))) {
    denyByContent(judgement, statement, path);
  }
}

/** Whether a request is about the namespaces of a policy. What is of no namespace reaches into every one. */
function concerns({ scope }: CompiledAccessPolicy, { attributes, namespaceLabels }: AccessQuery): boolean {
  if (scope?.namespaces === undefined) return true;
  if (attributes.kind === 'nonResource') return false;
  return attributes.namespace === '' || isWithin({}, scope.namespaces, attributes.namespace, namespaceLabels);
}
