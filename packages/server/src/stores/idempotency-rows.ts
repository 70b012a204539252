import type { PrincipalId } from '@sallyport/core';
import type { Kysely } from 'kysely';
import type { Envelope } from './envelope.ts';
import { sha256 } from './hash.ts';
import type { Database } from './schema.ts';

/** What a request with an `Idempotency-Key` was answered with. */
export interface IdempotentAnswer {
  readonly principalId: PrincipalId;
  /** The key as the caller chose it; stored hashed. */
  readonly key: string;
  /** What tells the request from others, in hashed form: operation, parameters and body. */
  readonly requestSha256: string;
  /** The answer, as text; may hold secrets and is sealed at rest. */
  readonly answer: string;
  readonly expiresAt: Date;
}

/** Answers to requests with an `Idempotency-Key`, by caller and key. */
export interface IdempotencyRows {
  /** The answer that was given under a key, while it is kept. */
  find(principalId: PrincipalId, key: string): Promise<IdempotentAnswer | undefined>;
  /**
   * Keeps an answer, in the transaction of what it tells of. When another request with the key was faster, this one waits
   * for it, fails, and with it everything of its transaction.
   * @throws StoreError `ERR_STORE_CONFLICT`
   */
  put(answer: IdempotentAnswer): Promise<void>;
}

/** Makes {@link IdempotencyRows} within a transaction. `at` says the time. */
export function createIdempotencyRows(db: Kysely<Database>, envelope: Envelope, at: () => Date): IdempotencyRows {
  const context = (principalId: PrincipalId, keySha256: string) => `idempotency/${principalId}/${keySha256}`;
  return {
    async find(principalId, key) {
      const keySha256 = sha256(key);
      const row = await db
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('principal_id', '=', principalId)
        .where('key_sha256', '=', keySha256)
        .where('expires_at', '>', at())
        .executeTakeFirst();
      return (
        row && {
          principalId,
          key,
          requestSha256: row.request_sha256,
          answer: envelope.open(row.answer, context(principalId, keySha256)).reveal(),
          expiresAt: row.expires_at,
        }
      );
    },
    async put({ principalId, key, requestSha256, answer, expiresAt }) {
      const keySha256 = sha256(key);
      await db
        .deleteFrom('idempotency_keys')
        .where('principal_id', '=', principalId)
        .where('key_sha256', '=', keySha256)
        .where('expires_at', '<=', at())
        .execute();
      await db
        .insertInto('idempotency_keys')
        .values({
          principal_id: principalId,
          key_sha256: keySha256,
          request_sha256: requestSha256,
          answer: envelope.seal(answer, context(principalId, keySha256)),
          expires_at: expiresAt,
        })
        .execute();
    },
  };
}
