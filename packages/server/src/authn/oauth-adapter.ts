import type { Clock, Logger } from '@sallyport/core';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { OauthRow, OauthRows } from '../stores/contracts.ts';

/** What {@link createOauthAdapter} needs. */
export interface OauthAdapterOptions {
  readonly rows: OauthRows;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Keeps two providers over one table apart. Default: nothing. */
  readonly prefix?: string;
}

/** How often what has expired is deleted, in milliseconds, while there is anything to store at all. */
const SWEEP_INTERVAL_MS = 600_000;

/**
 * Stores the objects of the OAuth library as rows. Ids are the codes and refresh tokens themselves; that the table holds
 * nothing to present is the store's part. What has expired is not there.
 */
export function createOauthAdapter({
  rows,
  clock,
  logger,
  prefix = '',
}: OauthAdapterOptions): (model: string) => Adapter {
  const read = (row: OauthRow | undefined): AdapterPayload | undefined => {
    if (row === undefined || (row.expiresAt !== undefined && row.expiresAt.getTime() <= clock.now())) return undefined;
    return { ...row.payload };
  };
  let sweepsAtMs = clock.monotonicMs() + SWEEP_INTERVAL_MS;
  const sweep = () => {
    if (clock.monotonicMs() < sweepsAtMs) return;
    sweepsAtMs = clock.monotonicMs() + SWEEP_INTERVAL_MS;
    // Beside the request: what has expired is not found anyway, this only gives its room back.
    rows.sweep(new Date(clock.now())).catch((error: unknown) => {
      logger.warn({ err: error }, 'expired rows of the OAuth server could not be deleted');
    });
  };
  return (name) => {
    const model = prefix + name;
    return {
      upsert(id, payload, expiresInSeconds) {
        sweep();
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
