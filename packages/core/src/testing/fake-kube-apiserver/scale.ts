import type { Cluster, ResourceCall } from './call.ts';
import { decodeBody } from './decode-body.ts';
import { type Json, jsonAt, type KubeObject, mapAt, numberAt, textAt } from './objects.ts';
import { patched } from './patch-object.ts';
import { StatusError } from './status-error.ts';
import { formatSelector } from './table-text.ts';
import { updateObject } from './write-object.ts';

function scaleOf(object: KubeObject): Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(object, 'spec.replicas') },
    status: {
      replicas: numberAt(object, 'status.replicas'),
      selector: formatSelector({ matchLabels: mapAt(object, 'spec.selector.matchLabels') }),
    },
  };
}

/** Reads or changes the `scale` subresource of a workload. */
export function handleScale(cluster: Cluster, call: ResourceCall, object: KubeObject): Json {
  if (call.method === 'GET') return scaleOf(object);
  const scale =
    call.method === 'PUT'
      ? decodeBody(call)
      : patched({ ...call, kind: { ...call.kind, schema: 'autoscaling.v1.Scale' } }, scaleOf(object));
  const replicas = numberAt(scale, 'spec.replicas', 0);
  if (!Number.isInteger(replicas) || replicas < 0) {
    throw new StatusError(
      'Invalid',
      `Scale.autoscaling ${JSON.stringify(object.metadata.name)} is invalid: spec.replicas: Invalid value: ${replicas}: must be greater than or equal to 0`,
    );
  }
  const resourceVersion = textAt(scale, 'metadata.resourceVersion');
  const next: KubeObject = {
    ...object,
    metadata: { ...object.metadata, ...(resourceVersion && { resourceVersion }) },
    spec: { ...jsonAt(object, 'spec'), replicas },
  };
  // The scale path writes the workload's own spec, under the workload's own rules.
  const asWhole: ResourceCall = { ...call, info: { ...call.info, subresource: '' } };
  return scaleOf(updateObject(cluster, asWhole, object, next).object);
}
