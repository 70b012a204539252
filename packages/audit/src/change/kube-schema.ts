import { KUBE_RESOURCES, KUBE_TYPES } from './kube-types.ts';
import { LIST_KEYS } from './list-keys.ts';

/** What may stand in a field. A list of any of these is of the same shape: the value says whether it is one. */
export type FieldShape =
  | { readonly kind: 'scalar' }
  /** An object of a known type. `listKeys`: the fields by which elements of a list are told apart. */
  | { readonly kind: 'type'; readonly type: string; readonly listKeys?: readonly string[] }
  /** A map from names to scalars, or to objects of a known type. */
  | { readonly kind: 'map'; readonly type?: string }
  /** Anything: nothing is known of what is inside. */
  | { readonly kind: 'any' };

/** The known fields of a type, by name. */
export type KubeType = ReadonlyMap<string, FieldShape>;

/** Which resource of the API an object belongs to. */
export interface ResourceName {
  /** Empty for the core group. */
  readonly apiGroup: string;
  readonly apiVersion: string;
  /** Plural, as in the URL. */
  readonly resource: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

let types: ReadonlyMap<string, KubeType> | undefined;
let resources: ReadonlyMap<string, string> | undefined;

/**
 * The name of the type that objects of a resource have. `undefined` for custom resources and whatever else is not known
 * here. A version that is not known is taken for the first that is: fields it has beyond are unknown fields.
 */
export function typeNameOf({ apiGroup, apiVersion, resource, subresource }: ResourceName): string | undefined {
  if (subresource === 'scale') return 'V1Scale';
  resources ??= readResources();
  return resources.get(`${apiGroup}/${apiVersion}/${resource}`) ?? resources.get(`${apiGroup}/${resource}`);
}

/** The fields of a type by its name. */
export function fieldsOf(type: string): KubeType {
  types ??= new Map(linesOf(KUBE_TYPES).map(([name = '', ...fields]) => [name, readFields(name, fields)]));
  return types.get(type) ?? NO_FIELDS;
}

const NO_FIELDS: KubeType = new Map();
const SCALAR: FieldShape = { kind: 'scalar' };
const ANY: FieldShape = { kind: 'any' };

function readResources(): ReadonlyMap<string, string> {
  const read = new Map<string, string>();
  for (const [path = '', type = ''] of linesOf(KUBE_RESOURCES)) {
    const [group, , resource] = path.split('/');
    const anyVersion = `${group}/${resource}`;
    read.set(path, type);
    if (!read.has(anyVersion)) read.set(anyVersion, type);
  }
  return read;
}

function readFields(type: string, fields: readonly string[]): KubeType {
  return new Map(
    fields.map((field) => {
      const at = field.indexOf(':');
      if (at < 0) return [field, SCALAR];
      const name = field.slice(0, at);
      const shape = field.slice(at + 1);
      if (shape === '?') return [name, ANY];
      if (shape === '{}') return [name, { kind: 'map' }];
      if (shape.startsWith('{')) return [name, { kind: 'map', type: shape.slice(1, -1) }];
      const listKeys = LIST_KEYS.get(`${type}.${name}`);
      return [name, { kind: 'type', type: shape, ...(listKeys && { listKeys }) }];
    }),
  );
}

function linesOf(table: string): string[][] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
}
