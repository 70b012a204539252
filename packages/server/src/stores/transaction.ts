import { createHash, randomBytes } from 'node:crypto';
import { formatAuditEvent } from '@sallyport/audit';
import { type Clock, type ClusterId, createId, Secret } from '@sallyport/core';
import { type Transaction as KyselyTransaction, sql } from 'kysely';
import { insertAuditEvents } from './audit-rows.ts';
import type { ChangeSet } from './change-feed.ts';
import type { IssuedJoinToken, Transaction } from './contracts.ts';
import type { Envelope } from './envelope.ts';
import { createKeyWrites } from './keys.ts';
import { createLeaseChecks } from './lease.ts';
import { createLocalUserRows } from './local-user-rows.ts';
import { createLoginWrites, fromLoginSession } from './login-rows.ts';
import { createOneTimeRows } from './one-time-rows.ts';
import { toPrincipal } from './rows.ts';
import type { Database } from './schema.ts';
import type { SnapshotTopic } from './snapshot-topics.ts';
import { createTryRows } from './try-rows.ts';

/** What {@link createTransaction} stands on. */
export interface TransactionOptions {
  readonly db: KyselyTransaction<Database>;
  readonly clock: Clock;
  readonly envelope: Envelope;
  /** Receives what the transaction changed of what snapshots are made of. */
  readonly changes: ChangeSet;
}

const JOIN_TOKEN_PREFIX = 'sjt_';
const JOIN_TOKEN_BYTES = 32;

/** The write methods of one database transaction. */
export function createTransaction({ db, clock, envelope, changes }: TransactionOptions): Transaction {
  /** Deletes by id and says whether there was something. What goes with it by cascade is announced as a whole. */
  async function remove(
    topic: SnapshotTopic,
    table: 'login_sessions' | 'clusters' | 'roles' | 'bindings',
    id: string,
    cascades: readonly SnapshotTopic[] = [],
  ) {
    const { numAffectedRows = 0n } = await sql`delete from ${sql.table(table)} where id = ${id}`.execute(db);
    if (numAffectedRows === 0n) return false;
    changes.add(topic, id);
    for (const cascade of cascades) changes.addAll(cascade);
    return true;
  }

  return {
    async putOrganization({ id, name }) {
      changes.add('organizations', id);
      await db
        .insertInto('organizations')
        .values({ id, name })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ name }))
        .execute();
    },
    async putPrincipal(principal) {
      changes.add('principals', principal.id);
      const values = {
        organization_id: principal.organizationId,
        kind: principal.kind,
        issuer: principal.issuer,
        subject_claim: principal.subjectClaim,
        user_name: principal.userName,
        display_name: principal.displayName,
        email: principal.email ?? null,
        groups: JSON.stringify(principal.groups),
      };
      await db
        .insertInto('principals')
        .values({ id: principal.id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
    },
    async findPrincipal(organizationId, issuer, subjectClaim) {
      const row = await db
        .selectFrom('principals')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('issuer', '=', issuer)
        .where('subject_claim', '=', subjectClaim)
        .executeTakeFirst();
      return row && toPrincipal(row);
    },
    async putLoginSession(session) {
      changes.add('loginSessions', session.id);
      const values = fromLoginSession(session);
      await db
        .insertInto('login_sessions')
        .values({ id: session.id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
    },
    deleteLoginSession: (id) => remove('loginSessions', 'login_sessions', id),
    async putIdentityProvider(provider) {
      changes.add('identityProviders', provider.id);
      const values = {
        organization_id: provider.organizationId,
        name: provider.name,
        display_name: provider.displayName,
        issuer: provider.issuer,
        client_id: provider.clientId,
        client_secret:
          provider.clientSecret === undefined
            ? null
            : envelope.seal(provider.clientSecret.reveal(), `identityProvider/${provider.id}`),
        oauth_scopes: JSON.stringify(provider.oauthScopes),
        user_name_claim: provider.userNameClaim,
        groups_claim: provider.groupsClaim,
      };
      await db
        .insertInto('identity_providers')
        .values({ id: provider.id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
    },
    async putCluster(cluster) {
      changes.add('clusters', cluster.id);
      const values = {
        organization_id: cluster.organizationId,
        name: cluster.name,
        labels: JSON.stringify(cluster.labels),
      };
      await db
        .insertInto('clusters')
        .values({ id: cluster.id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
    },
    deleteCluster: (id) => remove('clusters', 'clusters', id, ['agentCertificates']),
    async putRole(role) {
      changes.add('roles', role.id);
      const values = {
        organization_id: role.organizationId,
        name: role.name,
        ceiling_groups: JSON.stringify(role.ceilingGroups),
        rules: role.rules === undefined ? null : JSON.stringify(role.rules),
        permissions: JSON.stringify(role.permissions),
      };
      await db
        .insertInto('roles')
        .values({ id: role.id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
    },
    deleteRole: (id) => remove('roles', 'roles', id, ['bindings']),
    async putBinding(binding) {
      changes.add('bindings', binding.id);
      const values = {
        organization_id: binding.organizationId,
        role_id: binding.roleId,
        subjects: JSON.stringify(binding.subjects),
        scope: JSON.stringify(binding.scope),
      };
      await db
        .insertInto('bindings')
        .values({ id: binding.id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
    },
    deleteBinding: (id) => remove('bindings', 'bindings', id),
    async putCredential(credential) {
      await db
        .insertInto('credentials')
        .values({
          id: credential.id,
          principal_id: credential.principalId,
          login_session_id: credential.loginSessionId ?? null,
          cluster_id: credential.clusterId,
          expires_at: credential.expiresAt,
        })
        .execute();
    },
    async issueJoinToken(clusterId, lifetimeMs): Promise<IssuedJoinToken> {
      const id = createId('joinToken', clock.now());
      const token = `${JOIN_TOKEN_PREFIX}${randomBytes(JOIN_TOKEN_BYTES).toString('base64url')}`;
      const expiresAt = new Date(clock.now() + lifetimeMs);
      await db
        .insertInto('join_tokens')
        .values({ id, cluster_id: clusterId, token_sha256: sha256(token), expires_at: expiresAt, used_at: null })
        .execute();
      return { id, clusterId, token: new Secret(token), expiresAt };
    },
    redeemJoinToken: (token) => redeemJoinToken(db, token, new Date(clock.now())),
    async putAgentCertificate(certificate) {
      changes.add('agentCertificates', certificate.serial);
      const values = {
        agent_id: certificate.id,
        cluster_id: certificate.clusterId,
        not_after: certificate.notAfter,
        revoked_at: certificate.revokedAt ?? null,
      };
      await db
        .insertInto('agent_certificates')
        .values({ serial: certificate.serial, ...values })
        .onConflict((conflict) => conflict.column('serial').doUpdateSet(values))
        .execute();
    },
    async revokeAgentCertificates(clusterId) {
      const revoked = await db
        .updateTable('agent_certificates')
        .set({ revoked_at: new Date(clock.now()) })
        .where('cluster_id', '=', clusterId)
        .where('revoked_at', 'is', null)
        .returning('serial')
        .execute();
      changes.add('agentCertificates', ...revoked.map(({ serial }) => serial));
    },
    ...createKeyWrites(db, envelope, clock.now),
    ...createLeaseChecks(db),
    ...createLoginWrites({ db, envelope, changes }),
    async revokeEveryAgentCertificate() {
      await db
        .updateTable('agent_certificates')
        .set({ revoked_at: new Date(clock.now()) })
        .where('revoked_at', 'is', null)
        .execute();
      changes.addAll('agentCertificates');
    },
    async putInventory(inventory) {
      const values = {
        kubernetes_version: inventory.kubernetesVersion,
        node_count: inventory.nodeCount,
        namespace_count: inventory.namespaceCount,
        observed_at: inventory.observedAt,
      };
      await db
        .insertInto('cluster_inventories')
        .values({ cluster_id: inventory.clusterId, ...values })
        .onConflict((conflict) => conflict.column('cluster_id').doUpdateSet(values))
        .execute();
    },
    appendAudit: (event) => insertAuditEvents(db, [formatAuditEvent(event)]),
    localUsers: createLocalUserRows({ db, clock, envelope }),
    tries: createTryRows({ db, clock }),
    oneTime: createOneTimeRows({ db, clock, envelope }),
  };
}

/**
 * Uses a join token up with one statement, so that the database decides between concurrent callers: the second of them waits
 * for the first one's row and then finds it used. Only the hash is ever compared, by index.
 */
async function redeemJoinToken(
  db: KyselyTransaction<Database>,
  token: string,
  at: Date,
): Promise<{ clusterId: ClusterId } | { refused: 'unknown' | 'used' | 'expired' }> {
  const hash = sha256(token);
  const redeemed = await db
    .updateTable('join_tokens')
    .set({ used_at: at })
    .where('token_sha256', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', at)
    .returning('cluster_id')
    .executeTakeFirst();
  if (redeemed !== undefined) return { clusterId: redeemed.cluster_id };
  const known = await db
    .selectFrom('join_tokens')
    .select('used_at')
    .where('token_sha256', '=', hash)
    .executeTakeFirst();
  if (known === undefined) return { refused: 'unknown' };
  return { refused: known.used_at === null ? 'expired' : 'used' };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
