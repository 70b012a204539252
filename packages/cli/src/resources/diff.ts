import type { KindName } from '@sallyport/core/api';
import type { CheckedDocument } from '../documents/check-documents.ts';
import { formatData } from '../output/format.ts';
import { formatUnifiedDiff } from '../output/unified-diff.ts';
import type { AppliedResource } from './apply.ts';
import { KIND_NAMES, singularOf } from './kind-words.ts';
import { type AnyResource, listResources, type ResourceClient } from './resource-client.ts';
import { toDocument } from './to-document.ts';

// Beyond this many of a kind one listing is cheaper than asking for each.
const MAX_SINGLE_READS = 10;

/**
 * Compares what a dry run would change with what there is: a unified diff for each resource that would be created,
 * updated or deleted. `results` are those of the dry run of `documents`, in their order.
 */
export async function diffResources(
  client: ResourceClient,
  documents: readonly CheckedDocument[],
  results: readonly AppliedResource[],
): Promise<readonly string[]> {
  const changed = results.filter(({ action }) => ['created', 'updated', 'deleted'].includes(action));
  const live = await readLive(
    client,
    changed.filter(({ action }) => action !== 'created'),
  );
  const wanted = new Map(documents.map((it) => [keyOf(it.kind, it.name), it]));
  const diffs = await Promise.all(
    changed.map(async ({ kind, name, action }) => {
      const key = keyOf(kind, name);
      const before = live.get(key);
      const after = action === 'deleted' ? undefined : wanted.get(key);
      const title = `${singularOf(kind as KindName)}/${name}`;
      return formatUnifiedDiff({
        before: before === undefined ? '' : await formatData('yaml', sorted(toDocument(before))),
        after: after === undefined ? '' : await formatData('yaml', sorted(comparable(after))),
        beforeName: before === undefined ? '/dev/null' : `live/${title}`,
        afterName: after === undefined ? '/dev/null' : `${after.from.source}:${after.from.line} ${title}`,
      });
    }),
  );
  return diffs.filter((diff) => diff !== '');
}

async function readLive(
  client: ResourceClient,
  changed: readonly AppliedResource[],
): Promise<ReadonlyMap<string, AnyResource>> {
  const live = new Map<string, AnyResource>();
  for (const kind of KIND_NAMES) {
    const names = changed.filter((it) => it.kind === kind).map(({ name }) => name);
    if (names.length === 0) continue;
    const found =
      names.length > MAX_SINGLE_READS
        ? await listResources(client, kind)
        : await Promise.all(names.map((name) => client.get(kind, name)));
    for (const resource of found) live.set(keyOf(kind, resource.metadata.name), resource);
  }
  return live;
}

function keyOf(kind: string, name: string): string {
  return JSON.stringify([kind, name]);
}

/** What of a written document is compared: what the server does not write itself. */
function comparable({ document }: CheckedDocument): unknown {
  const { apiVersion, kind, metadata, spec } = document;
  const labels = metadata.labels ?? {};
  return {
    apiVersion,
    kind,
    metadata: { name: metadata.name, ...(Object.keys(labels).length > 0 && { labels }) },
    spec,
  };
}

/** The same value with the fields of `metadata` and `spec` in one order, so that only content differs. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const first = ['apiVersion', 'kind', 'metadata', 'name'];
  const rank = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
  return Object.fromEntries(
    entries.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]),
  );
}
