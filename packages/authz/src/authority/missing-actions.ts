import type { Privilege } from '@sallyport/core';
import { SECRETS_PERMISSION } from '../check-settings.ts';
import type { CompiledBinding } from '../compile-binding.ts';
import { showWord } from '../describe.ts';
import type { NamespaceSelection, Role, Rule } from '../policy.ts';
import { isImpersonation } from '../privileges/needed-privileges.ts';
import { coversCeiling } from './ceiling.ts';
import type { Piece } from './gift.ts';
import { isSameNamespaceSelector, reachesPlace } from './place.ts';
import { isLimitedListing, isWithinLimits, mayDoEverything, mayNeed } from './powers.ts';
import { atomsOf, countAtoms, coversAtom, type RuleAtom } from './rule-cover.ts';

const EVERYTHING: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceUrls: ['*'] },
];

/** Rules of the Kubernetes side: none without a ceiling, everything without rules. */
function rulesOf({ ceilingGroups, rules }: Role): readonly Rule[] {
  return ceilingGroups.length === 0 ? [] : (rules ?? EVERYTHING);
}

/**
 * What the Kubernetes side of a piece gives beyond what `held` gives in its place, one phrase each. Every combination of verb,
 * resource, name and namespace has to be held by one binding, with the privileges that may matter to it, lists that are
 * filtered where those of the piece are, and limits that are no stricter.
 */
export function missingActions(held: readonly CompiledBinding[], piece: Piece): readonly string[] {
  // On the installation there are no clusters.
  if (piece.place.kind === 'installation') return [];
  const { role } = piece.role;
  const reaching = held.filter(
    (binding) => binding.compiledRole.problem === undefined && reachesPlace(binding, piece.place, true),
  );
  const phrases = new Set<string>();
  for (const ceiling of role.ceilingGroups) {
    const able = reaching.filter(({ compiledRole }) => coversCeiling(compiledRole.role.ceilingGroups, ceiling));
    if (able.some((binding) => coversWhole(binding, piece))) continue;
    for (const phrase of missingUnder(ceiling, able, piece)) phrases.add(phrase);
  }
  return [...phrases];
}

function missingUnder(ceiling: string, able: readonly CompiledBinding[], piece: Piece): readonly string[] {
  const { role } = piece.role;
  const rules = rulesOf(role);
  const size = countAtoms(rules);
  if (size > MAX_ATOMS) {
    return [`rules of ${size} combinations, of which at most ${MAX_ATOMS} are compared, as ${showWord(ceiling)}`];
  }
  const phrases: string[] = [];
  const execs = rules.flatMap(atomsOf).filter(opensExec);
  for (const rule of rules) {
    const missing: RuleAtom[] = [];
    for (const atom of atomsOf(rule).flatMap((one) => withinNamespaces(one, piece.namespaces))) {
      const covering = able.filter((binding) => coversAlone(binding, atom, piece, execs));
      if (covering.length === 0) missing.push(atom);
      else phrases.push(...missingBeside(covering, atom, piece));
    }
    if (missing.length === 0) continue;
    phrases.push(
      role.rules === undefined ? `everything that ${showWord(ceiling)} may do` : describeAtoms(missing, ceiling),
    );
  }
  return phrases;
}

/** What bindings that cover an atom lack beside it, in the order in which fewer and fewer of them are left. */
function missingBeside(covering: readonly CompiledBinding[], atom: RuleAtom, piece: Piece): readonly string[] {
  const { role } = piece.role;
  const wanted = (role.privileges ?? []).filter((privilege) => mayNeed(privilege, atom));
  const privileged = covering.filter((binding) => wanted.every((privilege) => holdsPrivilege(binding, privilege)));
  if (privileged.length === 0) {
    const lacking = wanted.filter((privilege) => !covering.some((binding) => holdsPrivilege(binding, privilege)));
    return (lacking.length === 0 ? [wanted.join(' and ')] : lacking).map((privilege) => `privilege ${privilege}`);
  }
  const filtering = privileged.filter((binding) => coversListing(binding, atom, piece));
  if (filtering.length === 0) return ['lists filtered to what the role covers'];
  const unlimited = filtering.filter(({ compiledRole }) => isWithinLimits(role.limits, compiledRole.role.limits));
  return unlimited.length === 0 ? ['more than the own limits'] : [];
}

function holdsPrivilege(binding: CompiledBinding, privilege: Privilege): boolean {
  if (binding.compiledRole.privileges.has(privilege)) return true;
  return privilege === 'impersonation' && mayDoEverything(binding);
}

/** Whether a binding lets list as the piece does: in part, or whatever the list shows. */
function coversListing(binding: CompiledBinding, atom: RuleAtom, piece: Piece): boolean {
  if (piece.role.role.filterLists !== true || !isLimitedListing(atom)) return true;
  if (binding.compiledRole.role.filterLists === true) return true;
  const { resourceName: _name, namespace: _namespace, ...everywhere } = atom;
  return !binding.scope.isNarrowed && coversWithin(binding, everywhere, piece);
}

/** Most combinations of verb, group, resource, name and namespace that a role is taken apart into. */
const MAX_ATOMS = 10_000;

/** Whether a binding gives all of its ceiling in the place of a piece, whatever the piece's rules are. */
function coversWhole(binding: CompiledBinding, piece: Piece): boolean {
  const { compiledRole, scope } = binding;
  const { role } = piece.role;
  if (scope.isNarrowed || compiledRole.role.rules !== undefined) return false;
  if (!(role.privileges ?? []).every((privilege) => holdsPrivilege(binding, privilege))) return false;
  // Whom one may act as, no ceiling says.
  if (role.rules?.some(({ verbs }) => verbs.some(isImpersonation)) && !mayDoEverything(binding)) return false;
  if (!isWithinLimits(role.limits, compiledRole.role.limits)) return false;
  return !piece.role.permissions.has(SECRETS_PERMISSION) || compiledRole.permissions.has(SECRETS_PERMISSION);
}

/**
 * Whether one binding by itself lets its holder do what `atom` stands for. Two things want one role for all of their parts,
 * so parts that are held by several roles don't add up: an ephemeral container also needs the right to exec, and restricted
 * Secrets the permission to read them.
 */
function coversAlone(binding: CompiledBinding, atom: RuleAtom, piece: Piece, execs: readonly RuleAtom[]): boolean {
  if (!coversWithin(binding, atom, piece)) return false;
  if (addsContainers(atom) && !execs.every((exec) => coversExec(binding, exec, piece))) return false;
  const revealsSecrets = piece.role.permissions.has(SECRETS_PERMISSION) && mayBeSecrets(atom);
  return !revealsSecrets || binding.compiledRole.permissions.has(SECRETS_PERMISSION);
}

function coversExec(binding: CompiledBinding, exec: RuleAtom, piece: Piece): boolean {
  return withinNamespaces(exec, piece.namespaces).every((atom) => coversWithin(binding, atom, piece));
}

function coversWithin(binding: CompiledBinding, atom: RuleAtom, { namespaces }: Piece): boolean {
  const rules = rulesOf(binding.compiledRole.role);
  const isCovered =
    rules.some((rule) => coversAtom(rule, atom)) || (isImpersonation(atom.verb) && mayDoEverything(binding));
  if (!isCovered) return false;
  if (!binding.scope.isNarrowed) return true;
  // Of paths a narrowed binding gives the discovery alone, however it is narrowed.
  if (namespaces === undefined) return false;
  if (atom.kind === 'path') return true;
  const own = 'namespaces' in binding.binding.scope ? binding.binding.scope.namespaces : undefined;
  if (isSameNamespaceSelector(own, namespaces)) return true;
  return own?.kind === 'names' && atom.namespace !== undefined && own.names.includes(atom.namespace);
}

/** What is left of an atom within the namespaces of a gift. */
function withinNamespaces(atom: RuleAtom, namespaces: NamespaceSelection | undefined): readonly RuleAtom[] {
  if (namespaces?.kind !== 'names' || atom.kind === 'path') return [atom];
  if (atom.namespace !== undefined) return namespaces.names.includes(atom.namespace) ? [atom] : [];
  return namespaces.names.map((namespace) => ({ ...atom, namespace }));
}

function addsContainers(atom: RuleAtom): boolean {
  return atom.kind === 'resource' && (atom.resource === '*' || atom.resource.endsWith('/ephemeralcontainers'));
}

function opensExec(atom: RuleAtom): boolean {
  if (atom.kind !== 'resource' || (atom.verb !== 'create' && atom.verb !== '*')) return false;
  return atom.resource === '*' || atom.resource.endsWith('/exec');
}

function mayBeSecrets(atom: RuleAtom): boolean {
  if (atom.kind !== 'resource' || (atom.apiGroup !== '' && atom.apiGroup !== '*')) return false;
  const [kind] = atom.resource.split('/');
  return kind === 'secrets' || kind === '*';
}

function describeAtoms(atoms: readonly RuleAtom[], ceiling: string): string {
  const verbs = new Set<string>();
  const targets = new Set<string>();
  const namespaces = new Set<string>();
  for (const atom of atoms) {
    verbs.add(showWord(atom.verb));
    targets.add(showWord(atom.kind === 'path' ? atom.path : targetOf(atom)));
    if (atom.kind === 'resource' && atom.namespace !== undefined) namespaces.add(showWord(atom.namespace));
  }
  const where = namespaces.size === 0 ? '' : ` in ${[...namespaces].join(', ')}`;
  return `${[...verbs].join(', ')} ${[...targets].join(', ')}${where} as ${showWord(ceiling)}`;
}

function targetOf({ resource, apiGroup, resourceName }: Extract<RuleAtom, { kind: 'resource' }>): string {
  const kind = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
  return resourceName === undefined ? kind : `${kind} ${resourceName}`;
}
