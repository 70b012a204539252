import { type Kysely, type Selectable, sql } from 'kysely';
import type { Envelope } from './envelope.ts';
import {
  type KeyReads,
  type KeySet,
  type KeySetName,
  type KeyWrites,
  organizationOfKeys,
  type StoredKey,
} from './key-contracts.ts';
import type { Database } from './schema.ts';

/** What keys are bound to when they are encrypted: a secret moved to another row does not open. */
export const keyContext = (purpose: string, keyId: string): string => `${purpose}/${keyId}`;

/** Reads keys, and stores first ones. */
export function createKeyReads(db: Kysely<Database>, envelope: Envelope): KeyReads {
  return {
    async versions() {
      const rows = await db.selectFrom('key_purposes').selectAll().execute();
      return new Map(rows.map(({ purpose, version }) => [purpose, Number(version)]));
    },
    // Version and keys must be those of one instant: a server that missed a change would not ask again.
    list: (purpose) =>
      db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute((tx) => readKeySet(tx, envelope, purpose)),
    async establish(key) {
      return db.transaction().execute(async (tx) => {
        // The one row of the purpose decides between replicas that start together.
        const claim = await tx
          .insertInto('key_purposes')
          .values({
            purpose: key.purpose,
            version: key.createdAt.getTime(),
            organization_id: organizationOfKeys(key.purpose) ?? null,
          })
          .onConflict((conflict) => conflict.column('purpose').doNothing())
          .returning('purpose')
          .executeTakeFirst();
        if (claim !== undefined) await upsertKey(tx, envelope, key);
        return readKeySet(tx, envelope, key.purpose);
      });
    },
  };
}

/** Changes keys inside a transaction. `at` says the time. */
export function createKeyWrites(
  db: Kysely<Database>,
  envelope: Envelope,
  at: () => number,
): Omit<KeyWrites, 'revokeEveryAgentCertificate'> {
  return {
    async lockKeys(purpose) {
      await db.selectFrom('key_purposes').select('version').where('purpose', '=', purpose).forUpdate().execute();
      return readKeySet(db, envelope, purpose);
    },
    async nextKeyVersion(purpose) {
      const { version } = await db
        .updateTable('key_purposes')
        .set({ version: sql<number>`greatest(version + 1, ${at()}::bigint)` })
        .where('purpose', '=', purpose)
        .returning('version')
        .executeTakeFirstOrThrow();
      return Number(version);
    },
    putKey: (key) => upsertKey(db, envelope, key),
    async deleteKey(purpose, keyId) {
      await db.deleteFrom('keys').where('purpose', '=', purpose).where('key_id', '=', keyId).execute();
    },
  };
}

const RANK = { current: 0, next: 1, retired: 2 } as const;

async function readKeySet(db: Kysely<Database>, envelope: Envelope, purpose: KeySetName): Promise<KeySet> {
  const head = await db.selectFrom('key_purposes').select('version').where('purpose', '=', purpose).executeTakeFirst();
  const rows = await db
    .selectFrom('keys')
    .selectAll()
    .where('purpose', '=', purpose)
    .orderBy('created_at', 'desc')
    .orderBy('key_id', 'desc')
    .execute();
  const keys = rows.map((row) => toStoredKey(row, envelope)).sort((a, b) => RANK[a.phase] - RANK[b.phase]);
  return { version: Number(head?.version ?? 0), keys };
}

function toStoredKey(row: Selectable<Database['keys']>, envelope: Envelope): StoredKey {
  return {
    purpose: row.purpose,
    keyId: row.key_id,
    phase: row.phase,
    secret: envelope.open(row.secret, keyContext(row.purpose, row.key_id)),
    ...(row.certificate_pem !== null && { certificatePem: row.certificate_pem }),
    ...(row.endorsement !== null && { endorsement: row.endorsement }),
    createdAt: row.created_at,
    signsFrom: row.signs_from,
    ...(row.verifies_until !== null && { verifiesUntil: row.verifies_until }),
  };
}

async function upsertKey(db: Kysely<Database>, envelope: Envelope, key: StoredKey): Promise<void> {
  const values = {
    secret: envelope.seal(key.secret.reveal(), keyContext(key.purpose, key.keyId)),
    certificate_pem: key.certificatePem ?? null,
    endorsement: key.endorsement ?? null,
    phase: key.phase,
    created_at: key.createdAt,
    signs_from: key.signsFrom,
    verifies_until: key.verifiesUntil ?? null,
  };
  await db
    .insertInto('keys')
    .values({ purpose: key.purpose, key_id: key.keyId, ...values })
    .onConflict((conflict) => conflict.columns(['purpose', 'key_id']).doUpdateSet(values))
    .execute();
}
