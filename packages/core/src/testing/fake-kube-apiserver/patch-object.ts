import type { Cluster, ResourceCall } from './call.ts';
import { bodyType, expectKind, parseYaml } from './decode-body.ts';
import { groupVersion } from './kinds.ts';
import { applyConfiguration } from './managed-fields.ts';
import { formatTime, isJson, type Json, type KubeObject } from './objects.ts';
import { applyJsonPatch, applyMergePatch } from './patch-json.ts';
import { applyStrategicPatch } from './patch-strategic.ts';
import { schemaType } from './schema.ts';
import { notFound, StatusError } from './status-error.ts';
import { createObject, fieldManagerName, updateObject, type Written } from './write-object.ts';

const APPLY = 'application/apply-patch+yaml';

function parsePatch(call: ResourceCall): unknown {
  try {
    return JSON.parse(call.body.toString('utf8'));
  } catch (error) {
    throw new StatusError('BadRequest', `error decoding patch: ${(error as Error).message}`);
  }
}

function parseJsonPatchObject(call: ResourceCall): Json {
  const patch = parsePatch(call);
  if (!isJson(patch))
    throw new StatusError(
      'BadRequest',
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    );
  return patch;
}

/** The object after a patch that is not an apply patch. */
export function patched(call: ResourceCall, live: Json): Json {
  const type = bodyType(call);
  switch (type) {
    case 'application/json-patch+json':
      return applyJsonPatch(live, parsePatch(call));
    case 'application/merge-patch+json':
      return applyMergePatch(live, parseJsonPatchObject(call)) as Json;
    case 'application/strategic-merge-patch+json':
      if (call.kind.schema === undefined) throw unsupported(call);
      return applyStrategicPatch(live, parseJsonPatchObject(call), schemaType(call.kind.schema));
    default:
      throw unsupported(call);
  }
}

function unsupported(call: ResourceCall): StatusError {
  const types = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];
  if (call.kind.schema !== undefined) types.splice(2, 0, 'application/strategic-merge-patch+json');
  return new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`,
  );
}

/** Applies any of the four patch types. `created` tells that server-side apply made the object. */
export function patchObject(
  cluster: Cluster,
  call: ResourceCall,
  live: KubeObject | undefined,
): Written & { readonly created: boolean } {
  const { kind, info } = call;
  if (bodyType(call) !== APPLY) {
    if (!live) throw notFound(kind.resource, kind.group, info.name);
    const after = patched(call, live);
    const object = expectKind(after, groupVersion(kind), kind.kind);
    return { ...updateObject(cluster, call, live, object), created: false };
  }
  if (call.query.get('fieldManager') === null) {
    throw new StatusError(
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  const applied = expectKind(parseYaml(call.body), groupVersion(kind), kind.kind);
  if (applied.metadata.managedFields !== undefined)
    throw new StatusError('BadRequest', 'metadata.managedFields must be nil');
  if (applied.metadata.name !== '' && applied.metadata.name !== info.name) {
    throw new StatusError(
      'BadRequest',
      `the name of the object (${applied.metadata.name}) does not match the name on the URL (${info.name})`,
    );
  }
  applied.metadata.name = info.name;
  if (kind.namespaced) applied.metadata.namespace = info.namespace;
  const object = applyConfiguration({
    live,
    applied,
    schema: schemaType(kind.schema),
    manager: { name: fieldManagerName(call), subresource: info.subresource, time: formatTime(cluster.clock.now()) },
    force: call.query.get('force') === 'true',
    resource: kind.resource,
    group: kind.group,
  });
  if (live) return { ...updateObject(cluster, call, live, object), created: false };
  return { ...createObject(cluster, call, object), created: true };
}
