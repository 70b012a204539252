import { createHash, randomBytes } from 'node:crypto';
import type { AuditEvent } from '@sallyport/audit';
import { type Clock, type ClusterId, createId, type IdentityProviderId, Secret } from '@sallyport/core';
import { type Transaction as KyselyTransaction, sql } from 'kysely';
import { createAccessReviewWrites } from './access-review-rows.ts';
import { createAccessWrites } from './access-writes.ts';
import { announce } from './announce.ts';
import { createAuditLogWrites } from './audit-log-rows.ts';
import { createAuditProofWrites } from './audit-proof-rows.ts';
import { insertAuditEvents } from './audit-rows.ts';
import { createAuditSinkWrites } from './audit-sink-rows.ts';
import type { ChangeSet } from './change-feed.ts';
import { createClusterWrites } from './cluster-rows.ts';
import type { IssuedJoinToken, Transaction } from './contracts.ts';
import { createCredentialWrites } from './credential-rows.ts';
import type { Envelope } from './envelope.ts';
import { deleteExpired } from './expired-rows.ts';
import { createIdempotencyRows } from './idempotency-rows.ts';
import { createKeyWrites } from './keys.ts';
import { createLeaseChecks } from './lease.ts';
import { createLocalUserRows } from './local-user-rows.ts';
import { createLoginWrites, fromLoginSession } from './login-rows.ts';
import { createMachineRows, createScimRows } from './machine-rows.ts';
import { createNotificationWrites } from './notification-rows.ts';
import { createOneTimeRows } from './one-time-rows.ts';
import { createRestoreWrites } from './past-rows.ts';
import { toPrincipal } from './record-rows.ts';
import { loginColumns } from './record-sources.ts';
import { createRecordWriter } from './record-writer.ts';
import { createRecordingWrites } from './recording-writes.ts';
import { createRestingAccess } from './resting-access.ts';
import { createRetentionWrites } from './retention-rows.ts';
import type { Database } from './schema.ts';
import { seeNamespaces } from './seen-namespaces.ts';
import { createSessionWrites } from './session-writes.ts';
import { createTerminalWrites } from './terminal-rows.ts';
import { createTryRows } from './try-rows.ts';

/** What {@link createTransaction} stands on. */
export interface TransactionOptions {
  readonly db: KyselyTransaction<Database>;
  readonly clock: Clock;
  readonly envelope: Envelope;
  /** Receives what the transaction changed of what snapshots are made of. */
  readonly changes: ChangeSet;
  /** Told what the transaction wrote that somebody waits for; it counts once the transaction is committed. */
  readonly onWritten: (rows: WrittenRows) => void;
}

/** Rows that jobs of this server wait for: what is to be sent, and what has its time. */
export type WrittenRows = 'notifications' | 'access' | 'accessReviews' | 'audit' | 'auditLog' | 'recordings';

const JOIN_TOKEN_PREFIX = 'sjt_';
const JOIN_TOKEN_BYTES = 32;

/** The write methods of one database transaction. */
export function createTransaction({ db, clock, envelope, changes, onWritten }: TransactionOptions): Transaction {
  const notifications = createNotificationWrites({ db, clock, onEnqueued: () => onWritten('notifications') });
  const access = createAccessWrites({ db, changes, onWritten: () => onWritten('access') });
  const appendAudit = async (event: AuditEvent) => {
    await insertAuditEvents(db, [event]);
    onWritten('audit');
    await announce({ db, notifications }, event);
  };
  const resting = createRestingAccess({ db, clock, access, appendAudit });
  return {
    ...createRecordWriter({ db, clock, envelope, changes, resting }),
    async putPrincipal({ id, ...principal }) {
      changes.add('principals', id);
      const values = loginColumns(principal);
      const at = new Date(clock.now());
      await db
        .insertInto('principals')
        .values({ id, ...values, created_at: at, updated_at: at })
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet({
            ...values,
            // A login that tells nothing new must not make somebody's edit a stale one.
            resource_version: sql<number>`principals.resource_version + (
              (principals.user_name, principals.display_name, principals.email, principals.groups)
                is distinct from (excluded.user_name, excluded.display_name, excluded.email, excluded.groups))::integer`,
            identity_provider_id: sql<IdentityProviderId | null>`coalesce(excluded.identity_provider_id, principals.identity_provider_id)`,
            updated_at: sql<Date>`case when
              (principals.user_name, principals.display_name, principals.email, principals.groups)
                is distinct from (excluded.user_name, excluded.display_name, excluded.email, excluded.groups)
              then excluded.updated_at else principals.updated_at end`,
            last_login_at: sql<Date | null>`coalesce(excluded.last_login_at, principals.last_login_at)`,
          }),
        )
        .execute();
    },
    idempotency: createIdempotencyRows(db, envelope, () => new Date(clock.now())),
    deleteExpired: () => deleteExpired(db, changes, new Date(clock.now())),
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
    async deleteLoginSession(id) {
      const { numDeletedRows } = await db.deleteFrom('login_sessions').where('id', '=', id).executeTakeFirstOrThrow();
      if (numDeletedRows > 0n) changes.add('loginSessions', id);
      return numDeletedRows > 0n;
    },
    async issueJoinToken(clusterId, lifetimeMs): Promise<IssuedJoinToken> {
      const id = createId('joinToken', clock.now());
      const token = `${JOIN_TOKEN_PREFIX}${randomBytes(JOIN_TOKEN_BYTES).toString('base64url')}`;
      const expiresAt = new Date(clock.now() + lifetimeMs);
      await db
        .insertInto('join_tokens')
        .values({
          id,
          cluster_id: clusterId,
          token_sha256: sha256(token),
          created_at: new Date(clock.now()),
          expires_at: expiresAt,
          used_at: null,
        })
        .execute();
      return { id, clusterId, token: new Secret(token), expiresAt };
    },
    redeemJoinToken: (token) => redeemJoinToken(db, token, new Date(clock.now())),
    async putAgentCertificate(certificate) {
      changes.add('agentCertificates', certificate.serial);
      await db
        .insertInto('agents')
        .values({
          id: certificate.id,
          cluster_id: certificate.clusterId,
          enrolled_at: new Date(clock.now()),
          attestation: null,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
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
    ...createCredentialWrites({ db, clock, changes }),
    ...createClusterWrites({ db, changes, now: clock.now }),
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
        ready_node_count: inventory.readyNodeCount,
        namespace_count: inventory.namespaceCount,
        nodes: JSON.stringify(inventory.nodes),
        namespaces: JSON.stringify(inventory.namespaces),
        observed_at: inventory.observedAt,
      };
      await db
        .insertInto('cluster_inventories')
        .values({ cluster_id: inventory.clusterId, ...values })
        .onConflict((conflict) => conflict.column('cluster_id').doUpdateSet(values))
        .execute();
    },
    seeNamespaces: (clusterId, seen) => seeNamespaces({ db, resting }, clusterId, seen),
    appendAudit,
    auditSinks: createAuditSinkWrites(db, clock),
    retention: createRetentionWrites(db, clock.now),
    restore: createRestoreWrites({ db, clock, changes, resting }),
    auditLog: createAuditLogWrites({
      db,
      now: clock.now,
      onIndexed: () => onWritten('auditLog'),
      onAppended: () => onWritten('audit'),
    }),
    auditProof: createAuditProofWrites(db, clock.now),
    notifications,
    access,
    recordings: createRecordingWrites({ db, envelope, onWritten: () => onWritten('recordings') }),
    sessions: createSessionWrites({ db, changes }),
    terminals: createTerminalWrites({ db, clock }),
    accessReviews: createAccessReviewWrites(db, () => onWritten('accessReviews')),
    localUsers: createLocalUserRows({ db, clock, envelope }),
    machines: createMachineRows({ db, clock, changes }),
    scim: createScimRows({ db, clock, changes }),
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
