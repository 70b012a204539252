import type { Kysely } from 'kysely';
import type { OauthRow, OauthRows } from './contracts.ts';
import type { Envelope } from './envelope.ts';
import type { Database } from './schema.ts';

type StoredRow = { model: string; id_mark: string; payload: string; consumed_at: Date | null; expires_at: Date | null };

/**
 * Rows of the OAuth server. Their ids are the tokens and codes themselves, so the database sees only keyed hashes of them and
 * the payload encrypted: a dump of it holds nothing that can be presented.
 */
export function createOauthRows(db: Kysely<Database>, envelope: Envelope): OauthRows {
  const mark = (kind: string, text: string) => envelope.mark(text, `oauth/${kind}`);
  const context = (model: string, idMark: string) => `oauth/${model}/${idMark}`;

  function toRow(stored: StoredRow | undefined): OauthRow | undefined {
    if (stored === undefined) return undefined;
    const json = envelope.open(stored.payload, context(stored.model, stored.id_mark)).reveal();
    const { payload, ...keys } = JSON.parse(json) as Omit<OauthRow, 'model' | 'expiresAt'>;
    const consumed = stored.consumed_at && { consumed: Math.floor(stored.consumed_at.getTime() / 1_000) };
    return {
      model: stored.model,
      ...keys,
      payload: { ...payload, ...consumed },
      ...(stored.expires_at !== null && { expiresAt: stored.expires_at }),
    };
  }

  return {
    async upsert({ model, expiresAt, ...content }) {
      const idMark = mark(model, content.id);
      const { grantId, uid, userCode } = content;
      const values = {
        payload: envelope.seal(JSON.stringify(content), context(model, idMark)),
        grant_mark: grantId === undefined ? null : mark('grant', grantId),
        uid_mark: uid === undefined ? null : mark('uid', uid),
        user_code_mark: userCode === undefined ? null : mark('userCode', userCode),
        expires_at: expiresAt ?? null,
      };
      await db
        .insertInto('oauth_rows')
        .values({ model, id_mark: idMark, consumed_at: null, ...values })
        .onConflict((conflict) => conflict.columns(['model', 'id_mark']).doUpdateSet(values))
        .execute();
    },
    async find(model, id) {
      const rows = db.selectFrom('oauth_rows').selectAll().where('model', '=', model);
      return toRow(await rows.where('id_mark', '=', mark(model, id)).executeTakeFirst());
    },
    async findBy(model, key, value) {
      const column = key === 'uid' ? 'uid_mark' : 'user_code_mark';
      const rows = db.selectFrom('oauth_rows').selectAll().where('model', '=', model);
      return toRow(await rows.where(column, '=', mark(key, value)).executeTakeFirst());
    },
    async consume(model, id, at) {
      const rows = db.updateTable('oauth_rows').set({ consumed_at: at }).where('model', '=', model);
      await rows.where('id_mark', '=', mark(model, id)).where('consumed_at', 'is', null).execute();
    },
    async destroy(model, id) {
      await db.deleteFrom('oauth_rows').where('model', '=', model).where('id_mark', '=', mark(model, id)).execute();
    },
    async revokeByGrantId(grantId) {
      await db.deleteFrom('oauth_rows').where('grant_mark', '=', mark('grant', grantId)).execute();
    },
    async sweep(at) {
      const { numDeletedRows } = await db
        .deleteFrom('oauth_rows')
        .where('expires_at', '<', at)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}
