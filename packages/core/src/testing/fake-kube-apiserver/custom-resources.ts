import type { Cluster } from './call.ts';
import { type PrinterColumn, type ResourceKind, STORED_VERBS } from './kinds.ts';
import { formatTime, type Json, jsonAt, type KubeObject, listAt, textAt, textsAt } from './objects.ts';
import type { OpenApiSchema } from './openapi-schema.ts';
import type { StoreEvent } from './storage.ts';

/** Serves the custom resources whose definitions are stored. */
export interface CustomResources {
  readonly schemas: ReadonlyMap<string, OpenApiSchema>;
  onEvent(event: StoreEvent): void;
}

/** Creates the follower of CustomResourceDefinitions. */
export function createCustomResources(cluster: Cluster): CustomResources {
  const schemas = new Map<string, OpenApiSchema>();

  function establish(definition: KubeObject): void {
    const spec = jsonAt(definition, 'spec');
    const group = textAt(spec, 'group');
    const names = jsonAt(spec, 'names');
    const resource = textAt(names, 'plural');
    cluster.kinds.removeResource(group, resource);
    for (const version of listAt(spec, 'versions').filter((one) => one['served'] === true)) {
      cluster.kinds.add(customKind(group, resource, names, version, spec['scope'] !== 'Cluster'));
      const schema = jsonAt(version, 'schema.openAPIV3Schema');
      schemas.set(`${resource}.${group}/${textAt(version, 'name')}`, schema);
    }
    const now = formatTime(cluster.clock.now());
    const condition = (type: string, reason: string): Json => ({
      type,
      status: 'True',
      lastTransitionTime: now,
      reason,
      message: '',
    });
    const kind = cluster.kinds.findResource('apiextensions.k8s.io', 'customresourcedefinitions');
    const fresh = kind && cluster.storage.get(kind, '', definition.metadata.name);
    if (!kind || !fresh || listAt(fresh, 'status.conditions').length > 0) return;
    cluster.storage.update(kind, {
      ...fresh,
      status: {
        acceptedNames: { ...names },
        conditions: [condition('NamesAccepted', 'NoConflicts'), condition('Established', 'InitialNamesAccepted')],
        storedVersions: listAt(spec, 'versions')
          .filter((one) => one['storage'] === true)
          .map((one) => textAt(one, 'name')),
      },
    });
  }

  return {
    schemas,
    onEvent(event) {
      if (event.resource !== 'customresourcedefinitions.apiextensions.k8s.io') return;
      if (event.type === 'DELETED') {
        cluster.kinds.removeResource(textAt(event.object, 'spec.group'), textAt(event.object, 'spec.names.plural'));
      } else {
        // In the same turn: the definition is served as soon as its creation is answered.
        establish(event.object);
      }
    },
  };
}

function customKind(group: string, resource: string, names: Json, version: Json, namespaced: boolean): ResourceKind {
  const sub = jsonAt(version, 'subresources');
  const kind = textAt(names, 'kind');
  return {
    group,
    version: textAt(version, 'name'),
    resource,
    singular: textAt(names, 'singular') || kind.toLowerCase(),
    kind,
    namespaced,
    shortNames: textsAt(names, 'shortNames'),
    categories: textsAt(names, 'categories'),
    verbs: STORED_VERBS,
    subresources: [
      ...('status' in sub ? [{ name: 'status', verbs: ['get', 'patch', 'update'] }] : []),
      ...('scale' in sub
        ? [
            {
              name: 'scale',
              verbs: ['get', 'patch', 'update'],
              kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
            },
          ]
        : []),
    ],
    schema: undefined,
    printerColumns: listAt(version, 'additionalPrinterColumns').map(
      (column): PrinterColumn => ({
        name: textAt(column, 'name'),
        type: textAt(column, 'type'),
        jsonPath: textAt(column, 'jsonPath'),
        priority: typeof column['priority'] === 'number' ? column['priority'] : 0,
      }),
    ),
  };
}
