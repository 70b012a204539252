import { groupVersion, type ResourceKind } from './kinds.ts';
import { type Field, type FieldType, schemaTypes, type TypeSchema } from './schema.ts';

/** A schema object of OpenAPI v2 or v3, as far as the fake writes one. */
export interface OpenApiSchema {
  $ref?: string;
  allOf?: OpenApiSchema[];
  description?: string;
  type?: string;
  format?: string;
  default?: unknown;
  required?: string[];
  items?: OpenApiSchema;
  properties?: Record<string, OpenApiSchema>;
  additionalProperties?: OpenApiSchema;
  [extension: `x-kubernetes-${string}`]: unknown;
}

const PACKAGES: readonly (readonly [prefix: string, full: string])[] = [
  ['meta.', 'io.k8s.apimachinery.pkg.apis.meta.'],
  ['apiextensions.', 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.'],
  ['apiregistration.', 'io.k8s.kube-aggregator.pkg.apis.apiregistration.'],
];

/** Published name of a type: `io.k8s.api.core.v1.Pod`. */
export function definitionName(name: string): string {
  const found = PACKAGES.find(([prefix]) => name.startsWith(prefix));
  return found ? found[1] + name.slice(found[0].length) : `io.k8s.api.${name}`;
}

const SCALARS: Readonly<Record<string, OpenApiSchema>> = {
  s: { type: 'string' },
  y: { type: 'string', format: 'byte' },
  t: { type: 'string', format: 'date-time' },
  b: { type: 'boolean' },
  i: { type: 'integer', format: 'int32' },
  I: { type: 'integer', format: 'int64' },
  n: { type: 'number', format: 'double' },
  q: { type: 'string', format: 'int-or-string' },
  o: { type: 'object' },
};

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'core.v1.Pod':
    'Pod is a collection of containers that can run on a host. This resource is created by clients and scheduled onto hosts.',
  'core.v1.PodSpec': 'PodSpec is a description of a pod.',
  'core.v1.Container': 'A single application container that you want to run within a pod.',
  'core.v1.Service':
    'Service is a named abstraction of software service consisting of local port that the proxy listens on, and the selector that determines which pods will answer requests sent through the proxy.',
  'core.v1.ConfigMap': 'ConfigMap holds configuration data for pods to consume.',
  'core.v1.Secret': 'Secret holds secret data of a certain type.',
  'core.v1.Namespace': 'Namespace provides a scope for Names.',
  'core.v1.Node': 'Node is a worker node in Kubernetes.',
  'apps.v1.Deployment': 'Deployment enables declarative updates for Pods and ReplicaSets.',
  'apps.v1.DeploymentSpec': 'DeploymentSpec is the specification of the desired behavior of the Deployment.',
  'batch.v1.Job': 'Job represents the configuration of a single job.',
  'meta.v1.ObjectMeta': 'ObjectMeta is metadata that all persisted resources must have.',
};

function fieldType(type: FieldType, refBase: string): OpenApiSchema {
  if (type.is === 'scalar') return { ...SCALARS[type.code] };
  if (type.is === 'list') return { type: 'array', items: fieldType(type.of, refBase) };
  if (type.is === 'map') return { type: 'object', additionalProperties: fieldType(type.of, refBase) };
  return { $ref: refBase + definitionName(type.name) };
}

function fieldSchema(field: Field, refBase: string): OpenApiSchema {
  const schema = fieldType(field.type, refBase);
  if (field.mergeKey !== undefined || field.retainKeys) {
    const strategies = [field.mergeKey === undefined ? '' : 'merge', field.retainKeys ? 'retainKeys' : ''];
    schema['x-kubernetes-patch-strategy'] = strategies.filter((name) => name !== '').join(',');
    if (field.mergeKey) schema['x-kubernetes-patch-merge-key'] = field.mergeKey;
  }
  if (field.type.is === 'list') {
    if (field.listKeys === undefined) schema['x-kubernetes-list-type'] = 'atomic';
    else if (field.listKeys.length === 0) schema['x-kubernetes-list-type'] = 'set';
    else {
      schema['x-kubernetes-list-type'] = 'map';
      schema['x-kubernetes-list-map-keys'] = [...field.listKeys];
    }
  }
  return schema;
}

/** Schemas of all types, keyed by published name; references begin with `refBase`. */
export function openApiDefinitions(kinds: readonly ResourceKind[], refBase: string): Record<string, OpenApiSchema> {
  const kindsOf = new Map<string, ResourceKind[]>();
  for (const kind of kinds) {
    if (kind.schema) kindsOf.set(kind.schema, [...(kindsOf.get(kind.schema) ?? []), kind]);
  }
  const definitions: Record<string, OpenApiSchema> = {};
  for (const type of schemaTypes().values()) {
    definitions[definitionName(type.name)] = typeDefinition(type, kindsOf.get(type.name) ?? [], refBase);
  }
  return definitions;
}

function typeDefinition(type: TypeSchema, kinds: readonly ResourceKind[], refBase: string): OpenApiSchema {
  const fields = [...type.fields.values()];
  const required = fields.filter((field) => field.required).map((field) => field.name);
  return {
    description: DESCRIPTIONS[type.name] ?? `${type.name.slice(type.name.lastIndexOf('.') + 1)} of ${type.name}.`,
    type: 'object',
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field, refBase)])),
    ...(kinds.length > 0 && { 'x-kubernetes-group-version-kind': kinds.map(groupVersionKind) }),
  };
}

/** The `x-kubernetes-group-version-kind` of a kind. */
export function groupVersionKind(kind: ResourceKind): { group: string; version: string; kind: string } {
  return { group: kind.group, version: kind.version, kind: kind.kind };
}

/** Path of a kind's single objects, with placeholders. */
export function objectPath(kind: ResourceKind): string {
  const root = kind.group === '' ? '/api/' : '/apis/';
  return `${root}${groupVersion(kind)}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.resource}/{name}`;
}
