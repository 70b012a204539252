import type { KubeconfigOwner, NamedExtension } from './types.ts';

/** Name of the extension that marks an entry as ours. kubectl keeps extensions when it renames or rewrites entries. */
export const OWNER_EXTENSION = 'sallyport.dev/owner';

/** The extension that marks an entry as ours. */
export function ownerExtension(owner: KubeconfigOwner): NamedExtension {
  const { server, organization, cluster, account } = owner;
  return {
    name: OWNER_EXTENSION,
    extension: { server, organization, cluster, ...(account !== undefined && { account }) },
  };
}

/** Whose an entry (parsed, of any of the three sections) is; `undefined` when it is not ours. */
export function readOwner(entry: unknown): KubeconfigOwner | undefined {
  if (!isRecord(entry)) return undefined;
  const body = entry['context'] ?? entry['cluster'] ?? entry['user'];
  const extensions = isRecord(body) ? body['extensions'] : undefined;
  if (!Array.isArray(extensions)) return undefined;
  const mark: unknown = extensions.find((item) => isRecord(item) && item['name'] === OWNER_EXTENSION);
  const extension = isRecord(mark) ? mark['extension'] : undefined;
  if (!isRecord(extension)) return undefined;
  const { server, organization, cluster, account } = extension;
  if (typeof server !== 'string' || typeof organization !== 'string' || typeof cluster !== 'string') return undefined;
  return { server, organization, cluster, ...(typeof account === 'string' && { account }) };
}

/** Whether two entries belong to one cluster of one server, whichever account they act as. */
export function isSameOwner(a: KubeconfigOwner | undefined, b: KubeconfigOwner | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.server === b.server &&
    a.organization === b.organization &&
    a.cluster === b.cluster
  );
}

/** Whether `value` is a plain mapping. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
