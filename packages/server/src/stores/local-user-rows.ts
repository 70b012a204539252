import { randomBytes } from 'node:crypto';
import { type Clock, type PrincipalId, Secret } from '@sallyport/core';
import { type Selectable, sql, type Transaction } from 'kysely';
import type { Envelope } from './envelope.ts';
import { sha256 } from './hash.ts';
import type { LocalAccount, LocalLink, LocalUserRows, Passkey } from './local-contracts.ts';
import type { Database } from './schema.ts';

const LINK_PREFIX = 'sil_';
const LINK_BYTES = 32;

/** What {@link createLocalUserRows} stands on. */
export interface LocalUserRowsOptions {
  readonly db: Transaction<Database>;
  readonly clock: Clock;
  readonly envelope: Envelope;
}

/** The rows of local users, within one transaction. */
export function createLocalUserRows({ db, clock, envelope }: LocalUserRowsOptions): LocalUserRows {
  const passwordContext = (id: PrincipalId) => `localPassword/${id}`;
  const totpContext = (id: PrincipalId) => `localTotp/${id}`;
  const now = () => new Date(clock.now());
  const accounts = () => db.selectFrom('local_accounts').selectAll();
  const goodLinks = (token: string) => [sha256(token), now()] as const;

  function toAccount(row: Selectable<Database['local_accounts']> | undefined): LocalAccount | undefined {
    if (row === undefined) return undefined;
    const id = row.principal_id;
    return {
      principalId: id,
      // Sealed beside hashed: a dump of the database alone is nothing to guess against.
      ...(row.password !== null && { passwordHash: envelope.open(row.password, passwordContext(id)).reveal() }),
      mustChangePassword: row.must_change_password,
      ...(row.totp_secret !== null && { totpSecret: envelope.open(row.totp_secret, totpContext(id)) }),
      createdAt: row.created_at,
    };
  }

  return {
    async putAccount(principalId, createdAt) {
      await db
        .insertInto('local_accounts')
        .values({
          principal_id: principalId,
          password: null,
          must_change_password: false,
          totp_secret: null,
          totp_last_step: null,
          created_at: createdAt,
        })
        .onConflict((conflict) => conflict.column('principal_id').doNothing())
        .execute();
    },
    findAccount: async (organizationId, nameKey) =>
      toAccount(
        await db
          .selectFrom('local_accounts')
          .innerJoin('principals', 'principals.id', 'local_accounts.principal_id')
          .selectAll('local_accounts')
          .where('principals.organization_id', '=', organizationId)
          .where('principals.user_name_key', '=', nameKey)
          .executeTakeFirst(),
      ),
    account: async (principalId) =>
      toAccount(await accounts().where('principal_id', '=', principalId).executeTakeFirst()),
    async setPassword(principalId, passwordHash, mustChange) {
      await db
        .updateTable('local_accounts')
        .set({ password: envelope.seal(passwordHash, passwordContext(principalId)), must_change_password: mustChange })
        .where('principal_id', '=', principalId)
        .execute();
    },
    async demandPasswordChange(principalId) {
      const { numUpdatedRows } = await db
        .updateTable('local_accounts')
        .set({ must_change_password: true })
        .where('principal_id', '=', principalId)
        .where('password', 'is not', null)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async setTotp(principalId, secret, usedStep) {
      await db
        .updateTable('local_accounts')
        .set({ totp_secret: envelope.seal(secret.reveal(), totpContext(principalId)), totp_last_step: usedStep })
        .where('principal_id', '=', principalId)
        .execute();
    },
    async useTotpStep(principalId, step) {
      const { numUpdatedRows } = await db
        .updateTable('local_accounts')
        .set({ totp_last_step: step })
        .where('principal_id', '=', principalId)
        .where((is) => is.or([is('totp_last_step', 'is', null), is('totp_last_step', '<', step)]))
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async replaceRecoveryCodes(principalId, codes) {
      await db.deleteFrom('local_recovery_codes').where('principal_id', '=', principalId).execute();
      const rows = codes.map((code) => ({ principal_id: principalId, code_sha256: sha256(code), used_at: null }));
      if (rows.length > 0) await db.insertInto('local_recovery_codes').values(rows).execute();
    },
    async useRecoveryCode(principalId, code) {
      const { numUpdatedRows } = await db
        .updateTable('local_recovery_codes')
        .set({ used_at: now() })
        .where('principal_id', '=', principalId)
        .where('code_sha256', '=', sha256(code))
        .where('used_at', 'is', null)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async countRecoveryCodes(principalId) {
      const { count } = await db
        .selectFrom('local_recovery_codes')
        .select(sql<number | string>`count(*)`.as('count'))
        .where('principal_id', '=', principalId)
        .where('used_at', 'is', null)
        .executeTakeFirstOrThrow();
      return Number(count);
    },
    async putPasskey(passkey) {
      await db
        .insertInto('passkeys')
        .values({
          id: passkey.id,
          principal_id: passkey.principalId,
          credential_id: passkey.credentialId,
          public_key: passkey.publicKey,
          counter: passkey.counter,
          transports: JSON.stringify(passkey.transports),
          is_synced: passkey.isSynced,
          display_name: passkey.displayName,
          created_at: passkey.createdAt,
          last_used_at: passkey.lastUsedAt ?? null,
        })
        .execute();
    },
    async passkeys(principalId) {
      const mine = db.selectFrom('passkeys').selectAll().where('principal_id', '=', principalId);
      return (await mine.orderBy('id').execute()).map(toPasskey);
    },
    async findPasskey(credentialId) {
      const found = db.selectFrom('passkeys').selectAll().where('credential_id', '=', credentialId);
      const row = await found.executeTakeFirst();
      return row && toPasskey(row);
    },
    async usePasskey(id, counter, at) {
      const { numUpdatedRows } = await db
        .updateTable('passkeys')
        .set({ counter, last_used_at: at })
        .where('id', '=', id)
        // Authenticators without a counter always say 0 (WebAuthn, section 6.1.1).
        .where((is) => is.or([is('counter', '<', counter), is.and([is('counter', '=', 0), is.val(counter === 0)])]))
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async deletePasskey(principalId, id) {
      const mine = db.deleteFrom('passkeys').where('principal_id', '=', principalId).where('id', '=', id);
      return (await mine.executeTakeFirst()).numDeletedRows === 1n;
    },
    async removeFactors(principalId) {
      await db
        .updateTable('local_accounts')
        .set({ password: null, must_change_password: false, totp_secret: null, totp_last_step: null })
        .where('principal_id', '=', principalId)
        .execute();
      await db.deleteFrom('local_recovery_codes').where('principal_id', '=', principalId).execute();
      await db.deleteFrom('passkeys').where('principal_id', '=', principalId).execute();
    },
    async issueLink({ principalId, kind, expiresAt }) {
      await db.deleteFrom('local_links').where('principal_id', '=', principalId).execute();
      const token = `${LINK_PREFIX}${randomBytes(LINK_BYTES).toString('base64url')}`;
      await db
        .insertInto('local_links')
        .values({ token_sha256: sha256(token), principal_id: principalId, kind, expires_at: expiresAt })
        .execute();
      return new Secret(token);
    },
    async findLink(token) {
      const [hash, at] = goodLinks(token);
      const found = db.selectFrom('local_links').selectAll().where('token_sha256', '=', hash);
      return toLink(await found.where('expires_at', '>', at).executeTakeFirst());
    },
    async useLink(token) {
      const [hash, at] = goodLinks(token);
      const used = db.deleteFrom('local_links').where('token_sha256', '=', hash).where('expires_at', '>', at);
      return toLink(await used.returningAll().executeTakeFirst());
    },
    async removeLinks(principalId) {
      await db.deleteFrom('local_links').where('principal_id', '=', principalId).execute();
    },
  };
}

function toPasskey(row: Selectable<Database['passkeys']>): Passkey {
  return {
    id: row.id,
    principalId: row.principal_id,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    counter: Number(row.counter),
    transports: row.transports,
    isSynced: row.is_synced,
    displayName: row.display_name,
    createdAt: row.created_at,
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
  };
}

function toLink(row: Selectable<Database['local_links']> | undefined): LocalLink | undefined {
  return row && { principalId: row.principal_id, kind: row.kind, expiresAt: row.expires_at };
}
