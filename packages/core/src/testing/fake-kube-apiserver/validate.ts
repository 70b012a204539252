import { isJson, jsonAt, type KubeObject, listAt, mapAt, sameJson, textAt } from './objects.ts';
import { compileLabelSelector } from './selectors.ts';
import type { FieldProblem } from './status-error.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PATH_SEGMENT = /^(?!\.{1,2}$)[^/%]+$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Kinds whose names are one DNS label, and those that take any path segment. */
const LABEL_NAMED = new Set(['Namespace', 'Service']);
const SEGMENT_NAMED = new Set(['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding']);

const SUBDOMAIN_HELP =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_HELP =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

const required = (field: string, what = ''): FieldProblem => ({
  field,
  reason: 'FieldValueRequired',
  message: `Required value${what}`,
});
const bad = (field: string, value: unknown, why: string): FieldProblem => ({
  field,
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
});

/** What is wrong with an object, as far as the fake looks: names, labels, pod templates, selectors. */
export function validateObject(object: KubeObject): FieldProblem[] {
  const { name, labels = {} } = object.metadata;
  const problems: FieldProblem[] = [];
  if (name === '' || name === undefined) problems.push(required('metadata.name', ': name or generateName is required'));
  else if (SEGMENT_NAMED.has(object.kind) ? !PATH_SEGMENT.test(name) : !DNS_SUBDOMAIN.test(name)) {
    problems.push(bad('metadata.name', name, SUBDOMAIN_HELP));
  } else if (LABEL_NAMED.has(object.kind) && !DNS_LABEL.test(name))
    problems.push(bad('metadata.name', name, LABEL_HELP));
  for (const [key, value] of Object.entries(labels)) {
    if (!LABEL_KEY.test(key))
      problems.push(bad('metadata.labels', key, "name part must consist of alphanumeric characters, '-', '_' or '.'"));
    if (!LABEL_VALUE.test(value))
      problems.push(
        bad(
          'metadata.labels',
          value,
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'",
        ),
      );
  }
  if (object.kind === 'Pod') problems.push(...validatePodSpec(object, 'spec'));
  const template = jsonAt(object, 'spec.template');
  if (Object.keys(template).length > 0)
    problems.push(...validatePodSpec(object, 'spec.template.spec'), ...validateSelector(object));
  if (
    object.kind === 'Service' &&
    textAt(object, 'spec.type') !== 'ExternalName' &&
    listAt(object, 'spec.ports').length === 0
  ) {
    if (textAt(object, 'spec.clusterIP') !== 'None') problems.push(required('spec.ports'));
  }
  return problems;
}

function validatePodSpec(object: KubeObject, path: string): FieldProblem[] {
  const containers = listAt(object, `${path}.containers`);
  if (containers.length === 0) return [required(`${path}.containers`)];
  const names = containers.map((container) => textAt(container, 'name'));
  return containers.flatMap((container, i) => {
    const here = `${path}.containers[${i}]`;
    const name = names[i] as string;
    const problems: FieldProblem[] = [];
    if (name === '') problems.push(required(`${here}.name`));
    else if (!DNS_LABEL.test(name)) problems.push(bad(`${here}.name`, name, LABEL_HELP));
    else if (names.indexOf(name) !== i) {
      problems.push({
        field: `${here}.name`,
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${JSON.stringify(name)}`,
      });
    }
    if (textAt(container, 'image') === '') problems.push(required(`${here}.image`));
    return problems;
  });
}

function validateSelector(object: KubeObject): FieldProblem[] {
  if (object.kind === 'Job' || object.kind === 'CronJob') return [];
  const selector = jsonAt(object, 'spec')['selector'];
  if (!isJson(selector)) return [required('spec.selector')];
  const labels = mapAt(object, 'spec.template.metadata.labels');
  if (compileLabelSelector(selector)(labels)) return [];
  return [bad('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}

/** Changes that an update may not make. */
export function validateUpdate(before: KubeObject, after: KubeObject): FieldProblem[] {
  const immutable = (path: string): FieldProblem[] => {
    const [old, now] = [jsonAt(before, 'spec')[path], jsonAt(after, 'spec')[path]];
    return sameJson(old, now) ? [] : [bad(`spec.${path}`, now, 'field is immutable')];
  };
  switch (after.kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'DaemonSet':
      return immutable('selector');
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return sameJson(before['roleRef'], after['roleRef'])
        ? []
        : [bad('roleRef', after['roleRef'], 'cannot change roleRef')];
    case 'ConfigMap':
    case 'Secret':
      if (before['immutable'] !== true || sameJson(before['data'], after['data'])) return [];
      return [
        {
          field: 'data',
          reason: 'FieldValueForbidden',
          message: 'Forbidden: field is immutable when `immutable` is set',
        },
      ];
    case 'Pod':
      return podSpecChanged(before, after)
        ? [
            {
              field: 'spec',
              reason: 'FieldValueForbidden',
              message:
                'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
            },
          ]
        : [];
    default:
      return [];
  }
}

function podSpecChanged(before: KubeObject, after: KubeObject): boolean {
  const frozen = (pod: KubeObject) => {
    const spec = structuredClone(jsonAt(pod, 'spec'));
    for (const field of [
      'activeDeadlineSeconds',
      'tolerations',
      'terminationGracePeriodSeconds',
      'ephemeralContainers',
    ])
      delete spec[field];
    for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')])
      delete container['image'];
    return spec;
  };
  return !sameJson(frozen(before), frozen(after));
}
