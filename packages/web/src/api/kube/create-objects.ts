import { ApiProblemError } from '@sallyport/core/api';
import { type ApiResource, type KubeKind, kindsOf, objectPath } from './discovery.ts';
import type { KubeClient } from './kube-client.ts';
import type { WrittenObject } from './kube-objects.ts';
import type { KubeObject } from './object-text.ts';

/** What became of one object. */
export type CreateResult = {
  /** Kind and name, and the namespace where it has one. */
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
} & (
  | { readonly outcome: 'created'; readonly object: KubeObject }
  /** A trial that could not be made: what it stands in is made only when all are. */
  | { readonly outcome: 'waits'; readonly for: string }
  | { readonly outcome: 'failed'; readonly error: unknown }
);

/** How objects are made. */
export interface CreateOptions {
  readonly client: KubeClient;
  /** For objects that name none. */
  readonly namespace: string;
  /** The API server checks and answers, and keeps nothing. */
  readonly isTrial: boolean;
  readonly signal?: AbortSignal;
}

/** Makes objects one after the other, in their order. One that fails holds none of the others up; each has a result. */
export async function createObjects(
  objects: readonly WrittenObject[],
  { client, namespace, isTrial, signal }: CreateOptions,
): Promise<readonly CreateResult[]> {
  const served = new Map<string, Promise<readonly KubeKind[]>>();
  const kindOf = async ({ apiVersion, kind }: WrittenObject) => {
    let kinds = served.get(apiVersion);
    if (kinds === undefined) {
      kinds = kindsServed(client, apiVersion, signal);
      served.set(apiVersion, kinds);
    }
    const found = (await kinds).find((each) => each.kind === kind);
    if (found === undefined) throw notServed(apiVersion, kind);
    return found;
  };
  const results: CreateResult[] = [];
  for (const object of objects) {
    const { name, generateName = '' } = object.metadata;
    const named = { kind: object.kind, name: name ?? `${generateName}…`, namespace: object.metadata.namespace };
    const makers = isTrial ? makersOf(object, objects, namespace) : [];
    try {
      const kind = await kindOf(object);
      const place = kind.isNamespaced ? (object.metadata.namespace ?? namespace) : undefined;
      const query = `fieldManager=sallyport-web${isTrial ? '&dryRun=All' : ''}`;
      const made = await client.send<KubeObject>({
        method: 'POST',
        path: `${objectPath(kind, place)}?${query}`,
        body: object,
        ...(signal && { signal }),
      });
      results.push({ ...named, name: made.metadata.name, namespace: place, outcome: 'created', object: made });
    } catch (error) {
      signal?.throwIfAborted();
      const [maker] = makers;
      const isMissing = error instanceof ApiProblemError && error.problem.status === 404;
      results.push(
        isMissing && maker !== undefined
          ? { ...named, outcome: 'waits', for: `${maker.kind} ${maker.metadata.name}` }
          : { ...named, outcome: 'failed', error },
      );
    }
  }
  return results;
}

/** What of the same text makes the namespace or the kind of an object. */
function makersOf(object: WrittenObject, all: readonly WrittenObject[], namespace: string): readonly WrittenObject[] {
  const place = object.metadata.namespace ?? namespace;
  return all.filter((each) => {
    if (each.kind === 'Namespace') return each.metadata.name === place;
    if (each.kind !== 'CustomResourceDefinition') return false;
    const { names } = (each['spec'] ?? {}) as { readonly names?: { readonly kind?: unknown } };
    return names?.kind === object.kind;
  });
}

async function kindsServed(client: KubeClient, apiVersion: string, signal: AbortSignal | undefined) {
  const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources = [] } = await client.get<{ readonly resources?: readonly ApiResource[] }>(path, {
    ...(signal && { signal }),
  });
  return kindsOf(apiVersion, resources);
}

const notServed = (apiVersion: string, kind: string) =>
  new ApiProblemError({
    type: 'about:blank',
    title: 'NotFound',
    status: 404,
    detail: `the cluster serves no ${kind} of ${apiVersion}`,
    code: 'KUBERNETES_NOTFOUND',
    nextStep: 'Check apiVersion and kind; the kinds at the left are those that it serves.',
  });
