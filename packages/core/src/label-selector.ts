/** Selects by labels, in the form of Kubernetes' `LabelSelector`: every part must hold. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelRequirement[];
}

/** One requirement of a {@link LabelSelector}. `values` belongs to `In` and `NotIn` alone. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/** A {@link LabelSelector} as contracts read it, where an absent part may stand as `undefined`. */
export interface WrittenSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?:
    | readonly (Pick<LabelRequirement, 'key' | 'operator'> & { readonly values?: readonly string[] | undefined })[]
    | undefined;
}

/** Writes a selector as kubectl's `-l` takes it: `env=prod,tier in (web,db),!old`. */
export function formatLabelSelector({ matchLabels = {}, matchExpressions = [] }: WrittenSelector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...labels, ...expressions].join(',');
}

/**
 * What keeps `selector` from selecting anything, as one phrase; `undefined` for a sound one. Believes nothing about its
 * shape, since it may come out of a file or a database.
 */
export function describeLabelSelectorProblem(selector: LabelSelector): string | undefined {
  if (!isRecord(selector)) return 'is not an object';
  const { matchLabels = {}, matchExpressions = [] } = selector as LabelSelector;
  if (!isRecord(matchLabels) || !Object.values(matchLabels).every(isText)) return 'has matchLabels that are not text';
  if (!Array.isArray(matchExpressions)) return 'has matchExpressions that are not a list';
  for (const [i, requirement] of matchExpressions.entries()) {
    const problem = requirementProblem(requirement);
    if (problem !== undefined) return `has matchExpressions[${i}] ${problem}`;
  }
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
    return 'is empty, which would select everything';
  }
  return undefined;
}

/**
 * Whether `labels` fulfil every part of `selector`. As in Kubernetes, `NotIn` and `DoesNotExist` hold where the label is
 * missing. Unlike there, a selector without any part selects nothing, and so does a malformed one: absence is never a
 * wildcard.
 */
export function matchLabelSelector(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  if (describeLabelSelectorProblem(selector) !== undefined) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    matchExpressions.every((requirement) => holds(requirement, labelOf(labels, requirement.key)))
  );
}

function holds({ operator, values = [] }: LabelRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

function requirementProblem(requirement: LabelRequirement): string | undefined {
  if (!isRecord(requirement) || !isText(requirement.key)) return 'without a key';
  const { operator, values } = requirement;
  switch (operator) {
    case 'In':
    case 'NotIn':
      return Array.isArray(values) && values.length > 0 && values.every(isText) ? undefined : 'without values';
    case 'Exists':
    case 'DoesNotExist':
      return values === undefined || (Array.isArray(values) && values.length === 0) ? undefined : 'with values';
    default:
      return 'with an unknown operator';
  }
}

/** Labels are data of others: `constructor` must not find what every object has. */
function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
