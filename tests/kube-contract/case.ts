import { awaitCondition } from '../support/index.ts';
import type { Target } from './target.ts';

/** One observable behaviour of the Kubernetes API, free of any test runner. Throws when it does not hold. */
export interface ContractCase {
  readonly name: string;
  run(target: Target): Promise<void>;
}

let count = 0;

/** A name that no other case uses. */
export function uniqueName(prefix: string): string {
  count += 1;
  return `${prefix}-${process.pid.toString(36)}-${count}`;
}

/** Path of a namespaced resource in the target's namespace. */
export function inNamespace(target: Target, groupVersion: string, resource: string): string {
  const root = groupVersion.includes('/') ? '/apis' : '/api';
  return `${root}/${groupVersion}/namespaces/${target.namespace}/${resource}`;
}

/** A ConfigMap. */
export function configMap(
  name: string,
  data: Record<string, string> = { a: '1' },
  labels: Record<string, string> = {},
) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data };
}

/** Calls until the result satisfies; the poll is the API's own way where no watch fits. */
export async function eventually<T>(
  read: () => Promise<T>,
  holds: (value: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  let last: T | undefined;
  const { value } = await awaitCondition(
    async () => {
      const seen = await read();
      last = seen;
      return holds(seen) ? { value: seen } : undefined;
    },
    { what: 'the API answers as expected', timeoutMs, everyMs: 100 },
  ).catch((cause: unknown) => {
    throw new Error(`the last answer was ${JSON.stringify(last)?.slice(0, 400)}`, { cause });
  });
  return value;
}
