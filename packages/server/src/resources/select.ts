import { ApiError } from '../errors.ts';

/** A resource as selectors look at it. */
interface Selectable {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
}

/** Says whether a resource is selected. */
export type Selects<Resource> = (resource: Resource) => boolean;

const LABEL_REQUIREMENT =
  /^(?:!\s*(?<absent>[^\s!=<>,()]+)|(?<key>[^\s!=<>,()]+)(?:\s*(?<operator>==|=|!=)\s*(?<value>[^\s!=<>,()]*)|\s+(?<set>in|notin)\s*\((?<values>[^()]*)\))?)$/;

/**
 * Reads a label selector in kubectl's notation: `env=prod,tier in (web,db),!legacy`.
 * @throws ApiError `ERR_API_REQUEST_INVALID`
 */
export function parseLabelSelector(text: string): Selects<Selectable> {
  const requirements = splitOutsideBrackets(text).map((part) => {
    const groups = LABEL_REQUIREMENT.exec(part.trim())?.groups;
    if (groups === undefined) throw malformed('labelSelector', part);
    const { absent, key = '', operator, value = '', set, values = '' } = groups;
    if (absent !== undefined) return (labels: Labels) => !Object.hasOwn(labels, absent);
    if (set !== undefined) {
      const wanted = new Set(values.split(',').map((each) => each.trim()));
      return set === 'in'
        ? (labels: Labels) => Object.hasOwn(labels, key) && wanted.has(labels[key] as string)
        : (labels: Labels) => !Object.hasOwn(labels, key) || !wanted.has(labels[key] as string);
    }
    if (operator === undefined) return (labels: Labels) => Object.hasOwn(labels, key);
    if (operator === '!=') return (labels: Labels) => labels[key] !== value;
    return (labels: Labels) => Object.hasOwn(labels, key) && labels[key] === value;
  });
  return ({ metadata }) => requirements.every((holds) => holds(metadata.labels));
}

type Labels = Readonly<Record<string, string>>;

const FIELD_REQUIREMENT = /^([A-Za-z][\w.]*)(==|=|!=)(.*)$/s;

/**
 * Reads a field selector in kubectl's notation: `spec.role=viewer,metadata.name!=old`. A list holds a value when one of its
 * items is it.
 * @throws ApiError `ERR_API_REQUEST_INVALID`
 */
export function parseFieldSelector(text: string): Selects<object> {
  const requirements = text.split(',').map((part) => {
    const [, path, operator, value] = FIELD_REQUIREMENT.exec(part.trim()) ?? [];
    if (path === undefined) throw malformed('fieldSelector', part);
    const steps = path.split('.');
    return (resource: object) => holdsValue(readPath(resource, steps), value as string) === (operator !== '!=');
  });
  return (resource) => requirements.every((holds) => holds(resource));
}

/**
 * Keeps only some paths of a resource, e.g. `metadata.name,spec.role`. `apiVersion` and `kind` always stay.
 * @throws ApiError `ERR_API_REQUEST_INVALID`
 */
export function parseFields(text: string): (resource: object) => object {
  const paths = text.split(',').map((part) => {
    if (!/^[A-Za-z]\w*(\.[A-Za-z]\w*)*$/.test(part.trim())) throw malformed('fields', part);
    return part.trim().split('.');
  });
  return (resource) => {
    const kept: Record<string, unknown> = {};
    for (const steps of [['apiVersion'], ['kind'], ...paths]) copyPath(resource, kept, steps);
    return kept;
  };
}

function copyPath(from: object, to: Record<string, unknown>, [step = '', ...rest]: readonly string[]): void {
  if (!Object.hasOwn(from, step)) return;
  const value = (from as Record<string, unknown>)[step];
  if (rest.length === 0 || typeof value !== 'object' || value === null) {
    if (rest.length === 0) to[step] = value;
    return;
  }
  const inner = Object.hasOwn(to, step) ? to[step] : {};
  to[step] = inner;
  copyPath(value, inner as Record<string, unknown>, rest);
}

function readPath(from: unknown, steps: readonly string[]): unknown {
  let at = from;
  for (const step of steps) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}

function holdsValue(found: unknown, value: string): boolean {
  if (Array.isArray(found)) return found.some((item) => holdsValue(item, value));
  return found === undefined ? value === '' : String(found) === value;
}

function splitOutsideBrackets(text: string): string[] {
  return text.split(/,(?![^(]*\))/);
}

function malformed(name: string, part: string): ApiError {
  return new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: `the query parameter ${name} is malformed at ${JSON.stringify(part.slice(0, 64))}`,
    problems: [{ path: `query.${name}`, message: 'is malformed' }],
    nextStep: 'Write it as kubectl does, for example env=prod,tier in (web,db).',
  });
}
