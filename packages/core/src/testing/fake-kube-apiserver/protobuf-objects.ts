import type { Json, KubeObject } from './objects.ts';
import { readProtobuf } from './protobuf.ts';
import { type FieldShape, PROTOBUF_SHAPES, type Shape } from './protobuf-shapes.ts';
import { StatusError } from './status-error.ts';

/** Media type of kube-apiserver's binary encoding. */
export const KUBERNETES_PROTOBUF = 'application/vnd.kubernetes.protobuf';

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const ENVELOPE: Shape = { 1: ['type', { 1: ['apiVersion', 'text'], 2: ['kind', 'text'] }] };

const text = (value: number | Uint8Array | undefined): string =>
  Buffer.from((value as Uint8Array | undefined) ?? []).toString('utf8');

function mapEntry(bytes: Uint8Array): [key: string, value: Uint8Array] {
  const fields = readProtobuf(bytes);
  const [key, value] = [1, 2].map((field) => fields.find((candidate) => candidate.field === field)?.value);
  return [text(key), (value as Uint8Array | undefined) ?? new Uint8Array(0)];
}

function intOrString(bytes: Uint8Array): number | string {
  const fields = new Map(readProtobuf(bytes).map(({ field, value }) => [field, value]));
  return fields.get(1) === 1 ? text(fields.get(3)) : ((fields.get(2) as number | undefined) ?? 0);
}

/** The value of one field, given what earlier occurrences of it made. `undefined`: left out. */
function fieldValue(type: FieldShape, value: number | Uint8Array, before: unknown): unknown {
  const bytes = value as Uint8Array;
  switch (type) {
    case 'text':
      return text(value) || undefined;
    case 'number':
      return value === 0 ? undefined : value;
    case 'pointer':
      return value;
    case 'bool':
      return value === 1 ? true : undefined;
    case 'texts':
      return [...((before as string[] | undefined) ?? []), text(value)];
    case 'intOrString':
      return intOrString(bytes) || undefined;
    case 'map':
    case 'bytesMap':
    case 'quantityMap': {
      const [key, item] = mapEntry(bytes);
      const plain = type === 'bytesMap' ? Buffer.from(item).toString('base64') : text(item);
      const entry = type === 'quantityMap' ? text(readProtobuf(item).find(({ field }) => field === 1)?.value) : plain;
      return { ...(before as Json | undefined), [key]: entry };
    }
    default:
      if (!isMany(type)) return decode(bytes, type);
      return [...((before as Json[] | undefined) ?? []), decode(bytes, type.many)];
  }
}

function isMany(type: Shape | { readonly many: Shape }): type is { readonly many: Shape } {
  return 'many' in type;
}

function decode(bytes: Uint8Array, shape: Shape): Json {
  const object: Json = {};
  for (const { field, value } of readProtobuf(bytes)) {
    const known = shape[field];
    if (!known) continue;
    const [name, type] = known;
    const decoded = fieldValue(type, value, object[name]);
    if (decoded !== undefined) object[name] = decoded;
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
    const { apiVersion, kind } = decode(body.subarray(4), ENVELOPE)['type'] as { apiVersion: string; kind: string };
    const raw = readProtobuf(body.subarray(4)).find(({ field }) => field === 2)?.value ?? new Uint8Array();
    const shape = PROTOBUF_SHAPES[kind];
    if (!shape) throw new StatusError('UnsupportedMediaType', `protobuf of ${kind} is not served here; send JSON`);
    return { metadata: { name: '' }, ...decode(raw as Uint8Array, shape), apiVersion, kind };
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw new StatusError('BadRequest', `unable to decode protobuf: ${(error as Error).message}`);
  }
}
