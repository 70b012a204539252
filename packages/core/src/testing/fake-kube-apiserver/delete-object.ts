import type { Cluster, ResourceCall } from './call.ts';
import { decodeBody } from './decode-body.ts';
import { listObjects } from './list.ts';
import { formatTime, type Json, type KubeObject, numberAt, textAt } from './objects.ts';
import { StatusError } from './status-error.ts';
import { isDryRun } from './write-object.ts';

interface DeleteOptions {
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly dryRun: boolean;
}

function readOptions(call: ResourceCall): DeleteOptions {
  const body = call.body.length > 0 ? decodeBody(call) : {};
  const grace = body['gracePeriodSeconds'] ?? call.query.get('gracePeriodSeconds') ?? undefined;
  const dryRun = body['dryRun'];
  return {
    gracePeriodSeconds: grace === undefined ? undefined : Number(grace),
    propagationPolicy: textAt(body, 'propagationPolicy') || (call.query.get('propagationPolicy') ?? ''),
    uid: textAt(body, 'preconditions.uid'),
    resourceVersion: textAt(body, 'preconditions.resourceVersion'),
    dryRun: (Array.isArray(dryRun) && dryRun.includes('All')) || isDryRun(call),
  };
}

function checkPreconditions(call: ResourceCall, object: KubeObject, options: DeleteOptions): void {
  const fail = (what: string, wanted: string, got: string | undefined) =>
    new StatusError(
      'Conflict',
      `Operation cannot be fulfilled on ${call.kind.resource} ${JSON.stringify(object.metadata.name)}: Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${got}`,
    );
  const { uid, resourceVersion } = object.metadata;
  if (options.uid !== '' && options.uid !== uid) throw fail('UID', options.uid, uid);
  if (options.resourceVersion !== '' && options.resourceVersion !== resourceVersion) {
    throw fail('ResourceVersion', options.resourceVersion, resourceVersion);
  }
}

/**
 * Deletes one object: pods get their grace period, objects with finalizers are only marked, everything else goes at
 * once. Returns what the answer's body is.
 */
export function deleteObject(cluster: Cluster, call: ResourceCall, object: KubeObject): Json {
  const { kind } = call;
  const options = readOptions(call);
  checkPreconditions(call, object, options);
  const grace = gracePeriod(object, options);
  const finalizers = [...(object.metadata.finalizers ?? [])];
  if (options.propagationPolicy === 'Foreground') finalizers.push('foregroundDeletion');
  if (options.propagationPolicy === 'Orphan') finalizers.push('orphan');
  const isImmediate = grace === 0 && finalizers.length === 0 && kind.resource !== 'namespaces';
  if (options.dryRun) return isImmediate ? deletedStatus(call, object) : object;
  if (isImmediate) {
    cluster.storage.remove(kind, object.metadata.namespace ?? '', object.metadata.name);
    return deletedStatus(call, object);
  }
  if (object.metadata.deletionTimestamp !== undefined && grace > 0) return object;
  const marked: KubeObject = {
    ...object,
    ...(kind.resource === 'namespaces' && { status: { phase: 'Terminating' } }),
    metadata: {
      ...object.metadata,
      deletionTimestamp: formatTime(cluster.clock.now() + grace * 1_000),
      deletionGracePeriodSeconds: grace,
      ...(finalizers.length > 0 && { finalizers: [...new Set(finalizers)] }),
    },
  };
  return cluster.storage.update(kind, marked);
}

function gracePeriod(object: KubeObject, options: DeleteOptions): number {
  if (object.kind !== 'Pod') return 0;
  // A pod that no node runs any more has nothing to stop.
  const phase = textAt(object, 'status.phase');
  if (textAt(object, 'spec.nodeName') === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  return options.gracePeriodSeconds ?? numberAt(object, 'spec.terminationGracePeriodSeconds', 30);
}

function deletedStatus(call: ResourceCall, object: KubeObject): Json {
  const { kind } = call;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name,
      ...(kind.group && { group: kind.group }),
      kind: kind.resource,
      uid: object.metadata.uid,
    },
  };
}

/** Deletes all objects that the selectors choose and returns them as a list. */
export function deleteCollection(cluster: Cluster, call: ResourceCall): Json {
  const list = listObjects(cluster, call);
  for (const object of list['items'] as KubeObject[]) deleteObject(cluster, call, object);
  return list;
}
