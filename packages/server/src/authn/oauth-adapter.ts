import type { Clock } from '@sallyport/core';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { OauthRow, OauthRows } from '../stores/contracts.ts';

/** What {@link createOauthAdapter} needs. */
export interface OauthAdapterOptions {
  readonly rows: OauthRows;
  readonly clock: Clock;
  /** Keeps two providers over one table apart. Default: nothing. */
  readonly prefix?: string;
}

/**
 * Stores the objects of the OAuth library as rows. Ids are the codes and refresh tokens themselves; that the table holds
 * nothing to present is the store's part. What has expired is not there.
 */
export function createOauthAdapter({ rows, clock, prefix = '' }: OauthAdapterOptions): (model: string) => Adapter {
  const read = (row: OauthRow | undefined): AdapterPayload | undefined => {
    if (row === undefined || (row.expiresAt !== undefined && row.expiresAt.getTime() <= clock.now())) return undefined;
    return { ...row.payload };
  };
  return (name) => {
    const model = prefix + name;
    return {
      upsert(id, payload, expiresInSeconds) {
        const { grantId, uid, userCode } = payload;
        return rows.upsert({
          model,
          id,
          payload,
          ...(typeof grantId === 'string' && { grantId }),
          ...(typeof uid === 'string' && { uid }),
          ...(typeof userCode === 'string' && { userCode }),
          ...(expiresInSeconds !== undefined && { expiresAt: new Date(clock.now() + expiresInSeconds * 1000) }),
        });
      },
      find: async (id) => read(await rows.find(model, id)),
      findByUid: async (uid) => read(await rows.findBy(model, 'uid', uid)),
      findByUserCode: async (userCode) => read(await rows.findBy(model, 'userCode', userCode)),
      consume: (id) => rows.consume(model, id, new Date(clock.now())),
      destroy: (id) => rows.destroy(model, id),
      revokeByGrantId: (grantId) => rows.revokeByGrantId(grantId),
    };
  };
}
