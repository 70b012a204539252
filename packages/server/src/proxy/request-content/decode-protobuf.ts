import type { Json } from './json.ts';
import { UnreadableBody } from './parse-json.ts';
import { readProtobuf } from './protobuf-reader.ts';
import type { FieldShape, Shape } from './protobuf-shapes.ts';

const MAGIC = Buffer.from('k8s\0', 'latin1');
const ENVELOPE: Shape = {
  1: ['typeMeta', { 1: ['apiVersion', 'text'], 2: ['kind', 'text'] }],
  3: ['contentEncoding', 'text'],
  4: ['contentType', 'text'],
};
const RAW_FIELD = 2;

/** An object in kube-apiserver's binary form: what it says it is, and the message itself. */
export interface ProtobufObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/**
 * Opens the envelope (`runtime.Unknown` behind the bytes `k8s\0`) of a protobuf body.
 * @throws UnreadableBody
 */
export function openProtobuf(body: Uint8Array): ProtobufObject {
  if (!MAGIC.equals(body.subarray(0, MAGIC.length)))
    throw new UnreadableBody('it is no protobuf of the Kubernetes API');
  const message = body.subarray(MAGIC.length);
  const { typeMeta, contentEncoding, contentType } = decodeMessage(message, ENVELOPE);
  const raws = readProtobuf(message).filter(({ field }) => field === RAW_FIELD);
  const { apiVersion, kind } = (typeMeta ?? {}) as Json;
  if (raws.length > 1 || contentEncoding !== undefined || contentType !== undefined) {
    throw new UnreadableBody('its protobuf is wrapped in a way that is not known here');
  }
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    throw new UnreadableBody('its protobuf does not say of which kind it is');
  }
  const raw = raws[0]?.value;
  return { apiVersion, kind, raw: raw instanceof Uint8Array ? raw : new Uint8Array() };
}

/**
 * Reads the fields of a message that `shape` names; zero values are left out. Go's readers merge a message that stands
 * twice, and so does this; of a number or text that stands twice they take the last, which is refused here.
 * @throws UnreadableBody
 */
export function decodeMessage(bytes: Uint8Array, shape: Shape): Json {
  const object: Record<string, unknown> = {};
  readInto(object, bytes, shape);
  return object;
}

function readInto(object: Record<string, unknown>, bytes: Uint8Array, shape: Shape): void {
  const seen = new Set<number>();
  for (const { field, value } of readProtobuf(bytes)) {
    const known = shape[field];
    if (known === undefined) continue;
    const [name, type] = known;
    if (isScalar(type)) {
      if (seen.has(field)) throw new UnreadableBody(`its protobuf holds ${name} twice`);
      seen.add(field);
      const read = readScalar(name, type, value);
      // A message that stands twice is read into one object; a zero in the second part takes nothing away here.
      if (read !== undefined && object[name] !== undefined)
        throw new UnreadableBody(`its protobuf holds ${name} twice`);
      if (read !== undefined) object[name] = read;
      continue;
    }
    const part = bytesOf(name, value);
    if (type === 'texts') append(object, name, textOf(part));
    else if (type === 'map') object[name] = { ...(object[name] as Json | undefined), ...mapEntry(part) };
    else if (isList(type)) append(object, name, decodeMessage(part, type.list));
    else {
      const inner = name === '' ? object : ((object[name] ?? {}) as Record<string, unknown>);
      readInto(inner, part, type);
      if (name !== '') object[name] = inner;
    }
  }
}

type ScalarShape = 'text' | 'number' | 'bool';

function isScalar(type: FieldShape): type is ScalarShape {
  return type === 'text' || type === 'number' || type === 'bool';
}

function isList(type: Shape | { readonly list: Shape }): type is { readonly list: Shape } {
  return 'list' in type;
}

function readScalar(name: string, type: ScalarShape, value: number | Uint8Array | undefined): unknown {
  if (type === 'text') return textOf(bytesOf(name, value)) || undefined;
  if (typeof value !== 'number') throw new UnreadableBody(`its protobuf holds ${name} in another form`);
  if (value === 0) return undefined;
  return type === 'bool' ? true : value;
}

function bytesOf(name: string, value: number | Uint8Array | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new UnreadableBody(`its protobuf holds ${name} in another form`);
  return value;
}

function append(object: Record<string, unknown>, name: string, item: unknown): void {
  const list = object[name];
  if (Array.isArray(list)) list.push(item);
  else object[name] = [item];
}

function mapEntry(bytes: Uint8Array): Json {
  const { key = '', value = '' } = decodeMessage(bytes, { 1: ['key', 'text'], 2: ['value', 'text'] });
  return { [String(key)]: value };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new UnreadableBody('its protobuf holds text that is not UTF-8');
  }
}
