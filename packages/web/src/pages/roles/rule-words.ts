/** A rule of a role, as documents write it. */
export interface RoleRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly nonResourceUrls?: readonly string[];
  readonly labelSelector?: unknown;
}

/** Verbs of Kubernetes, in the order in which they are read. */
export const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const;

/** What a rule is about: `deployments, statefulsets in apps`; `everything`; `/metrics`. */
export function ruleSubject({ resources, apiGroups, nonResourceUrls, resourceNames, namespaces }: RoleRule): string {
  if (resources === undefined) return nonResourceUrls?.join(', ') ?? 'nothing';
  const what = resources.includes('*') ? 'everything' : resources.join(', ');
  const groups = (apiGroups ?? []).filter((group) => group !== '');
  const within = groups.length === 0 || groups.includes('*') ? '' : ` in ${groups.join(', ')}`;
  const named = resourceNames === undefined ? '' : ` named ${resourceNames.join(', ')}`;
  const where = namespaces === undefined ? '' : ` of ${namespaces.join(', ')}`;
  return `${what}${within}${named}${where}`;
}

/** What a rule lets somebody do: `get, list, watch`; `everything`; `all but deletecollection`. */
export function ruleVerbs({ verbs }: RoleRule): string {
  if (verbs.includes('*')) return 'everything';
  const missing = VERBS.filter((verb) => !verbs.includes(verb));
  if (missing.length === 0) return 'everything';
  if (missing.length === 1) return `all but ${missing[0]}`;
  return verbs.join(', ');
}

/** A sentence that says a rule whole. */
export function ruleSentence(rule: RoleRule): string {
  return `${ruleVerbs(rule)} on ${ruleSubject(rule)}`;
}

/** Columns of the matrix, with the verbs that each stands for. */
export const MATRIX_COLUMNS = [
  { name: 'read', verbs: ['get', 'list', 'watch'] },
  { name: 'create', verbs: ['create'] },
  { name: 'change', verbs: ['update', 'patch'] },
  { name: 'delete', verbs: ['delete', 'deletecollection'] },
] as const;

/** One cell: what the rules give of it, before and after. */
export interface MatrixCell {
  /** `some`: not all of its verbs. */
  readonly before: 'all' | 'some' | 'none';
  readonly after: 'all' | 'some' | 'none';
  /** Verbs that are allowed after, for the tooltip. */
  readonly verbs: readonly string[];
}

/** A row of the matrix: a resource, and a cell for each of {@link MATRIX_COLUMNS}. */
export interface MatrixRow {
  readonly resource: string;
  readonly cells: readonly MatrixCell[];
}

/** What two sets of rules give, resource by resource. What a rule narrows to names or namespaces counts as given. */
export function matrixOf(before: readonly RoleRule[], after: readonly RoleRule[]): readonly MatrixRow[] {
  const resources = [...new Set([...before, ...after].flatMap((rule) => rule.resources ?? []))].sort();
  return resources.map((resource) => {
    const [held, given] = [before, after].map((rules) => verbsOn(rules, resource)) as [
      ReadonlySet<string>,
      ReadonlySet<string>,
    ];
    return {
      resource,
      cells: MATRIX_COLUMNS.map(({ verbs }) => ({
        before: partOf(held, verbs),
        after: partOf(given, verbs),
        verbs: verbs.filter((verb) => given.has(verb)),
      })),
    };
  });
}

function verbsOn(rules: readonly RoleRule[], resource: string): ReadonlySet<string> {
  const covering = rules.filter(({ resources = [] }) => resources.includes(resource) || resources.includes('*'));
  return new Set(covering.flatMap(({ verbs }) => (verbs.includes('*') ? VERBS : verbs)));
}

function partOf(given: ReadonlySet<string>, verbs: readonly string[]): MatrixCell['after'] {
  const count = verbs.filter((verb) => given.has(verb)).length;
  if (count === 0) return 'none';
  return count === verbs.length ? 'all' : 'some';
}
