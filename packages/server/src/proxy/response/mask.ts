/**
 * What every hidden value of a Secret reads as: eight stars in base64, so that clients which decode it still work. One text
 * for all values: neither their length nor their equality shows.
 */
export const SECRET_MASK = 'KioqKioqKio=';
const DECODED_MASK = '********';

/** Where kubectl keeps what was applied. It must stay JSON, since the next apply compares with it. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Annotations in which other tools keep a copy of the object, or of a token in it. */
const COPIES: ReadonlySet<string> = new Set([
  'banzaicloud.com/last-applied',
  'kapp.k14s.io/original',
  'objectset.rio.cattle.io/applied',
  'openshift.io/token-secret.value',
]);

/** Fields of a Secret that hold none of its data. Anything else that a later version adds is left out until it is known. */
const OPEN_FIELDS = ['kind', 'apiVersion', 'metadata', 'immutable', 'type'] as const;
const HIDDEN_FIELDS = ['data', 'stringData'] as const;

type Json = Readonly<Record<string, unknown>>;

/**
 * Hides the data of every Secret in `value`: an object, its metadata alone, a list of any kind, or a Table.
 *
 * @param areSecrets whether objects that don't say their kind, or come as bare metadata, are Secrets (a request for Secrets)
 */
export function maskSecrets(value: unknown, areSecrets: boolean): unknown {
  if (!isRecord(value)) return value;
  const { kind, items, rows } = value;
  if (kind === 'Status') return value;
  if (kind === 'Table' && Array.isArray(rows)) {
    return { ...value, rows: rows.map((row) => maskRow(row, areSecrets)) };
  }
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    const areItems = areSecrets || kind === 'SecretList';
    return { ...value, items: items.map((item) => maskSecrets(item, areItems)) };
  }
  return areSecrets || isSecret(value) ? maskSecret(value) : value;
}

/** Hides what a row of a Table carries of its Secret. */
export function maskRow(row: unknown, areSecrets: boolean): unknown {
  return isRecord(row) ? { ...row, object: maskSecrets(row['object'], areSecrets) } : row;
}

/** Whether an object says of itself that it is a Secret. Kinds of that name in other groups are none. */
export function isSecret(object: { readonly kind?: unknown; readonly apiVersion?: unknown }): boolean {
  const { kind, apiVersion } = object;
  return kind === 'Secret' && (apiVersion === 'v1' || apiVersion === undefined || apiVersion === '');
}

/**
 * Whether a body holds the mask anywhere: an object that was read masked and would be written back with the mask in place
 * of the data. Takes parsed JSON or YAML, text, or the bytes of an encoding that keeps data undecoded (protobuf).
 */
export function holdsMask(body: unknown): boolean {
  if (typeof body === 'string') return body.includes(SECRET_MASK);
  if (body instanceof Uint8Array) {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    return bytes.includes(SECRET_MASK) || bytes.includes(DECODED_MASK);
  }
  if (typeof body !== 'object' || body === null) return false;
  return Object.values(body).some(holdsMask);
}

/**
 * Whether a JSON Patch (RFC 6902) of a Secret would tell what is hidden: `copy` and `move` bring data to where it is shown,
 * `test` says whether a guess is right.
 */
export function revealsHidden(patch: unknown): boolean {
  return Array.isArray(patch) && patch.some((operation) => isRecord(operation) && revealsByOperation(operation));
}

function revealsByOperation({ op, path, from }: Json): boolean {
  if (op === 'copy' || op === 'move') return reachesHidden(from);
  return op === 'test' && reachesHidden(path);
}

/** Neither `~` nor `/` stands in these names, so each has one spelling as a JSON Pointer. */
function reachesHidden(pointer: unknown): boolean {
  if (typeof pointer !== 'string') return true;
  const [, first, second] = pointer.split('/');
  if (first === undefined || first === 'data' || first === 'stringData') return true;
  return first === 'metadata' && (second === undefined || second === 'annotations');
}

function maskSecret(secret: Json): Json {
  const masked: Record<string, unknown> = {};
  for (const field of OPEN_FIELDS) if (field in secret) masked[field] = secret[field];
  for (const field of HIDDEN_FIELDS) if (field in secret) masked[field] = maskValues(secret[field]);
  if (isRecord(secret['metadata'])) masked['metadata'] = maskMetadata(secret['metadata']);
  return masked;
}

/** Managed fields are left out: what is in them describes an object that is not shown. */
function maskMetadata({ managedFields: _, ...metadata }: Json): Json {
  const { annotations } = metadata as Json;
  if (!isRecord(annotations)) return metadata;
  const shown = Object.entries(annotations).map(([name, value]) => [name, maskAnnotation(name, value)]);
  return { ...metadata, annotations: Object.fromEntries(shown) };
}

function maskAnnotation(name: string, value: unknown): unknown {
  if (name === LAST_APPLIED) return maskCopy(value);
  return COPIES.has(name) ? SECRET_MASK : value;
}

function maskCopy(text: unknown): string {
  try {
    const copy: unknown = JSON.parse(String(text));
    return isRecord(copy) ? `${JSON.stringify(maskSecret(copy))}\n` : SECRET_MASK;
  } catch {
    return SECRET_MASK;
  }
}

function maskValues(data: unknown): unknown {
  if (data === null) return null;
  return isRecord(data) ? Object.fromEntries(Object.keys(data).map((name) => [name, SECRET_MASK])) : SECRET_MASK;
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
