import { createHash } from 'node:crypto';

/** A rule of a generated ClusterRole, in the form of a Kubernetes `PolicyRule`: on resources, or on paths. */
export interface UpstreamRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  /** Absent: all names. */
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** A ClusterRole that the agent is to make: the part of some ClusterRoles of the cluster that rules leave. */
export interface UpstreamRole {
  /** ClusterRoles that the rules narrow: what none of these has, the generated one does not have either. */
  readonly ceilings: readonly string[];
  readonly rules: readonly UpstreamRule[];
}

/** Verbs that a generated rule may have. `escalate`, `bind`, `impersonate` and `*`, which stands for them, are never among them. */
export const GENERATED_VERBS: readonly string[] = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
];

/** Verbs of a generated rule on paths: those that read. */
export const GENERATED_PATH_VERBS: readonly string[] = ['get', 'head'];

const FIELDS = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const;
const MAX_WORDS = 256;
/** A word of a rule: printable, and no longer than a name in Kubernetes. */
const WORD = /^[\x21-\x7e]{1,253}$/;
const PATH = /^\/[\x21-\x29\x2b-\x7e]*\*?$|^\*$/;

/**
 * Name by which bindings refer to a generated ClusterRole: `rules-` and the beginning of a hash of its one canonical form, so that the
 * same rules are the same role whatever order they came in, and other rules are another role.
 */
export function upstreamRoleName(role: UpstreamRole): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(canonicalUpstreamRole(role)))
    .digest('hex');
  return `rules-${hash.slice(0, 20)}`;
}

/** The one form of a role among those that say the same: words sorted, each once. */
export function canonicalUpstreamRole({ ceilings, rules }: UpstreamRole): UpstreamRole {
  const written = rules.map((rule) => JSON.stringify(canonicalRule(rule)));
  return { ceilings: unique(ceilings), rules: unique(written).map((text) => JSON.parse(text) as UpstreamRule) };
}

/**
 * Why a rule must not become one of a generated ClusterRole, as one phrase; `undefined` when it may. Refused are words that would let
 * somebody give themselves more, and writes on paths that are no resources.
 */
export function describeUpstreamRuleProblem(rule: UpstreamRule): string | undefined {
  for (const field of FIELDS) {
    const words = rule[field];
    if (words === undefined) continue;
    if (words.length === 0 || words.length > MAX_WORDS) {
      return `a rule has ${words.length} ${field}, from 1 to ${MAX_WORDS} are allowed`;
    }
    const isCore = (word: string) => field === 'apiGroups' && word === '';
    const odd = words.find((word) => !isCore(word) && !WORD.test(word));
    if (odd !== undefined) return `a rule has ${show(odd)} among its ${field}`;
  }
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  const isOnPaths = nonResourceURLs !== undefined;
  const allowed = isOnPaths ? GENERATED_PATH_VERBS : GENERATED_VERBS;
  const verb = verbs.find((one) => !allowed.includes(one));
  if (verb !== undefined) return `a rule has the verb ${show(verb)}, which generated rules never have`;
  if (isOnPaths) {
    if (apiGroups ?? resources ?? resourceNames) return 'a rule is on paths and on resources';
    const path = nonResourceURLs.find((one) => !PATH.test(one));
    return path === undefined ? undefined : `a rule has the path ${show(path)}`;
  }
  return apiGroups === undefined || resources === undefined ? 'a rule is on nothing' : undefined;
}

function canonicalRule(rule: UpstreamRule): Partial<UpstreamRule> {
  return Object.fromEntries(
    FIELDS.flatMap((field) => {
      const words = rule[field];
      return words === undefined ? [] : [[field, unique(words)]];
    }),
  );
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)].sort();
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
