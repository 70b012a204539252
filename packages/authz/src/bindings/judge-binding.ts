import type { Privilege } from '@sallyport/core';
import type { Ask } from '../ask.ts';
import type { CompiledBinding } from '../compile-binding.ts';
import type { Coverage } from '../compile-role.ts';
import { isWithin } from '../grants/window.ts';
import type { ViewPart } from '../query.ts';
import { isListing } from '../view/collection.ts';
import { intersectParts, partOfNamespaces } from '../view/view-part.ts';

/** What one binding that reaches the cluster says to a query: that it allows it, or the first thing that it lacks. */
export type BindingVerdict =
  | AllowingBinding
  | { readonly outcome: 'brokenRole' }
  | { readonly outcome: 'notCovered' }
  | { readonly outcome: 'otherNamespace' }
  /** A grant that is narrowed to objects, of which the request names none. */
  | { readonly outcome: 'otherObject' }
  /** `at`: what in the body needs it; absent when the request does whatever its body says. */
  | { readonly outcome: 'lacksPrivilege'; readonly privilege: Privilege; readonly at?: string }
  /** The request may create an object, and the role only covers changing one. */
  | { readonly outcome: 'mayNotCreate' }
  /** A grant whose time has not come, or is over. */
  | { readonly outcome: 'notStarted'; readonly startsAtMs: number }
  | { readonly outcome: 'ended' }
  | { readonly outcome: 'conditionDoesNotHold' }
  | { readonly outcome: 'conditionFailed'; readonly problem: string };

/** A binding that allows a query. */
export interface AllowingBinding {
  readonly outcome: 'allows';
  readonly binding: CompiledBinding;
  /** Index of the rule of its role; `undefined` for a role without rules. */
  readonly rule: number | undefined;
  /** What it lets see of a listing; `undefined` is all. */
  readonly parts: readonly ViewPart[] | undefined;
  /** Whether it allows only if the body, which nobody has read yet, says nothing more. */
  readonly dependsOnContent: boolean;
}

const BROKEN_ROLE: BindingVerdict = { outcome: 'brokenRole' };
const NOT_COVERED: BindingVerdict = { outcome: 'notCovered' };
const OTHER_NAMESPACE: BindingVerdict = { outcome: 'otherNamespace' };
const OTHER_OBJECT: BindingVerdict = { outcome: 'otherObject' };
const ENDED: BindingVerdict = { outcome: 'ended' };
const MAY_NOT_CREATE: BindingVerdict = { outcome: 'mayNotCreate' };
const CONDITION_DOES_NOT_HOLD: BindingVerdict = { outcome: 'conditionDoesNotHold' };

/** Judges a query by one binding that reaches its cluster. What costs the least comes first, the condition last. */
export function judgeBinding(binding: CompiledBinding, ask: Ask): BindingVerdict {
  const verdict = judgeRole(binding, ask);
  const { condition, grant } = binding;
  if (verdict.outcome !== 'allows') return verdict;
  if (grant !== undefined) {
    const atMs = ask.query.at.getTime();
    if (atMs < grant.startsAtMs) return { outcome: 'notStarted', startsAtMs: grant.startsAtMs };
    if (!isWithin(grant, atMs)) return ENDED;
  }
  if (condition === undefined) return verdict;
  const outcome = ask.holds(condition);
  if (outcome.holds) return verdict;
  return outcome.problem === undefined
    ? CONDITION_DOES_NOT_HOLD
    : { outcome: 'conditionFailed', problem: outcome.problem };
}

/**
 * The same but for the condition and the time of a grant. Depends on nothing but what the request does and where (its words; which of the names that
 * the documents know its namespace and its name are, or none), on the labels of the namespace where the scope is a selector
 * of them, and on what the body says.
 */
export function judgeRole(binding: CompiledBinding, ask: Ask): BindingVerdict {
  const { compiledRole, scope, grant } = binding;
  if (compiledRole.problem !== undefined) return BROKEN_ROLE;
  const { attributes, namespaceLabels } = ask.query;
  if (grant?.objects?.holds(attributes) === false) return OTHER_OBJECT;
  const isWithin = scope.holds(attributes, namespaceLabels);
  if (!isWithin && compiledRole.role.filterLists !== true) return OTHER_NAMESPACE;
  const coverage = compiledRole.coverageOf(ask.actions);
  if (coverage === undefined) return NOT_COVERED;
  const parts = isWithin ? coverage.parts : partsWithin(binding, coverage, ask);
  if (parts === 'none') return OTHER_NAMESPACE;
  for (const privilege of ask.privileges) {
    if (!compiledRole.privileges.has(privilege)) return { outcome: 'lacksPrivilege', privilege };
  }
  const dependsOnContent = judgeContent(binding, ask);
  if (typeof dependsOnContent !== 'boolean') return dependsOnContent;
  return { outcome: 'allows', binding, rule: coverage.rule, parts, dependsOnContent };
}

/** What of a listing over the whole cluster is within the namespaces of the binding. */
function partsWithin(
  { scope }: CompiledBinding,
  { parts = [{}] }: Coverage,
  { query }: Ask,
): readonly ViewPart[] | 'none' {
  const { attributes } = query;
  if (attributes.kind === 'nonResource' || attributes.namespace !== '' || !isListing(attributes)) return 'none';
  if (scope.namespaces === undefined) return 'none';
  const within = partOfNamespaces(attributes, scope.namespaces);
  if (within === undefined) return 'none';
  const left = parts.flatMap((part) => intersectParts(part, within) ?? []);
  return left.length === 0 ? 'none' : left;
}

/** Whether it takes the body to tell that this binding allows the query, or what the body says that it does not allow. */
function judgeContent({ compiledRole }: CompiledBinding, { query, questions }: Ask): boolean | BindingVerdict {
  const { content } = query;
  const { privileges, creation } = questions;
  const mayCreate = creation === undefined || compiledRole.coverageOf([creation]) !== undefined;
  if (content === undefined) return !mayCreate || privileges.some((one) => !compiledRole.privileges.has(one));
  for (const { privilege, at } of content.privileges) {
    if (!compiledRole.privileges.has(privilege)) return { outcome: 'lacksPrivilege', privilege, at };
  }
  return content.mayCreate && !mayCreate ? MAY_NOT_CREATE : false;
}
