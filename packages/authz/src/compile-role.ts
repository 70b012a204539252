import type { Privilege, RequestAttributes } from '@sallyport/core';
import { showWord } from './describe.ts';
import { matchRule, matchRuleWords, viewOfRule } from './match-rule.ts';
import type { Role, Rule } from './policy.ts';
import { isImpersonation } from './privileges/needed-privileges.ts';
import type { ViewPart } from './query.ts';
import { describeRoleProblems } from './role-problems.ts';
import { admitsEverything } from './view/view-part.ts';

/** A role that is ready to be asked. */
export interface CompiledRole {
  readonly role: Role;
  /** What is wrong with it, as one phrase. A role with a problem covers nothing and permits nothing. */
  readonly problem?: string;
  /** What it allows on Sallyport itself. */
  readonly permissions: ReadonlySet<string>;
  /** Dangerous actions that it names. */
  readonly privileges: ReadonlySet<Privilege>;
  /**
   * What this role by itself covers of `actions` (see `requiredActions`) and of what they answer with; `undefined` when it
   * lacks one of them. Privileges apart.
   */
  coverageOf(actions: readonly RequestAttributes[]): Coverage | undefined;
  /**
   * Whether it can cover actions with these words at all, whatever their objects. A role with a problem says so, since it has
   * something to say to every request.
   */
  mayCover(actions: readonly RequestAttributes[]): boolean;
}

/** How a role covers something. */
export interface Coverage {
  /** Index of the rule, the first of them; absent where the role has no rules. */
  readonly rule?: number;
  /** Objects that it covers, of a list for example; absent: all of them. */
  readonly parts?: readonly ViewPart[];
}

/** Makes a role ready. Total: one with problems covers and permits nothing, and says so. */
export function compileRole(role: Role): CompiledRole {
  const problems = describeRoleProblems(role);
  if (problems.length > 0) {
    const problem = `role ${showWord(role.name)} is broken: ${problems.join('; ')}`;
    return {
      role,
      problem,
      permissions: new Set(),
      privileges: new Set(),
      coverageOf: () => undefined,
      mayCover: () => true,
    };
  }
  const { rules, ceilingGroups } = role;
  const compiled = { role, permissions: new Set(role.permissions), privileges: new Set(role.privileges) };
  // No ceiling, no Kubernetes side: the person would reach the cluster as somebody without a group, which is not nobody.
  if (ceilingGroups.length === 0) return { ...compiled, coverageOf: () => undefined, mayCover: () => false };
  if (rules === undefined) {
    // Whom one may act as has to be said; a ceiling says it of nobody.
    return {
      ...compiled,
      coverageOf: (actions) => (actions.some(isActingAs) ? undefined : CEILING),
      mayCover: (actions) => !actions.some(isActingAs),
    };
  }
  const coverageOfOne = indexRules(rules, role.filterLists === true);
  return {
    ...compiled,
    coverageOf(actions) {
      const [first] = actions;
      if (first === undefined) return undefined;
      const coverage = coverageOfOne(first);
      // Parts are parts of an answer, and several actions have no answer in common.
      if (actions.length === 1 || coverage === undefined) return coverage;
      return actions.every((action) => isWhole(coverageOfOne(action))) ? coverage : undefined;
    },
    mayCover: (actions) => actions.every((action) => rules.some((rule) => matchRuleWords(rule, action))),
  };
}

const CEILING: Coverage = {};

function isWhole(coverage: Coverage | undefined): boolean {
  return coverage !== undefined && coverage.parts === undefined;
}

function isActingAs({ verb }: RequestAttributes): boolean {
  return isImpersonation(verb);
}

/** A rule with its place in the role. */
interface PlacedRule {
  readonly rule: Rule;
  /** That it covers something wholly. */
  readonly whole: Coverage;
}

/** Asks only rules that name the resource of a request, or a wildcard for it. */
function indexRules(
  rules: readonly Rule[],
  filtersLists: boolean,
): (action: RequestAttributes) => Coverage | undefined {
  const placed = rules.map((rule, i): PlacedRule => ({ rule, whole: { rule: i } }));
  const byResource = new Map<string, PlacedRule[]>();
  for (const one of placed) {
    for (const resource of new Set(one.rule.resources)) {
      const others = byResource.get(resource);
      if (others === undefined) byResource.set(resource, [one]);
      else others.push(one);
    }
  }
  const forPaths = placed.filter(({ rule }) => rule.nonResourceUrls !== undefined);
  const canBePartial = filtersLists || rules.some(({ labelSelector }) => labelSelector !== undefined);
  return (action) => {
    if (action.kind === 'nonResource') return wholeOf(forPaths, action);
    const { resource, subresource } = action;
    const [own, every] =
      subresource === '' ? [resource, undefined] : [`${resource}/${subresource}`, `*/${subresource}`];
    const whole =
      wholeOf(byResource.get('*'), action) ??
      wholeOf(byResource.get(own), action) ??
      (every === undefined ? undefined : wholeOf(byResource.get(every), action));
    if (whole !== undefined || !canBePartial) return whole;
    return partialCoverage(
      ['*', own, every ?? own].map((key) => byResource.get(key)),
      action,
      filtersLists,
    );
  };
}

function wholeOf(candidates: readonly PlacedRule[] | undefined, action: RequestAttributes): Coverage | undefined {
  if (candidates === undefined) return undefined;
  for (const { rule, whole } of candidates) if (matchRule(rule, action)) return whole;
  return undefined;
}

function partialCoverage(
  lists: readonly (readonly PlacedRule[] | undefined)[],
  action: RequestAttributes,
  filtersLists: boolean,
): Coverage | undefined {
  let first: Coverage | undefined;
  const parts: ViewPart[] = [];
  for (const { rule, whole } of new Set(lists.flatMap((list) => list ?? []))) {
    const part = viewOfRule(rule, action, filtersLists);
    if (part === undefined) continue;
    if (admitsEverything(part)) return whole;
    first ??= whole;
    parts.push(part);
  }
  return first && { ...first, parts };
}
