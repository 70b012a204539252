import type { Clock, PrincipalId } from '@sallyport/core';
import { sql, type Transaction } from 'kysely';
import type { ChangeSet } from './change-feed.ts';
import type { MachineRows, ScimRows } from './machine-contracts.ts';
import type { Database } from './schema.ts';

/** What {@link createMachineRows} and {@link createScimRows} stand on. */
export interface MachineRowsOptions {
  readonly db: Transaction<Database>;
  readonly clock: Clock;
  readonly changes: ChangeSet;
}

/** The rows of machines, within one transaction. */
export function createMachineRows({ db, clock }: MachineRowsOptions): MachineRows {
  return {
    async useWorkloadToken(mark, { loginSessionId, keyThumbprint }, expiresAt) {
      // What has ended by itself goes when the next one comes.
      await db.deleteFrom('workload_tokens').where('expires_at', '<', new Date(clock.now())).execute();
      const inserted = await db
        .insertInto('workload_tokens')
        .values({
          mark,
          login_session_id: loginSessionId,
          key_thumbprint: keyThumbprint ?? null,
          expires_at: expiresAt,
        })
        .onConflict((conflict) => conflict.column('mark').doNothing())
        .returning('mark')
        .executeTakeFirst();
      if (inserted !== undefined) return undefined;
      const first = await db
        .selectFrom('workload_tokens')
        .selectAll()
        .where('mark', '=', mark)
        .executeTakeFirstOrThrow();
      return {
        loginSessionId: first.login_session_id,
        ...(first.key_thumbprint !== null && { keyThumbprint: first.key_thumbprint }),
      };
    },
  };
}

/** The rows of SCIM, within one transaction. */
export function createScimRows({ db, clock, changes }: MachineRowsOptions): ScimRows {
  return {
    async putToken({ sha256, identityProviderId, issuedAt, othersEndAt }) {
      await db
        .updateTable('scim_tokens')
        .set({ expires_at: othersEndAt })
        .where('identity_provider_id', '=', identityProviderId)
        .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', othersEndAt)]))
        .execute();
      await db.deleteFrom('scim_tokens').where('expires_at', '<=', new Date(clock.now())).execute();
      await db
        .insertInto('scim_tokens')
        .values({ sha256, identity_provider_id: identityProviderId, issued_at: issuedAt, expires_at: null })
        .execute();
    },
    async findToken(sha256) {
      const row = await db
        .selectFrom('scim_tokens')
        .select('identity_provider_id')
        .where('sha256', '=', sha256)
        .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', new Date(clock.now()))]))
        .executeTakeFirst();
      return row?.identity_provider_id;
    },
    async putProfile(principalId, profile) {
      const values = { profile: JSON.stringify(profile) };
      await db
        .insertInto('scim_profiles')
        .values({ principal_id: principalId, ...values })
        .onConflict((conflict) => conflict.column('principal_id').doUpdateSet(values))
        .execute();
    },
    async profiles(principalIds) {
      const { rows } = await sql<{ principal_id: PrincipalId; profile: Readonly<Record<string, unknown>> }>`
        select * from scim_profiles where principal_id = any(${principalIds}::text[])`.execute(db);
      return new Map(rows.map(({ principal_id, profile }) => [principal_id, profile]));
    },
    async noteLogin(principalId, subjectClaim, at) {
      const noted = await db
        .updateTable('principals')
        .set({ subject_claim: subjectClaim, last_login_at: at })
        .where('id', '=', principalId)
        .where('is_disabled', '=', false)
        .returning('id')
        .executeTakeFirst();
      if (noted !== undefined) changes.add('principals', noted.id);
      return noted !== undefined;
    },
  };
}
