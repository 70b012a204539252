import type { JsonSchema } from '@sallyport/core/api';

/** How a part of a document is edited. */
export type FormField =
  | { readonly kind: 'text'; readonly isLong: boolean; readonly isSecret: boolean; readonly maxLength?: number }
  | { readonly kind: 'number'; readonly least?: number; readonly most?: number }
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  /** Several of a fixed list. */
  | { readonly kind: 'choices'; readonly options: readonly string[] }
  /** Texts, one on each line. */
  | { readonly kind: 'lines' }
  /** `name=value`, one on each line. */
  | { readonly kind: 'pairs' }
  | { readonly kind: 'group'; readonly fields: readonly NamedField[] }
  | { readonly kind: 'list'; readonly item: FormField }
  | { readonly kind: 'variants'; readonly options: readonly Variant[] }
  /** What no form fits: YAML. */
  | { readonly kind: 'raw' };

/** A property of a group. */
export interface NamedField {
  readonly name: string;
  readonly label: string;
  readonly isRequired: boolean;
  readonly field: FormField;
}

/** One of several forms that a value may have. */
export interface Variant {
  readonly label: string;
  readonly field: FormField;
  /** What the value is when this variant is chosen. */
  readonly initial: unknown;
  /** Whether a value is of this variant. */
  readonly holds: (value: unknown) => boolean;
}

const LONG = 512;
/** Names of properties that the server takes and never shows. */
const SECRET = /(secret|password|token|apiKey|routingKey|authorization|webhookUrl)$/i;

/** Reads a JSON Schema of a kind (draft 7, as `kindJsonSchema` writes it) into the form that edits its documents. */
export function fieldOf(schema: JsonSchema, name = ''): FormField {
  const { type, enum: options, const: constant, maxLength } = schema;
  const variants = (schema['oneOf'] ?? schema['anyOf']) as readonly JsonSchema[] | undefined;
  if (variants !== undefined) return { kind: 'variants', options: variants.map(variantOf) };
  if (Array.isArray(options)) return { kind: 'choice', options: options.map(String) };
  if (constant !== undefined) return { kind: 'choice', options: [String(constant)] };
  if (type === 'boolean') return { kind: 'switch' };
  if (type === 'string') {
    const isLong = typeof maxLength === 'number' && maxLength > LONG && !SECRET.test(name);
    return {
      ...{ kind: 'text', isLong, isSecret: SECRET.test(name) },
      ...(typeof maxLength === 'number' && { maxLength }),
    };
  }
  if (type === 'integer' || type === 'number') return numberOf(schema);
  if (type === 'array') return arrayOf(schema['items'] as JsonSchema | undefined);
  if (type === 'object') return objectOf(schema);
  return { kind: 'raw' };
}

function numberOf({ minimum, maximum }: JsonSchema): FormField {
  return {
    kind: 'number',
    ...(typeof minimum === 'number' && { least: minimum }),
    ...(typeof maximum === 'number' && { most: maximum }),
  };
}

function arrayOf(items: JsonSchema | undefined): FormField {
  if (items === undefined) return { kind: 'raw' };
  const item = fieldOf(items);
  if (item.kind === 'choice') return { kind: 'choices', options: item.options };
  return item.kind === 'text' ? { kind: 'lines' } : { kind: 'list', item };
}

function objectOf({ properties, required, additionalProperties }: JsonSchema): FormField {
  if (properties === undefined) {
    const isPairs = (additionalProperties as JsonSchema | undefined)?.['type'] === 'string';
    return isPairs ? { kind: 'pairs' } : { kind: 'raw' };
  }
  const needed = Array.isArray(required) ? required : [];
  const fields = Object.entries(properties as Readonly<Record<string, JsonSchema>>).flatMap(([name, property]) =>
    // What tells one variant from another is chosen with the variant.
    property['const'] !== undefined
      ? []
      : [{ name, label: labelOf(name), isRequired: needed.includes(name), field: fieldOf(property, name) }],
  );
  return { kind: 'group', fields };
}

function variantOf(schema: JsonSchema): Variant {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const [tag] = Object.entries(properties).flatMap(([name, { const: value }]) =>
    value === undefined ? [] : [{ name, value }],
  );
  if (tag !== undefined) {
    return {
      label: labelOf(String(tag.value)),
      field: fieldOf(schema),
      initial: { [tag.name]: tag.value },
      holds: (value) => isObject(value) && value[tag.name] === tag.value,
    };
  }
  if (schema['const'] !== undefined) {
    const { const: constant } = schema;
    const field: FormField = { kind: 'group', fields: [] };
    return { label: labelOf(String(constant)), field, initial: constant, holds: (value) => value === constant };
  }
  if (schema['type'] === 'array') {
    return { label: 'These', field: fieldOf(schema), initial: [], holds: (value) => Array.isArray(value) };
  }
  const names = Object.keys(properties);
  return {
    label: names.map(labelOf).join(', ') || 'Other',
    field: fieldOf(schema),
    initial: {},
    holds: (value) => isObject(value) && Object.keys(value).every((name) => names.includes(name)),
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Words that stay as they are written elsewhere. */
const WORDS: Readonly<Record<string, string>> = {
  ipRanges: 'IP ranges',
  url: 'URL',
  oidc: 'OpenID Connect',
  saml: 'SAML',
  s3: 'S3',
  otlp: 'OTLP',
  acr: 'ACR',
  amr: 'AMR',
  ca: 'CA',
  jwks: 'JWK set',
};

/** A name of a property as a label: `credentialLifetime` is "Credential lifetime". */
export function labelOf(name: string): string {
  const known = WORDS[name];
  if (known !== undefined) return known;
  const words = name.replace(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
