import { groupVersion, type ResourceKind } from './kinds.ts';
import type { Json } from './objects.ts';
import {
  definitionName,
  groupVersionKind,
  type OpenApiSchema,
  objectPath,
  openApiDefinitions,
} from './openapi-schema.ts';

/** Query parameters of PATCH that kubectl looks for before it uses them. */
const PATCH_PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation', 'force'];

/** Schema of a custom resource, from its definition. */
export type CustomSchemas = ReadonlyMap<string, OpenApiSchema>;

function customName(kind: ResourceKind): string {
  return `${kind.group.split('.').reverse().join('.')}.${kind.version}.${kind.kind}`;
}

function customDefinitions(kinds: readonly ResourceKind[], schemas: CustomSchemas, metaRef: string) {
  const definitions: Record<string, OpenApiSchema> = {};
  for (const kind of kinds) {
    if (kind.schema !== undefined) continue;
    const schema = schemas.get(`${kind.resource}.${kind.group}/${kind.version}`) ?? {};
    definitions[customName(kind)] = {
      ...schema,
      type: 'object',
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        ...schema.properties,
        metadata: { $ref: metaRef },
      },
      'x-kubernetes-group-version-kind': [groupVersionKind(kind)],
    };
  }
  return definitions;
}

function schemaName(kind: ResourceKind): string {
  return kind.schema === undefined ? customName(kind) : definitionName(kind.schema);
}

/** The document of `/openapi/v2`. */
export function openApiV2(kinds: readonly ResourceKind[], schemas: CustomSchemas, version: string): Json {
  const refBase = '#/definitions/';
  const stored = kinds.filter((kind) => kind.verbs.includes('patch'));
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(
      stored.map((kind) => [
        objectPath(kind),
        {
          patch: {
            parameters: PATCH_PARAMETERS.map((name) => ({ name, in: 'query', type: 'string', uniqueItems: true })),
            responses: { 200: { description: 'OK', schema: { $ref: refBase + schemaName(kind) } } },
            'x-kubernetes-action': 'patch',
            'x-kubernetes-group-version-kind': groupVersionKind(kind),
          },
        },
      ]),
    ),
    definitions: {
      ...openApiDefinitions(kinds, refBase),
      ...customDefinitions(kinds, schemas, refBase + definitionName('meta.v1.ObjectMeta')),
    },
  };
}

/** The document of `/openapi/v3/…` for one group version. */
export function openApiV3(
  kinds: readonly ResourceKind[],
  schemas: CustomSchemas,
  wanted: string,
  version: string,
): Json | undefined {
  const members = kinds.filter((kind) => groupVersion(kind) === wanted);
  if (members.length === 0) return undefined;
  const refBase = '#/components/schemas/';
  const paths = members
    .filter((kind) => kind.verbs.includes('patch'))
    .map((kind) => {
      const content = { 'application/json': { schema: { $ref: refBase + schemaName(kind) } } };
      const operation = (action: string, parameters: readonly string[]) => ({
        parameters: parameters.map((name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } })),
        responses: { 200: { description: 'OK', content } },
        'x-kubernetes-action': action,
        'x-kubernetes-group-version-kind': groupVersionKind(kind),
      });
      return [objectPath(kind), { get: operation('get', []), patch: operation('patch', PATCH_PARAMETERS) }] as const;
    });
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(paths),
    components: {
      schemas: {
        ...reachable(openApiDefinitions(members, refBase), members),
        ...customDefinitions(members, schemas, refBase + definitionName('meta.v1.ObjectMeta')),
      },
    },
  };
}

/** Only the definitions that the group version's kinds need: the whole table would be sent with every one otherwise. */
function reachable(all: Record<string, OpenApiSchema>, kinds: readonly ResourceKind[]): Record<string, OpenApiSchema> {
  const kept: Record<string, OpenApiSchema> = {};
  const visit = (name: string): void => {
    const schema = all[name];
    if (!schema || kept[name]) return;
    kept[name] = schema;
    for (const match of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      visit(match[1] as string);
  };
  visit(definitionName('meta.v1.ObjectMeta'));
  visit(definitionName('meta.v1.DeleteOptions'));
  for (const kind of kinds) if (kind.schema) visit(definitionName(kind.schema));
  return kept;
}
