import type { Cluster, Reply, ResourceCall } from './call.ts';
import { objectReply } from './call.ts';
import { decodeBody, expectKind } from './decode-body.ts';
import { deleteCollection, deleteObject } from './delete-object.ts';
import { groupVersion } from './kinds.ts';
import { listObjects } from './list.ts';
import { readMetrics } from './metrics.ts';
import type { Json, KubeObject } from './objects.ts';
import { jsonAt } from './objects.ts';
import { patchObject } from './patch-object.ts';
import { createReview, createToken } from './reviews.ts';
import { handleScale } from './scale.ts';
import { notFound, StatusError } from './status-error.ts';
import { watchObjects } from './watch.ts';
import { createObject, updateObject } from './write-object.ts';

const STORED_SUBRESOURCES = new Set(['', 'status', 'ephemeralcontainers', 'resize', 'finalize']);

function stored(cluster: Cluster, call: ResourceCall): KubeObject {
  const { kind, info } = call;
  const object = cluster.storage.get(kind, info.namespace, info.name);
  if (!object) throw notFound(kind.resource, kind.group, info.name);
  return object;
}

const warned = (warnings: readonly string[]): string[] =>
  warnings.flatMap((text) => ['Warning', `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`]);

function methodNotAllowed(): StatusError {
  return new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

/** Answers requests about resources, except connections to pods and the content of logs. */
export function handleResource(cluster: Cluster, call: ResourceCall): Reply {
  const { kind, info } = call;
  if (kind.group === 'metrics.k8s.io') {
    if (info.verb !== 'get' && info.verb !== 'list') throw methodNotAllowed();
    return objectReply(200, readMetrics(cluster, call));
  }
  if (!kind.verbs.includes('get')) {
    if (info.verb !== 'create' || info.name !== '') throw methodNotAllowed();
    return objectReply(201, createReview(cluster, call));
  }
  if (info.name === '' && (info.verb === 'update' || info.verb === 'patch')) throw methodNotAllowed();
  if (!STORED_SUBRESOURCES.has(info.subresource)) return handleSubresource(cluster, call);
  switch (info.verb) {
    case 'get':
      return objectReply(200, stored(cluster, call));
    case 'list':
      return objectReply(200, listObjects(cluster, call));
    case 'watch':
      return watchObjects(cluster, call);
    case 'create': {
      if (info.name !== '') throw methodNotAllowed();
      const body = expectKind(decodeBody(call), groupVersion(kind), kind.kind);
      const { object, warnings } = createObject(cluster, call, body);
      return objectReply(201, object, warned(warnings));
    }
    case 'update': {
      const body = expectKind(decodeBody(call), groupVersion(kind), kind.kind);
      const { object, warnings } = updateObject(cluster, call, stored(cluster, call), body);
      return objectReply(200, object, warned(warnings));
    }
    case 'patch': {
      const live = cluster.storage.get(kind, info.namespace, info.name);
      const { object, warnings, created } = patchObject(cluster, call, live);
      return objectReply(created ? 201 : 200, object, warned(warnings));
    }
    case 'delete':
      return objectReply(200, deleteObject(cluster, call, stored(cluster, call)));
    case 'deletecollection':
      return objectReply(200, deleteCollection(cluster, call));
    default:
      throw methodNotAllowed();
  }
}

function handleSubresource(cluster: Cluster, call: ResourceCall): Reply {
  const { kind, info } = call;
  const object = stored(cluster, call);
  switch (info.subresource) {
    case 'scale':
      return objectReply(200, handleScale(cluster, call, object));
    case 'token':
      if (call.method !== 'POST') throw methodNotAllowed();
      return objectReply(201, createToken(cluster, call, { uid: object.metadata.uid ?? '' }));
    case 'eviction': {
      if (call.method !== 'POST') throw methodNotAllowed();
      const options = jsonAt(decodeBody(call), 'deleteOptions');
      deleteObject(cluster, { ...call, body: Buffer.from(JSON.stringify(options)), headers: [] }, object);
      return objectReply(201, success(201));
    }
    case 'binding': {
      if (call.method !== 'POST') throw methodNotAllowed();
      const nodeName = jsonAt(decodeBody(call), 'target')['name'];
      cluster.storage.update(kind, { ...object, spec: { ...jsonAt(object, 'spec'), nodeName } });
      return objectReply(201, success(201));
    }
    default:
      throw new StatusError('NotFound', 'the server could not find the requested resource');
  }
}

function success(code: number): Json {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code };
}
