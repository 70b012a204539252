import type { LoginSessionId } from '@sallyport/core';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { ChangeSet } from './change-feed.ts';
import type { Envelope } from './envelope.ts';
import type { LoginSession, LoginWrites, ProviderTokenRows, ProviderTokens } from './login-contracts.ts';
import type { LoginTables } from './login-schema.ts';
import type { Database } from './schema.ts';

/** A row becomes the value of the contract; absent columns become absent fields. */
export function toLoginSession(row: Selectable<LoginTables['login_sessions']>): LoginSession {
  return {
    id: row.id,
    organizationId: row.organization_id,
    principalId: row.principal_id,
    ...(row.identity_provider_id !== null && { identityProviderId: row.identity_provider_id }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    method: row.method,
    client: row.client,
    ...(row.acr !== null && { acr: row.acr }),
    ...(row.amr !== null && { amr: row.amr }),
    ...(row.authenticated_at !== null && { authenticatedAt: row.authenticated_at }),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.source_address !== null && { sourceAddress: row.source_address }),
    ...(row.user_agent !== null && { userAgent: row.user_agent }),
    ...(row.provider_session_id !== null && { providerSessionId: row.provider_session_id }),
    ...(row.cookie_sha256 !== null && { cookieSha256: row.cookie_sha256 }),
    ...(row.api_key !== null && { apiKey: row.api_key }),
  };
}

/** The columns of a session, without its id. */
export function fromLoginSession(session: LoginSession) {
  return {
    organization_id: session.organizationId,
    principal_id: session.principalId,
    identity_provider_id: session.identityProviderId ?? null,
    created_at: session.createdAt,
    expires_at: session.expiresAt,
    method: session.method,
    client: session.client,
    acr: session.acr ?? null,
    amr: session.amr === undefined ? null : JSON.stringify(session.amr),
    authenticated_at: session.authenticatedAt ?? null,
    last_used_at: session.lastUsedAt ?? null,
    source_address: session.sourceAddress ?? null,
    user_agent: session.userAgent ?? null,
    provider_session_id: session.providerSessionId ?? null,
    cookie_sha256: session.cookieSha256 ?? null,
    api_key: session.apiKey === undefined ? null : JSON.stringify(session.apiKey),
  };
}

/** Where a sealed token belongs. */
const context = (column: 'refreshToken' | 'idToken', id: LoginSessionId) => `providerTokens/${column}/${id}`;

/** Reading and claiming provider tokens. */
export function createProviderTokenRows(db: Kysely<Database>, envelope: Envelope): ProviderTokenRows {
  const toTokens = (row: Selectable<LoginTables['provider_tokens']>): ProviderTokens => ({
    loginSessionId: row.login_session_id,
    ...(row.refresh_token !== null && {
      refreshToken: envelope.open(row.refresh_token, context('refreshToken', row.login_session_id)),
    }),
    ...(row.id_token !== null && { idToken: envelope.open(row.id_token, context('idToken', row.login_session_id)) }),
    vouchedAt: row.vouched_at,
    askAt: row.ask_at,
  });
  return {
    async claimDue(at, until, limit) {
      const { rows } = await sql<Selectable<LoginTables['provider_tokens']>>`
        update provider_tokens set claimed_until = ${until} where login_session_id in (
          select login_session_id from provider_tokens
          where ask_at <= ${at} and refresh_token is not null and (claimed_until is null or claimed_until <= ${at})
          order by ask_at limit ${limit} for update skip locked
        ) returning *`.execute(db);
      return rows.map(toTokens);
    },
    async claim(id, at, until) {
      const row = await db
        .updateTable('provider_tokens')
        .set({ claimed_until: until })
        .where('login_session_id', '=', id)
        .where((where) => where.or([where('claimed_until', 'is', null), where('claimed_until', '<=', at)]))
        .returningAll()
        .executeTakeFirst();
      return row && toTokens(row);
    },
    async find(id) {
      const rows = db.selectFrom('provider_tokens').selectAll().where('login_session_id', '=', id);
      const row = await rows.executeTakeFirst();
      return row && toTokens(row);
    },
  };
}

/** Writing provider tokens and uses of sessions, within one transaction. */
export function createLoginWrites(options: {
  readonly db: Transaction<Database>;
  readonly envelope: Envelope;
  readonly changes: ChangeSet;
}): LoginWrites {
  const { db, envelope, changes } = options;
  return {
    async putProviderTokens({ loginSessionId, refreshToken, idToken, vouchedAt, askAt }) {
      const values = {
        refresh_token: refreshToken
          ? envelope.seal(refreshToken.reveal(), context('refreshToken', loginSessionId))
          : null,
        id_token: idToken ? envelope.seal(idToken.reveal(), context('idToken', loginSessionId)) : null,
        vouched_at: vouchedAt,
        ask_at: askAt,
        claimed_until: null,
      };
      await db
        .insertInto('provider_tokens')
        .values({ login_session_id: loginSessionId, ...values })
        .onConflict((conflict) => conflict.column('login_session_id').doUpdateSet(values))
        .execute();
    },
    async endLoginSessionsOf(whose) {
      const sessions = db.deleteFrom('login_sessions').returning('id');
      const rows = await ('principalId' in whose
        ? sessions.where('principal_id', '=', whose.principalId)
        : sessions.where('identity_provider_id', '=', whose.identityProviderId)
      ).execute();
      const ids = rows.map(({ id }) => id);
      if (ids.length > 0) changes.add('loginSessions', ...ids);
      return ids;
    },
    async touchLoginSessions(uses) {
      if (uses.size === 0) return;
      const ids = [...uses.keys()];
      const times = [...uses.values()].map((at) => at.toISOString());
      const { rows } = await sql<{ id: LoginSessionId }>`
        update login_sessions set last_used_at = uses.at
        from unnest(${ids}::text[], ${times}::timestamptz[]) as uses(id, at)
        where login_sessions.id = uses.id and coalesce(last_used_at, created_at) < uses.at
        returning login_sessions.id`.execute(db);
      changes.add('loginSessions', ...rows.map(({ id }) => id));
    },
  };
}
