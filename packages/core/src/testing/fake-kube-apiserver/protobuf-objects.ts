import type { Json, KubeObject } from './objects.ts';
import { readProtobuf } from './protobuf.ts';
import { StatusError } from './status-error.ts';

/** Media type of kube-apiserver's binary encoding. */
export const KUBERNETES_PROTOBUF = 'application/vnd.kubernetes.protobuf';

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

type Shape = { readonly [field: number]: readonly [name: string, type: FieldShape] };
type FieldShape = 'text' | 'texts' | 'number' | 'bool' | 'map' | Shape;

const OBJECT_META: Shape = {
  1: ['name', 'text'],
  2: ['generateName', 'text'],
  3: ['namespace', 'text'],
  5: ['uid', 'text'],
  6: ['resourceVersion', 'text'],
  11: ['labels', 'map'],
  12: ['annotations', 'map'],
};

const RESOURCE_ATTRIBUTES: Shape = {
  1: ['namespace', 'text'],
  2: ['verb', 'text'],
  3: ['group', 'text'],
  4: ['version', 'text'],
  5: ['resource', 'text'],
  6: ['subresource', 'text'],
  7: ['name', 'text'],
};
const NON_RESOURCE_ATTRIBUTES: Shape = { 1: ['path', 'text'], 2: ['verb', 'text'] };
const REVIEW: Shape = {
  1: ['resourceAttributes', RESOURCE_ATTRIBUTES],
  2: ['nonResourceAttributes', NON_RESOURCE_ATTRIBUTES],
};
const TOKEN_REQUEST: Shape = {
  1: ['audiences', 'texts'],
  3: ['boundObjectRef', { 1: ['kind', 'text'], 2: ['apiVersion', 'text'], 3: ['name', 'text'], 4: ['uid', 'text'] }],
  4: ['expirationSeconds', 'number'],
};

const of = (spec?: Shape): Shape => ({ 1: ['metadata', OBJECT_META], ...(spec && { 2: ['spec', spec] as const }) });

// The bodies that kubectl 1.32 to 1.36 send in protobuf; field numbers from the generated.proto files of the API.
const SHAPES: Readonly<Record<string, Shape>> = {
  SelfSubjectAccessReview: of(REVIEW),
  SubjectAccessReview: of({ ...REVIEW, 3: ['user', 'text'], 4: ['groups', 'texts'], 6: ['uid', 'text'] }),
  LocalSubjectAccessReview: of({ ...REVIEW, 3: ['user', 'text'], 4: ['groups', 'texts'], 6: ['uid', 'text'] }),
  SelfSubjectRulesReview: of({ 1: ['namespace', 'text'] }),
  SelfSubjectReview: of(),
  TokenRequest: of(TOKEN_REQUEST),
  TokenReview: of({ 1: ['token', 'text'], 2: ['audiences', 'texts'] }),
  DeleteOptions: {
    1: ['gracePeriodSeconds', 'number'],
    3: ['orphanDependents', 'bool'],
    4: ['propagationPolicy', 'text'],
    5: ['dryRun', 'texts'],
  },
  Eviction: { 1: ['metadata', OBJECT_META], 2: ['deleteOptions', { 1: ['gracePeriodSeconds', 'number'] }] },
  Namespace: of(),
};

const text = (value: number | Uint8Array): string => Buffer.from(value as Uint8Array).toString('utf8');

function decode(bytes: Uint8Array, shape: Shape): Json {
  const object: Json = {};
  for (const { field, value } of readProtobuf(bytes)) {
    const known = shape[field];
    if (!known) continue;
    const [name, type] = known;
    if (type === 'number') object[name] = value;
    else if (type === 'bool') object[name] = value === 1;
    else if (type === 'text') object[name] = text(value);
    else if (type === 'texts') object[name] = [...((object[name] as string[] | undefined) ?? []), text(value)];
    else if (type === 'map') {
      const entry = readProtobuf(value as Uint8Array);
      const [key, item] = [1, 2].map((part) => entry.find((candidate) => candidate.field === part)?.value);
      object[name] = {
        ...(object[name] as Json | undefined),
        [text(key ?? new Uint8Array())]: text(item ?? new Uint8Array()),
      };
    } else object[name] = decode(value as Uint8Array, type);
  }
  return object;
}

/**
 * Reads a protobuf body: the magic bytes, then a `runtime.Unknown` with type and raw message.
 * @throws StatusError 415 for kinds whose bodies kubectl sends as JSON, 400 when it can't be read
 */
export function decodeKubernetesProtobuf(body: Uint8Array): KubeObject {
  if (Buffer.compare(body.subarray(0, 4), MAGIC) !== 0) {
    throw new StatusError('BadRequest', 'provided data does not appear to be a protobuf message');
  }
  try {
    const envelope = decode(body.subarray(4), { 1: ['type', { 1: ['apiVersion', 'text'], 2: ['kind', 'text'] }] });
    const raw = readProtobuf(body.subarray(4)).find(({ field }) => field === 2)?.value ?? new Uint8Array();
    const { apiVersion, kind } = envelope['type'] as { apiVersion: string; kind: string };
    const shape = SHAPES[kind];
    if (!shape) throw new StatusError('UnsupportedMediaType', `protobuf of ${kind} is not served here; send JSON`);
    return { metadata: { name: '' }, ...decode(raw as Uint8Array, shape), apiVersion, kind };
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw new StatusError('BadRequest', `unable to decode protobuf: ${(error as Error).message}`);
  }
}
