import type { HeldCredential, KubeconfigOwner, NamedExtension } from './types.ts';

/** Name of the extension that marks an entry as ours. kubectl keeps extensions when it renames or rewrites entries. */
export const OWNER_EXTENSION = 'sallyport.dev/owner';

/** The extension that marks an entry as ours. */
export function ownerExtension(owner: KubeconfigOwner): NamedExtension {
  const { server, organization, cluster, account, credential } = owner;
  return {
    name: OWNER_EXTENSION,
    extension: {
      server,
      organization,
      cluster,
      ...(account !== undefined && { account }),
      ...(credential && { credential: { ...credential, expiresAt: credential.expiresAt.toISOString() } }),
    },
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
  const credential = readHeld(extension['credential']);
  return {
    server,
    organization,
    cluster,
    ...(typeof account === 'string' && { account }),
    ...(credential && { credential }),
  };
}

function readHeld(value: unknown): HeldCredential | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, id, expiresAt } = value;
  const end = new Date(typeof expiresAt === 'string' ? expiresAt : Number.NaN);
  if ((kind !== 'certificate' && kind !== 'token') || typeof id !== 'string' || Number.isNaN(end.getTime())) {
    return undefined;
  }
  return { kind, id, expiresAt: end };
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
