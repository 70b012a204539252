import type { Principal } from '@sallyport/core';
import { SECRETS_PERMISSION } from '../check-settings.ts';
import type { CompiledBinding } from '../compile-policy.ts';
import { showWord } from '../describe.ts';
import { USE_PERMISSIONS } from '../permission-index.ts';
import type { NamespaceSelection, Role, Rule } from '../policy.ts';
import { coversCeiling } from './ceiling.ts';
import { type AuthorityRecords, describeGiftProblem, type Gift, organizationOf, type Piece, piecesOf } from './gift.ts';
import { describePlace, isSameNamespaceSelector, reachesPlace } from './place.ts';
import { atomsOf, countAtoms, coversAtom, type RuleAtom } from './rule-cover.ts';

/**
 * What `gift` would give beyond what `grantor` holds, one phrase each; empty when the grantor holds it all. Nobody hands
 * out more than they hold: not by a binding, not by the content of a role, not by a group, not by acting as somebody, not by
 * an identity provider, not by moving a cluster to where others have rights.
 *
 * Held is what the grantor's own bindings give now, by their union. The Kubernetes side is compared rule by rule and ceiling
 * by ceiling. Where it is unclear whether something is held, it is not: a label selector is held in the whole organization
 * or by the same selector only, and settings that restrict the grantor do not restrict the gift.
 */
export function describeExcess(records: AuthorityRecords, grantor: Principal, gift: Gift): readonly string[] {
  if (organizationOf(gift) !== grantor.organizationId) return ['anything in another organization'];
  const problem = describeGiftProblem(gift);
  if (problem !== undefined) return [problem];
  const held = records.policy.bindingsOf(grantor).filter(({ scope }) => scope.problem === undefined);
  const phrases = new Set<string>();
  const nameOfProject = (id: NonNullable<Parameters<typeof records.projects.get>[0]>) =>
    records.projects.get(id)?.name ?? id;
  for (const piece of piecesOf(records, gift)) {
    const where = describePlace(piece.place, nameOfProject);
    for (const permission of missingPermissions(held, piece)) phrases.add(`permission ${permission} ${where}`);
    for (const missing of missingActions(mayUseClusters(grantor) ? held : [], piece))
      phrases.add(`${missing} ${where}`);
  }
  return [...phrases];
}

/** Whether this use of the grantor gets into clusters at all: an API key that mints no credential holds nothing in them. */
function mayUseClusters({ permissionLimit }: Principal): boolean {
  return permissionLimit === undefined || permissionLimit.includes('credentials.create');
}

function missingPermissions(held: readonly CompiledBinding[], piece: Piece): readonly string[] {
  const isNarrowed = piece.namespaces !== undefined;
  const given = [...piece.role.permissions];
  const counting = isNarrowed || piece.isUseOnly ? given.filter((one) => USE_PERMISSIONS.has(one)) : given;
  return counting.filter((permission) => !held.some((binding) => gives(binding, permission, piece, isNarrowed)));
}

function gives(binding: CompiledBinding, permission: string, piece: Piece, isNarrowed: boolean): boolean {
  const { compiledRole, scope } = binding;
  if (!compiledRole.permissions.has(permission)) return false;
  if (piece.isUnbound && scope.reachesInstallation) return true;
  const isUse = USE_PERMISSIONS.has(permission);
  if (scope.isNarrowed && !(isUse && (isNarrowed || piece.place.kind === 'cluster'))) return false;
  return reachesPlace(binding, piece.place, isUse);
}

const EVERYTHING: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceUrls: ['*'] },
];

/** Rules of the Kubernetes side: none without a ceiling, everything without rules. */
function rulesOf({ ceilingGroups, rules }: Role): readonly Rule[] {
  return ceilingGroups.length === 0 ? [] : (rules ?? EVERYTHING);
}

function missingActions(held: readonly CompiledBinding[], piece: Piece): readonly string[] {
  // On the installation there are no clusters.
  if (piece.place.kind === 'installation') return [];
  const { role } = piece.role;
  const rules = rulesOf(role);
  const isWhole = role.rules === undefined;
  const reaching = held.filter(
    (binding) => binding.compiledRole.problem === undefined && reachesPlace(binding, piece.place, true),
  );
  const phrases: string[] = [];
  for (const ceiling of role.ceilingGroups) {
    const able = reaching.filter(({ compiledRole }) => coversCeiling(compiledRole.role.ceilingGroups, ceiling));
    if (able.some((binding) => coversWhole(binding, piece))) continue;
    const size = countAtoms(rules);
    if (size > MAX_ATOMS) {
      phrases.push(
        `rules of ${size} combinations, of which at most ${MAX_ATOMS} are compared, as ${showWord(ceiling)}`,
      );
      continue;
    }
    const execs = rules.flatMap(atomsOf).filter(opensExec);
    for (const rule of rules) {
      const missing = atomsOf(rule)
        .flatMap((atom) => withinNamespaces(atom, piece.namespaces))
        .filter((atom) => !able.some((binding) => coversAlone(binding, atom, piece, execs)));
      if (missing.length === 0) continue;
      phrases.push(isWhole ? `everything that ${showWord(ceiling)} may do` : describeAtoms(missing, ceiling));
    }
  }
  return phrases;
}

/** Most combinations of verb, group, resource, name and namespace that a role is taken apart into. */
const MAX_ATOMS = 10_000;

/** Whether a binding gives all of its ceiling in the place of a piece, whatever the piece's rules are. */
function coversWhole({ compiledRole, scope }: CompiledBinding, piece: Piece): boolean {
  if (scope.isNarrowed || compiledRole.role.rules !== undefined) return false;
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
  if (!rules.some((rule) => coversAtom(rule, atom))) return false;
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
