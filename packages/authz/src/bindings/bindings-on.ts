import type { RequestAttributes } from '@sallyport/core';
import { requiredActions } from '../action.ts';
import { rememberedByWords } from '../action-memo.ts';
import type { Ask } from '../ask.ts';
import { type CompiledBinding, compareBindings } from '../compile-binding.ts';
import type { CompiledRole } from '../compile-role.ts';
import { isWithin, rememberedInTime, type Window } from '../grants/window.ts';
import { isSecrets } from '../privileges/content-questions.ts';
import { type AllowingSet, createAllowingSet } from './allowing-set.ts';
import { type AllowingBinding, type BindingVerdict, judgeBinding, judgeRole } from './judge-binding.ts';

/** What one principal holds on one cluster, found by what a request does. */
export interface BindingsOn {
  /** Bindings and grants, whether these count now or not. */
  readonly all: readonly CompiledBinding[];
  /** Those that count at an instant, in milliseconds since the epoch. */
  allAt(atMs: number): readonly CompiledBinding[];
  /** What becomes of them for requests like this one. */
  about(ask: Ask): BindingsAbout;
}

/** What becomes of bindings for requests that do the same in the same place, as far as these bindings tell places apart. */
export interface BindingsAbout {
  /** Those whose role and scope cover it, and those whose role is broken: nothing can be said of any other one. */
  readonly candidates: readonly CompiledBinding[];
  /** Those that allow it at an instant, whoever asks and whence; of the body nothing is known. */
  standingAt(atMs: number): AllowingSet;
  /** Those that each request has to ask again: they have a condition, or go by the labels of namespaces. */
  readonly dependent: readonly CompiledBinding[];
}

/** Indexes bindings and grants. What is found is remembered, within bounds. */
export function indexBindings(all: readonly CompiledBinding[]): BindingsOn {
  // Many bindings have few roles.
  const roles = [...new Set(all.map(({ compiledRole }) => compiledRole))];
  const placesOf = rememberedByWords((action) => {
    const actions = requiredActions(action);
    const covering = new Set(roles.filter(({ mayCover }) => mayCover(actions)));
    return rememberedByPlace(all.filter(({ compiledRole }) => covering.has(compiledRole)));
  });
  return {
    all,
    allAt: rememberedInTime(windowsOf(all), (atMs) => all.filter((binding) => counts(binding, atMs))),
    about: (ask) => placesOf(ask.query.attributes)(ask),
  };
}

/** Whether a binding counts at an instant: a grant does so in its time alone. */
export function counts({ grant }: CompiledBinding, atMs: number): boolean {
  return grant === undefined || isWithin(grant, atMs);
}

function windowsOf(bindings: readonly CompiledBinding[]): readonly Window[] {
  return bindings.flatMap(({ grant }) => grant ?? []);
}

/** The bindings that allow a query. */
export function allowingOf({ candidates, standingAt, dependent }: BindingsAbout, ask: Ask): AllowingSet {
  const { content, attributes, at } = ask.query;
  if (content !== undefined) return createAllowingSet(judgeAll(candidates, ask), isSecrets(attributes));
  const standing = standingAt(at.getTime());
  const more = judgeAll(dependent, ask);
  if (more.length === 0) return standing;
  const all = [...standing.bindings, ...more].sort((a, b) => compareBindings(a.binding, b.binding));
  return createAllowingSet(all, isSecrets(attributes));
}

function judgeAll(bindings: readonly CompiledBinding[], ask: Ask): readonly AllowingBinding[] {
  const allowing: AllowingBinding[] = [];
  for (const binding of bindings) {
    const verdict = judgeBinding(binding, ask);
    if (verdict.outcome === 'allows') allowing.push(verdict);
  }
  return allowing;
}

const MAX_PLACES = 128;

/**
 * Remembers by namespace and name. All that no rule and no scope names are one, so that what is remembered grows with the
 * documents and not with what is asked for.
 */
function rememberedByPlace(bindings: readonly CompiledBinding[]): (ask: Ask) => BindingsAbout {
  const namespaces = new Set<string>(['']);
  const names = new Set<string>(['']);
  const roles = new Set<CompiledRole>();
  for (const { scope, compiledRole, grant } of bindings) {
    if (compiledRole.problem !== undefined) continue;
    roles.add(compiledRole);
    if (scope.namespaces?.kind === 'names') addAll(namespaces, scope.namespaces.names);
    addAll(namespaces, grant?.objects?.namespaces);
    addAll(names, grant?.objects?.names);
  }
  for (const { role } of roles) {
    for (const rule of role.rules ?? []) {
      addAll(namespaces, rule.namespaces);
      addAll(names, rule.resourceNames);
    }
  }
  const known = new Map<string | undefined, Map<string | undefined, BindingsAbout>>();
  let size = 0;
  return (ask) => {
    const namespace = placeOf(namespaces, ask.query.attributes, 'namespace');
    const name = placeOf(names, ask.query.attributes, 'name');
    const found = known.get(namespace)?.get(name);
    if (found !== undefined) return found;
    if (size >= MAX_PLACES) {
      known.clear();
      size = 0;
    }
    const about = sortOut(bindings, ask);
    const byName = known.get(namespace) ?? new Map<string | undefined, BindingsAbout>();
    known.set(namespace, byName.set(name, about));
    size += 1;
    return about;
  };
}

function addAll(set: Set<string>, words: readonly string[] = []): void {
  for (const word of words) set.add(word);
}

/** `undefined` stands for every word that none of the documents has. */
function placeOf(
  named: ReadonlySet<string>,
  attributes: RequestAttributes,
  field: 'namespace' | 'name',
): string | undefined {
  if (attributes.kind === 'nonResource') return '';
  const word = attributes[field];
  return named.has(word) ? word : undefined;
}

function sortOut(bindings: readonly CompiledBinding[], ask: Ask): BindingsAbout {
  const { content: _, ...query } = ask.query;
  const unread: Ask = { ...ask, query };
  const candidates: CompiledBinding[] = [];
  const standing: AllowingBinding[] = [];
  const dependent: CompiledBinding[] = [];
  for (const binding of bindings) {
    if (binding.compiledRole.problem === undefined && binding.scope.namespaces?.kind === 'selector') {
      candidates.push(binding);
      dependent.push(binding);
      continue;
    }
    const verdict = judgeRole(binding, unread);
    if (NOT_ABOUT.has(verdict.outcome)) continue;
    candidates.push(binding);
    if (verdict.outcome !== 'allows') continue;
    if (binding.condition === undefined) standing.push(verdict);
    else dependent.push(binding);
  }
  const isAboutSecrets = isSecrets(query.attributes);
  const standingAt = rememberedInTime(windowsOf(standing.map(({ binding }) => binding)), (atMs) =>
    createAllowingSet(
      standing.filter(({ binding }) => counts(binding, atMs)),
      isAboutSecrets,
    ),
  );
  return { candidates, standingAt, dependent };
}

/** What a binding says that has nothing to do with a request. */
const NOT_ABOUT: ReadonlySet<BindingVerdict['outcome']> = new Set(['notCovered', 'otherNamespace', 'otherObject']);
