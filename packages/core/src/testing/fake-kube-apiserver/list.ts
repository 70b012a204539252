import type { Cluster, ResourceCall } from './call.ts';
import { groupVersion } from './kinds.ts';
import { isJson, type Json, type KubeObject } from './objects.ts';
import { parseSelectors } from './selectors.ts';
import { StatusError } from './status-error.ts';

interface Continuation {
  readonly v: number;
  /** `namespace/name` of the last item given. */
  readonly after: string;
}

function readContinuation(token: string): Continuation {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (isJson(value) && typeof value['v'] === 'number' && typeof value['after'] === 'string') {
      return { v: value['v'], after: value['after'] };
    }
  } catch {
    // Fall through: one answer for everything that is not a token of ours.
  }
  throw new StatusError('BadRequest', 'continue key is not valid: it must come from a previous list');
}

/** Refuses a version that lies ahead, as the watch cache does after it has waited in vain. */
export function checkNotAhead(cluster: Cluster, resourceVersion: number): void {
  const current = cluster.storage.resourceVersion;
  if (resourceVersion <= current) return;
  throw new StatusError('Timeout', `Too large resource version: ${resourceVersion}, current: ${current}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

/** Parses the `resourceVersion` of a list or watch; `undefined` when it is not given. */
export function readResourceVersion(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion');
  if (text === null || text === '') return undefined;
  if (!/^\d+$/.test(text)) {
    throw new StatusError(
      'Invalid',
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

const keyOf = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

/** Objects of a list request: selectors, chunks by `limit` and `continue`, versions. */
export function listObjects(cluster: Cluster, call: ResourceCall): Json {
  const { kind, info, query } = call;
  const token = query.get('continue');
  const wanted = readResourceVersion(query);
  const continuation = token ? readContinuation(token) : undefined;
  let items: KubeObject[];
  let version = cluster.storage.resourceVersion;
  if (continuation) {
    version = continuation.v;
    items = cluster.storage
      .listAt(kind, info.namespace, version)
      .filter((object) => keyOf(object) > continuation.after);
  } else if (wanted !== undefined && query.get('resourceVersionMatch') === 'Exact') {
    checkNotAhead(cluster, wanted);
    version = wanted;
    items = cluster.storage.listAt(kind, info.namespace, wanted);
  } else {
    if (wanted !== undefined) checkNotAhead(cluster, wanted);
    items = cluster.storage.list(kind, info.namespace);
  }
  const isSelected = parseSelectors(query, kind.resource);
  const selected = items.filter(isSelected);
  const limit = Number(query.get('limit') ?? 0);
  const page = limit > 0 ? selected.slice(0, limit) : selected;
  const left = selected.length - page.length;
  const last = page.at(-1);
  const isFiltered = (query.get('labelSelector') ?? query.get('fieldSelector') ?? '') !== '';
  return {
    kind: `${kind.kind}List`,
    apiVersion: groupVersion(kind),
    metadata: {
      resourceVersion: String(version),
      ...(left > 0 &&
        last && {
          continue: Buffer.from(JSON.stringify({ v: version, after: keyOf(last) })).toString('base64url'),
          ...(!isFiltered && { remainingItemCount: left }),
        }),
    },
    items: page,
  };
}
