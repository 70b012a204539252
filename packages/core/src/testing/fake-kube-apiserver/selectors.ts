import type { KubeObject } from './objects.ts';
import { at } from './objects.ts';
import { StatusError } from './status-error.ts';

/** Tells whether an object is selected. */
export type Selector = (object: KubeObject) => boolean;

const SET_REQUIREMENT = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/;
const EQUALITY = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/;
const COMPARISON = /^(\S+?)\s*([<>])\s*(-?\d+)$/;

type LabelRequirement = (labels: Readonly<Record<string, string>>) => boolean;

function parseRequirement(text: string): LabelRequirement {
  const set = SET_REQUIREMENT.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return (labels) => (operator === 'in') === (labels[key] !== undefined && values.has(labels[key]));
  }
  const equality = EQUALITY.exec(text);
  if (equality) {
    const [, key = '', operator, value] = equality;
    return (labels) => (operator === '!=') !== (labels[key] === value);
  }
  const comparison = COMPARISON.exec(text);
  if (comparison) {
    const [, key = '', operator, bound] = comparison;
    return (labels) => {
      const value = Number(labels[key] ?? 'none');
      return operator === '<' ? value < Number(bound) : value > Number(bound);
    };
  }
  if (/^!\s*\S+$/.test(text)) return (labels) => labels[text.slice(1).trim()] === undefined;
  if (/^[\w./-]+$/.test(text)) return (labels) => labels[text] !== undefined;
  throw new StatusError('BadRequest', `unable to parse requirement: ${JSON.stringify(text)}`);
}

/** Parses a label selector: `a=b,c!=d,e in (f,g),h,!i`. */
export function parseLabelSelector(text: string | null): (labels: Readonly<Record<string, string>>) => boolean {
  if (text === null || text.trim() === '') return () => true;
  const requirements = text.split(/,(?![^(]*\))/).map((part) => parseRequirement(part.trim()));
  return (labels) => requirements.every((matches) => matches(labels));
}

/** Field labels beside `metadata.name` and `metadata.namespace` that a resource can be selected by. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.serviceAccountName',
    'spec.schedulerName',
    'status.phase',
    'status.podIP',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.fieldPath',
    'reason',
    'type',
  ],
  secrets: ['type'],
  namespaces: ['status.phase'],
  nodes: ['spec.unschedulable'],
  replicasets: ['status.replicas'],
  jobs: ['status.successful'],
};

/** Parses a field selector for `resource`: terms with `=`, `==`, `!=`. */
export function parseFieldSelector(text: string | null, resource: string): Selector {
  if (text === null || text.trim() === '') return () => true;
  const terms = text.split(',').map((part) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part.trim());
    if (!match)
      throw new StatusError(
        'BadRequest',
        `invalid selector: ${JSON.stringify(text)}; can't understand ${JSON.stringify(part)}`,
      );
    const [, field = '', operator, value = ''] = match;
    if (field !== 'metadata.name' && field !== 'metadata.namespace' && !FIELDS[resource]?.includes(field)) {
      throw new StatusError('BadRequest', `field label not supported: ${field}`);
    }
    return (object: KubeObject) => (operator === '!=') !== (String(at(object, field) ?? '') === value);
  });
  return (object) => terms.every((matches) => matches(object));
}

/** Both selectors of a list or watch request. */
export function parseSelectors(query: URLSearchParams, resource: string): Selector {
  const labels = parseLabelSelector(query.get('labelSelector'));
  const fields = parseFieldSelector(query.get('fieldSelector'), resource);
  return (object) => labels(object.metadata.labels ?? {}) && fields(object);
}

/** A `LabelSelector` object (matchLabels, matchExpressions) as a predicate. An absent one selects nothing. */
export function compileLabelSelector(selector: unknown): (labels: Readonly<Record<string, string>>) => boolean {
  if (typeof selector !== 'object' || selector === null) return () => false;
  const { matchLabels = {}, matchExpressions = [] } = selector as {
    matchLabels?: Record<string, string>;
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
  };
  return (labels) =>
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      return (operator === 'In') === (value !== undefined && values.includes(value));
    });
}
