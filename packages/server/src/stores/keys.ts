import type { Kysely } from 'kysely';
import type { StoredKey } from './contracts.ts';
import type { Envelope } from './envelope.ts';
import type { Database } from './schema.ts';

/** All keys of a purpose, newest first. */
export async function listKeys(
  db: Kysely<Database>,
  envelope: Envelope,
  purpose: StoredKey['purpose'],
): Promise<StoredKey[]> {
  const rows = await db
    .selectFrom('keys')
    .selectAll()
    .where('purpose', '=', purpose)
    .orderBy('created_at', 'desc')
    .orderBy('key_id', 'desc')
    .execute();
  return rows.map((row) => ({
    purpose: row.purpose,
    keyId: row.key_id,
    secret: envelope.open(row.secret, `${row.purpose}/${row.key_id}`),
    ...(row.certificate_pem !== null && { certificatePem: row.certificate_pem }),
    createdAt: row.created_at,
  }));
}

/** Stores a key, encrypted; replaces one of the same id. */
export async function putKey(db: Kysely<Database>, envelope: Envelope, key: StoredKey): Promise<void> {
  const values = {
    secret: envelope.seal(key.secret.reveal(), `${key.purpose}/${key.keyId}`),
    certificate_pem: key.certificatePem ?? null,
    created_at: key.createdAt,
  };
  await db
    .insertInto('keys')
    .values({ purpose: key.purpose, key_id: key.keyId, ...values })
    .onConflict((conflict) => conflict.columns(['purpose', 'key_id']).doUpdateSet(values))
    .execute();
}

/** Stores the first key of a purpose. The unique row of its purpose decides between replicas that start together. */
export async function establishKey(
  db: Kysely<Database>,
  envelope: Envelope,
  key: StoredKey,
): Promise<readonly StoredKey[]> {
  await db.transaction().execute(async (tx) => {
    const claim = await tx
      .insertInto('settings')
      .values({ name: `firstKey/${key.purpose}`, value: key.keyId })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning('name')
      .executeTakeFirst();
    if (claim !== undefined) await putKey(tx, envelope, key);
  });
  return listKeys(db, envelope, key.purpose);
}
