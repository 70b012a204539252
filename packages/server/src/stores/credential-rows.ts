import type { Clock } from '@sallyport/core';
import type { Kysely, Selectable, SelectQueryBuilder, Transaction } from 'kysely';
import type { ChangeSet } from './change-feed.ts';
import type {
  CredentialRows,
  CredentialSelection,
  CredentialWrites,
  MintedCredential,
} from './credential-contracts.ts';
import type { Database } from './schema.ts';

type Row = Selectable<Database['credentials']>;
type Query = SelectQueryBuilder<Database, 'credentials', object>;

/** Lists and forgets minted credentials. */
export function createCredentialRows(db: Kysely<Database>): CredentialRows {
  return {
    async list(selection, { at, limit, after }) {
      const live = select(db, selection, at);
      const page = after === undefined ? live : live.where('credentials.id', '<', after);
      const rows = await page.selectAll('credentials').orderBy('credentials.id', 'desc').limit(limit).execute();
      const { count } = await live
        .select(({ fn }) => fn.countAll<number | string>().as('count'))
        .executeTakeFirstOrThrow();
      return { items: rows.map(toCredential), totalCount: Number(count) };
    },
    async sweep(at) {
      const { numDeletedRows } = await db.deleteFrom('credentials').where('expires_at', '<', at).executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

/** Records and revokes minted credentials, within one transaction. */
export function createCredentialWrites(options: {
  readonly db: Transaction<Database>;
  readonly clock: Clock;
  readonly changes: ChangeSet;
}): CredentialWrites {
  const { db, clock, changes } = options;
  return {
    async putCredential({ id, principalId, loginSessionId, clusterId, kind, certificateSerial, expiresAt }) {
      await db
        .insertInto('credentials')
        .values({
          id,
          principal_id: principalId,
          login_session_id: loginSessionId ?? null,
          cluster_id: clusterId,
          kind,
          certificate_serial: certificateSerial ?? null,
          created_at: new Date(clock.now()),
          expires_at: expiresAt,
        })
        .execute();
    },
    async revokeCredentials(selection) {
      const at = new Date(clock.now());
      const rows = await db
        .updateTable('credentials')
        .set({ revoked_at: at })
        .where('id', 'in', select(db, selection, at).select('credentials.id'))
        .returningAll()
        .execute();
      if (rows.length > 0) changes.add('revokedCredentials', ...rows.map(({ id }) => id));
      return rows.map(toCredential);
    },
  };
}

function select(db: Kysely<Database>, { organizationId, principalId, id }: CredentialSelection, at: Date): Query {
  let query = db
    .selectFrom('credentials')
    .where('credentials.expires_at', '>', at)
    .where('revoked_at', 'is', null)
    // What was minted in a login session is dead with it, whenever its own end may be.
    .where(({ eb, or, exists, selectFrom }) =>
      or([
        eb('login_session_id', 'is', null),
        exists(
          selectFrom('login_sessions')
            .select('login_sessions.id')
            .whereRef('login_sessions.id', '=', 'credentials.login_session_id')
            .where('login_sessions.expires_at', '>', at),
        ),
      ]),
    )
    .where('principal_id', 'in', (within) =>
      within.selectFrom('principals').select('principals.id').where('organization_id', '=', organizationId),
    );
  if (principalId !== undefined) query = query.where('principal_id', '=', principalId);
  if (id !== undefined) query = query.where('credentials.id', '=', id);
  return query;
}

function toCredential(row: Row): MintedCredential {
  return {
    id: row.id,
    principalId: row.principal_id,
    ...(row.login_session_id !== null && { loginSessionId: row.login_session_id }),
    clusterId: row.cluster_id,
    kind: row.kind,
    ...(row.certificate_serial !== null && { certificateSerial: row.certificate_serial }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
