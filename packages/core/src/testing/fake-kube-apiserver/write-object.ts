import { randomBytes, randomUUID } from 'node:crypto';
import { firstHeader } from '../../raw-headers.ts';
import type { Cluster, ResourceCall } from './call.ts';
import { applyDefaults } from './defaults.ts';
import { trackUpdate } from './managed-fields.ts';
import { formatTime, jsonAt, type KubeObject, sameJson } from './objects.ts';
import { checkEscalation } from './rbac-escalation.ts';
import { missingFields, prune, schemaType } from './schema.ts';
import { invalid, notFound, StatusError } from './status-error.ts';
import { validateObject, validateUpdate } from './validate.ts';

/** A written object with the warnings its sender gets. */
export interface Written {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** A suffix as kube-apiserver makes it for `generateName`. */
export function randomSuffix(length = 5): string {
  return [...randomBytes(length)].map((byte) => NAME_ALPHABET[byte % NAME_ALPHABET.length]).join('');
}

/** Name of the field manager: the query's, else the first word of the User-Agent, as at kube-apiserver. */
export function fieldManagerName(call: ResourceCall): string {
  const agent = firstHeader(call.headers, 'user-agent') ?? 'unknown';
  return call.query.get('fieldManager') ?? (agent.split('/')[0] as string);
}

/** Whether the request only tries. @throws StatusError for values other than `All` */
export function isDryRun(call: ResourceCall): boolean {
  const values = call.query.getAll('dryRun');
  if (values.some((value) => value !== 'All')) {
    throw invalid('PatchOptions', 'meta.k8s.io', '', [
      {
        field: 'dryRun',
        reason: 'FieldValueNotSupported',
        message: `Unsupported value: ${JSON.stringify(values[0])}: supported values: "All"`,
      },
    ]);
  }
  return values.length > 0;
}

/** Drops fields the kind does not have; what that means depends on `fieldValidation`. */
function pruneUnknown(call: ResourceCall, object: KubeObject): Written {
  const schema = schemaType(call.kind.schema);
  if (!schema) return { object, warnings: [] };
  const pruned = prune(object, schema);
  if (pruned.mistyped !== undefined) {
    throw new StatusError(
      'BadRequest',
      `${object.kind} in version ${JSON.stringify(call.kind.version)} cannot be handled as a ${object.kind}: ${pruned.mistyped}`,
    );
  }
  const problems = pruned.unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
  const mode = call.query.get('fieldValidation') ?? 'Warn';
  if (problems.length > 0 && mode === 'Strict') {
    throw new StatusError(
      'BadRequest',
      `${object.kind} in version ${JSON.stringify(call.kind.version)} cannot be handled as a ${object.kind}: strict decoding error: ${problems.join(', ')}`,
    );
  }
  return { object: pruned.object as KubeObject, warnings: mode === 'Warn' ? problems : [] };
}

function check(call: ResourceCall, object: KubeObject, before: KubeObject | undefined): void {
  const problems = [...validateObject(object), ...(before ? validateUpdate(before, object) : [])];
  const schema = schemaType(call.kind.schema);
  const known = new Set(problems.map((problem) => problem.field));
  for (const field of schema ? missingFields(object, schema) : []) {
    const covered = [...known].some((one) => field === one || field.startsWith(`${one}.`) || one.startsWith(field));
    if (!covered && field.startsWith('spec'))
      problems.push({ field, reason: 'FieldValueRequired', message: 'Required value' });
  }
  if (problems.length > 0) throw invalid(object.kind, call.kind.group, object.metadata.name, problems);
}

function checkNamespace(cluster: Cluster, call: ResourceCall, object: KubeObject): void {
  if (!call.kind.namespaced) return;
  const kind = cluster.kinds.findResource('', 'namespaces');
  const namespace = kind && cluster.storage.get(kind, '', call.info.namespace);
  if (!namespace) throw notFound('namespaces', '', call.info.namespace);
  if (namespace.metadata.deletionTimestamp !== undefined) {
    throw new StatusError(
      'Forbidden',
      `${call.kind.resource} ${JSON.stringify(object.metadata.name)} is forbidden: unable to create new content in namespace ${call.info.namespace} because it is being terminated`,
    );
  }
}

/** Admits and stores a new object. */
export function createObject(cluster: Cluster, call: ResourceCall, body: KubeObject): Written {
  const { kind, info } = call;
  const { object, warnings } = pruneUnknown(call, body);
  const { generateName, namespace } = object.metadata;
  if (kind.namespaced && namespace !== undefined && namespace !== info.namespace) {
    throw new StatusError(
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  if (object.metadata.resourceVersion) {
    throw new StatusError('BadRequest', 'resourceVersion should not be set on objects to be created');
  }
  const name = object.metadata.name || (generateName ? generateName + randomSuffix() : '');
  const {
    uid: _uid,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    namespace: _namespace,
    ...metadata
  } = object.metadata;
  const admitted: KubeObject = {
    ...structuredClone(object),
    metadata: { ...structuredClone(metadata), name, ...(kind.namespaced && { namespace: info.namespace }) },
  };
  if (kind.subresources.some((sub) => sub.name === 'status')) delete admitted['status'];
  if (jsonAt(admitted, 'spec') !== undefined && 'spec' in admitted && kind.resource !== 'services')
    admitted.metadata.generation = 1;
  checkNamespace(cluster, call, admitted);
  applyDefaults(admitted, cluster.allocate);
  admitPod(cluster, admitted);
  check(call, admitted, undefined);
  checkEscalation(cluster.rbac, call.user, admitted);
  const tracked = admitted.metadata.managedFields
    ? admitted
    : trackUpdate(undefined, admitted, schemaType(kind.schema), manager(cluster, call));
  if (!isDryRun(call)) return { object: cluster.storage.create(kind, tracked), warnings };
  cluster.storage.assertCreatable(kind, tracked);
  const tried = { ...tracked.metadata, uid: randomUUID(), creationTimestamp: formatTime(cluster.clock.now()) };
  return { object: { ...tracked, metadata: tried }, warnings };
}

function manager(cluster: Cluster, call: ResourceCall) {
  const subresource = call.info.subresource;
  return { name: fieldManagerName(call), subresource, time: formatTime(cluster.clock.now()) };
}

/** Service account of pods, as the admission plugin of that name sees to it. */
function admitPod(cluster: Cluster, object: KubeObject): void {
  if (object.kind !== 'Pod') return;
  const spec = jsonAt(object, 'spec');
  spec['serviceAccountName'] ??= 'default';
  spec['serviceAccount'] = spec['serviceAccountName'];
  const kind = cluster.kinds.findResource('', 'serviceaccounts');
  const account =
    kind && cluster.storage.get(kind, object.metadata.namespace ?? '', String(spec['serviceAccountName']));
  if (account) return;
  throw new StatusError(
    'Forbidden',
    `pods ${JSON.stringify(object.metadata.name)} is forbidden: error looking up service account ${object.metadata.namespace}/${String(spec['serviceAccountName'])}: serviceaccount ${JSON.stringify(spec['serviceAccountName'])} not found`,
  );
}

/** Admits and stores a change. `after` is the whole object as it is wanted. */
export function updateObject(cluster: Cluster, call: ResourceCall, before: KubeObject, after: KubeObject): Written {
  const { kind, info } = call;
  const { object, warnings } = pruneUnknown(call, after);
  if (object.metadata.name !== before.metadata.name) {
    throw new StatusError(
      'BadRequest',
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${before.metadata.name})`,
    );
  }
  if (object.metadata.uid !== undefined && object.metadata.uid !== before.metadata.uid) {
    throw new StatusError(
      'Conflict',
      `Operation cannot be fulfilled on ${kind.resource} ${JSON.stringify(before.metadata.name)}: Precondition failed: UID in precondition: ${object.metadata.uid}, UID in object meta: ${before.metadata.uid}`,
    );
  }
  const next = combine(
    kind.subresources.some((sub) => sub.name === 'status'),
    info.subresource,
    before,
    structuredClone(object),
  );
  if (info.subresource === '') {
    applyDefaults(next, cluster.allocate);
    check(call, next, before);
    if (!sameJson(before['rules'], next['rules']) || !sameJson(before['roleRef'], next['roleRef'])) {
      checkEscalation(cluster.rbac, call.user, next);
    }
    if (before.metadata.generation !== undefined && !sameJson(before['spec'], next['spec'])) {
      next.metadata.generation = before.metadata.generation + 1;
    }
  }
  const tracked =
    after.metadata.managedFields !== before.metadata.managedFields && call.method === 'PATCH'
      ? next
      : trackUpdate(before, next, schemaType(kind.schema), manager(cluster, call));
  if (isDryRun(call)) {
    cluster.storage.assertUpdatable(kind, tracked);
    return { object: tracked, warnings };
  }
  return { object: finalize(cluster, call, cluster.storage.update(kind, tracked)), warnings };
}

/** The parts of `after` that this path may change; the rest stays. */
function combine(hasStatus: boolean, subresource: string, before: KubeObject, after: KubeObject): KubeObject {
  const fixed = {
    uid: before.metadata.uid,
    creationTimestamp: before.metadata.creationTimestamp,
    generation: before.metadata.generation,
    deletionTimestamp: before.metadata.deletionTimestamp,
    deletionGracePeriodSeconds: before.metadata.deletionGracePeriodSeconds,
    namespace: before.metadata.namespace,
  };
  const kept = Object.fromEntries(Object.entries(fixed).filter(([, value]) => value !== undefined));
  const resourceVersion = after.metadata.resourceVersion;
  if (subresource === 'status') {
    return {
      ...before,
      metadata: { ...before.metadata, ...(resourceVersion && { resourceVersion }) },
      status: after['status'],
    };
  }
  const next: KubeObject = { ...after, metadata: { ...after.metadata, ...kept } };
  if (hasStatus) {
    if (before['status'] === undefined) delete next['status'];
    else next['status'] = before['status'];
  }
  return next;
}

/** Removes an object whose last finalizer has just gone. */
function finalize(cluster: Cluster, call: ResourceCall, object: KubeObject): KubeObject {
  const isDeleting =
    object.metadata.deletionTimestamp !== undefined && object.metadata.deletionGracePeriodSeconds === 0;
  if (!isDeleting || (object.metadata.finalizers ?? []).length > 0) return object;
  if (call.kind.resource === 'namespaces' && call.info.subresource !== 'finalize') return object;
  return cluster.storage.remove(call.kind, object.metadata.namespace ?? '', object.metadata.name);
}
