import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Clock, Secret } from '@sallyport/core';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { OauthRow, OauthRows } from '../stores/contracts.ts';

/** What {@link createOauthAdapter} needs. */
export interface OauthAdapterOptions {
  readonly rows: OauthRows;
  /** Secret that rows are sealed with; any text of 128 bits or more. Not in the rows' own table. */
  readonly sealingKey: Secret;
  readonly clock: Clock;
  /** Keeps two providers over one table apart. */
  readonly prefix: string;
}

/**
 * Stores the objects of the OAuth library. Ids (they are the codes and refresh tokens themselves) are hashed, payloads
 * are sealed with AES-256-GCM: whoever reads the table can present nothing that it holds.
 */
export function createOauthAdapter(options: OauthAdapterOptions): (model: string) => Adapter {
  const { rows, clock } = options;
  const seal = createSeal(options.sealingKey);

  return (name) => {
    const model = `${options.prefix}${name}`;
    const read = (row: OauthRow | undefined): AdapterPayload | undefined => {
      if (row === undefined || (row.expiresAt !== undefined && row.expiresAt.getTime() <= clock.now()))
        return undefined;
      const { consumed } = row.payload;
      return { ...seal.open(row), ...(consumed !== undefined && { consumed }) };
    };
    return {
      async upsert(id, payload, expiresInSeconds) {
        const { grantId, uid, userCode } = payload;
        const hashedId = hash(id);
        await rows.upsert({
          model,
          id: hashedId,
          payload: seal.close(model, hashedId, payload),
          ...(typeof grantId === 'string' && { grantId: hash(grantId) }),
          ...(typeof uid === 'string' && { uid: hash(uid) }),
          ...(typeof userCode === 'string' && { userCode: hash(userCode) }),
          ...(expiresInSeconds !== undefined && { expiresAt: new Date(clock.now() + expiresInSeconds * 1000) }),
        });
      },
      find: async (id) => read(await rows.find(model, hash(id))),
      findByUid: async (uid) => read(await rows.findBy(model, 'uid', hash(uid))),
      findByUserCode: async (userCode) => read(await rows.findBy(model, 'userCode', hash(userCode))),
      consume: (id) => rows.consume(model, hash(id), new Date(clock.now())),
      destroy: (id) => rows.destroy(model, hash(id)),
      revokeByGrantId: (grantId) => rows.revokeByGrantId(hash(grantId)),
    };
  };
}

// Ids have 256 random bits, so a plain hash can't be searched. User codes are short and live for minutes.
function hash(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

function createSeal(secret: Secret) {
  const key = new Uint8Array(hkdfSync('sha256', secret.reveal(), '', 'sallyport oauth rows', 32));
  return {
    close(model: string, id: string, payload: AdapterPayload): Record<string, unknown> {
      const iv = randomBytes(IV_BYTES);
      // Bound to its row, so that a sealed payload can't be moved to another one.
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(`${model}/${id}`));
      const text = Buffer.concat([cipher.update(JSON.stringify(payload)), cipher.final()]);
      return { sealed: Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64') };
    },
    open(row: OauthRow): AdapterPayload {
      const sealed = Buffer.from(String(row.payload['sealed']), 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(`${row.model}/${row.id}`))
        .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
      return JSON.parse(text.toString('utf8')) as AdapterPayload;
    },
  };
}
