import { isObject, type JsonObject, mapValues, ownValue } from './json.ts';
import { type FieldShape, fieldsOf } from './kube-schema.ts';
import { Masked } from './masked.ts';
import { announcesSecret, holdsSecretText, isSecretName } from './secret-text.ts';

/** Fields that hold nothing but secrets, or bytes that nobody can tell from secrets. Names inside are shown. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['V1Secret.data', 'V1Secret.stringData', 'V1ConfigMap.binaryData']);

/** Types that pair a name with a value. */
const PAIRS: ReadonlySet<string> = new Set(['V1EnvVar', 'V1HTTPHeader']);

/** Maps whose names say what is selected or measured, so that a name like `token` gives no secret away. */
const PLAIN_MAPS: ReadonlySet<string> = new Set([
  ...['labels', 'matchLabels', 'nodeSelector', 'selector', 'scopeSelector'],
  ...['limits', 'requests', 'capacity', 'allocatable', 'hard', 'used', 'default', 'defaultRequest', 'max', 'min'],
  ...['maxLimitRequestRatio', 'overhead', 'podFixed', 'allocatedResources', 'counts'],
]);

/** Where a value stands. */
interface Place {
  /** Name of the type that has the field. */
  readonly type: string;
  readonly field: string;
  /** Kind of the whole object: of a Secret, annotations are hidden too. */
  readonly root: string;
}

/**
 * An object with everything hidden in it that may be a secret, by the schema of its type: what holds secrets by its nature
 * (`Secret.data`), what is named like one (environment variables, entries of ConfigMaps, annotations, flags of a command
 * line), what looks like one (keys, tokens, passwords in URLs), and every field that the schema does not know.
 *
 * @param type name of the object's type; `undefined`: nothing but its metadata is known
 */
export function maskObject(object: JsonObject, type: string | undefined): JsonObject {
  if (type !== undefined) return maskFields(object, type, type);
  return mapValues(object, (value, name) => {
    if (name === 'apiVersion' || name === 'kind') return maskScalar(value);
    if (name !== 'metadata') return new Masked(value, false);
    return maskShape(value, METADATA, { type: '', field: name, root: '' });
  });
}

/** A value that is written to a place inside an object, with what is hidden as {@link maskObject} would. */
export function maskAt(path: readonly string[], value: unknown, type: string | undefined): unknown {
  if (type === undefined) return new Masked(value, false);
  return maskBelow(path, value, { kind: 'type', type }, { type: '', field: '', root: type });
}

const METADATA: FieldShape = { kind: 'type', type: 'V1ObjectMeta' };

function maskFields(object: JsonObject, type: string, root: string): JsonObject {
  const fields = fieldsOf(type);
  const isSecret = PAIRS.has(type) && isSecretPair(object);
  return mapValues(object, (value, name) => {
    const shape = fields.get(name);
    if (shape === undefined) return new Masked(value, false);
    if (isSecret && name === 'value') return new Masked(value, true);
    return maskShape(value, shape, { type, field: name, root });
  });
}

function isSecretPair(object: JsonObject): boolean {
  const name = ownValue(object, 'name');
  return typeof name !== 'string' || isSecretName(name);
}

function maskShape(value: unknown, shape: FieldShape, place: Place): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return maskList(value, shape, place);
  switch (shape.kind) {
    case 'scalar':
      return maskScalar(value);
    case 'any':
      return new Masked(value, false);
    case 'type':
      return isObject(value) ? maskFields(value, shape.type, place.root) : new Masked(value, false);
    case 'map': {
      if (!isObject(value)) return new Masked(value, true);
      return mapValues(value, (entry, name) => maskEntry(entry, name, shape.type, place));
    }
  }
}

function maskList(list: readonly unknown[], shape: FieldShape, place: Place): unknown {
  // Of a list of maps nothing is known: the API has none.
  if (shape.kind === 'map' || shape.kind === 'any') return new Masked(list, shape.kind === 'map');
  return list.map((item, at) => {
    if (Array.isArray(item)) return new Masked(item, false);
    if (shape.kind === 'scalar' && announcesSecret(list[at - 1])) return new Masked(item, true);
    return maskShape(item, shape, place);
  });
}

function maskEntry(value: unknown, name: string, type: string | undefined, place: Place): unknown {
  if (type !== undefined) return maskShape(value, { kind: 'type', type }, { ...place, type, field: name });
  if (SECRET_FIELDS.has(`${place.type}.${place.field}`)) return new Masked(value, true);
  if (place.field === 'annotations' && place.root === 'V1Secret') return new Masked(value, true);
  if (!PLAIN_MAPS.has(place.field) && isSecretName(name)) return new Masked(value, true);
  if (Array.isArray(value)) return value.map(maskScalar);
  return maskScalar(value);
}

function maskScalar(value: unknown): unknown {
  if (typeof value === 'string') return holdsSecretText(value) ? new Masked(value, true) : value;
  return typeof value === 'object' && value !== null ? new Masked(value, false) : value;
}

const INDEX = /^(?:\d+|-)$/;

function maskBelow(path: readonly string[], value: unknown, shape: FieldShape, place: Place): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return maskShape(value, shape, place);
  switch (shape.kind) {
    case 'any':
      return new Masked(value, false);
    case 'scalar':
      // The word before it is not known here, and may be a flag that takes a secret.
      return INDEX.test(name) ? new Masked(value, true) : new Masked(value, false);
    case 'map':
      return rest.length === 0
        ? maskEntry(value, name, shape.type, place)
        : maskEntryBelow(rest, value, shape.type, place);
    case 'type': {
      const field = fieldsOf(shape.type).get(name);
      if (field === undefined) {
        return INDEX.test(name) ? maskBelow(rest, value, shape, place) : new Masked(value, false);
      }
      if (PAIRS.has(shape.type) && name === 'value') return new Masked(value, true);
      return maskBelow(rest, value, field, { type: shape.type, field: name, root: place.root });
    }
  }
}

function maskEntryBelow(path: readonly string[], value: unknown, type: string | undefined, place: Place): unknown {
  return type === undefined ? new Masked(value, true) : maskBelow(path, value, { kind: 'type', type }, place);
}
