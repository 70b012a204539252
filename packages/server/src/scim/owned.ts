import { isId } from '@sallyport/core';
import type { Snapshot } from '../snapshot.ts';
import type { Transaction } from '../stores/contracts.ts';
import type { IdentityProviderRecord, RecordMetadata, RecordOf } from '../stores/records.ts';
import type { ScimMeta } from './answer.ts';
import { assertVersion, changing, type ScimCall, type ScimContext, type ScimHandler } from './context.ts';
import { scimError } from './errors.ts';

/** The kinds of record that SCIM keeps, as ids and messages name them. */
const NAMES = {
  Principal: { idKind: 'principal', called: 'user' },
  Group: { idKind: 'group', called: 'group' },
} as const;

/** Whatever the identity provider of a call owns of one kind; everything else is not there for its client. */
export function ownedRecords<Kind extends keyof typeof NAMES>(kind: Kind) {
  const { idKind, called } = NAMES[kind];

  function isOf(provider: IdentityProviderRecord, record: RecordOf[Kind] | undefined): record is RecordOf[Kind] {
    return record?.identityProviderId === provider.id && record.organizationId === provider.organizationId;
  }

  /** The one that the path names. @throws ScimError `ERR_SCIM_NOT_FOUND` */
  function find(snapshot: Snapshot, { id, provider }: ScimCall): RecordOf[Kind] {
    const record = isId(idKind, id) ? snapshot.get(kind, id) : undefined;
    if (isOf(provider, record)) return record;
    throw scimError('ERR_SCIM_NOT_FOUND', `there is no ${called} ${JSON.stringify(id.slice(0, 64))}`);
  }

  return {
    isOf,
    find,
    list: (snapshot: Snapshot, provider: IdentityProviderRecord): readonly RecordOf[Kind][] =>
      snapshot.list(kind, provider.organizationId).filter((record) => isOf(provider, record)),
    /** Removes the one that the path names, in the version that the client knows; `remove` writes and audits it. */
    remove: (
      context: ScimContext,
      call: ScimCall,
      remove: (tx: Transaction, record: RecordOf[Kind], snapshot: Snapshot) => Promise<void>,
    ): ReturnType<ScimHandler> =>
      changing(context, call, async (snapshot) => {
        const record = find(snapshot, call);
        assertVersion(call, record.resourceVersion);
        await context.store.transact((tx) => remove(tx, record, snapshot));
        await context.snapshots.refresh();
        return { status: 204 };
      }),
  };
}

/** Answers the filters that have an index: by id, and by what the client calls it. */
export function whereIdentified<Kept extends { readonly id: string; readonly externalId?: string }>(
  all: readonly Kept[],
  attribute: string,
  value: string,
): readonly Kept[] | undefined {
  if (attribute === 'id') return all.filter(({ id }) => id === value);
  if (attribute === 'externalid') return all.filter(({ externalId }) => externalId === value);
  return undefined;
}

/** What SCIM says about every resource. */
export function metaOf(
  { id, createdAt, updatedAt, resourceVersion }: RecordMetadata & { readonly id: string },
  { baseUrl }: ScimCall,
): ScimMeta {
  return { id, createdAt, updatedAt, resourceVersion, baseUrl };
}
