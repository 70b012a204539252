import type { AuditEvent } from '@sallyport/audit';
import type {
  AgentId,
  ClusterId,
  IdentityProviderId,
  JoinTokenId,
  LoginSessionId,
  OrganizationId,
  Principal,
  Secret,
} from '@sallyport/core';
import type { AccessRows, AccessWrites } from './access-contracts.ts';
import type { AccessReviewRows, AccessReviewWrites } from './access-review-contracts.ts';
import type { AuditCount, AuditCounting } from './audit-counts.ts';
import type { AuditLogWrites, ReplicaRows } from './audit-log-contracts.ts';
import type { AuditProofRows, AuditProofWrites } from './audit-proof-contracts.ts';
import type { AuditReads } from './audit-query.ts';
import type { AuditOrigin } from './audit-rows.ts';
import type { AuditSelection } from './audit-selection.ts';
import type { AuditSinkRows, AuditSinkWrites } from './audit-sink-contracts.ts';
import type { SnapshotRead } from './change-feed.ts';
import type { ClusterInventory, ClusterRows, ClusterWrites, SeenNamespaces } from './cluster-contracts.ts';
import type { CredentialRows, CredentialWrites } from './credential-contracts.ts';
import type { EndedStreamFilter } from './ended-streams.ts';
import type { IdempotencyRows } from './idempotency-rows.ts';
import type { KeyReads, KeyWrites, LeaseChecks, Leases, RewrapResult } from './key-contracts.ts';
import type { LimitShareRows } from './limit-share-contracts.ts';
import type { LocalUserRows, OneTimeRows, TryRows } from './local-contracts.ts';
import type { LoginSession, LoginWrites, ProviderTokenRows } from './login-contracts.ts';
import type { MachineRows, ScimRows } from './machine-contracts.ts';
import type { NotificationRows, NotificationWrites } from './notification-contracts.ts';
import type { ObservedAccess, ObservedAccessFilter } from './observed-access.ts';
import type { PastRows, RestoreWrites } from './past-contracts.ts';
import type { RecordingRows, RecordingWrites } from './recording-contracts.ts';
import type { OrganizationRecord, PrincipalRecord, RecordWriter } from './records.ts';
import type { RetentionRows, RetentionWrites } from './retention-contracts.ts';
import type { SessionSearchRows, SessionWrites } from './session-contracts.ts';
import type { TerminalRows, TerminalWrites } from './terminal-contracts.ts';

export type * from './access-contracts.ts';
export type * from './access-review-contracts.ts';
export type * from './audit-log-contracts.ts';
export type * from './audit-proof-contracts.ts';
export type * from './audit-sink-contracts.ts';
export type * from './cluster-contracts.ts';
export type { Authentication, LoginClient, LoginMethod, LoginSession, ProviderTokens } from './login-contracts.ts';
export type * from './notification-contracts.ts';
export type * from './recording-contracts.ts';
export type * from './session-contracts.ts';
export type * from './terminal-contracts.ts';

/** What every use of an organization needs of it. */
export type Organization = Pick<OrganizationRecord, 'id' | 'name'>;

/** What registering a cluster yields; the token is shown once and stored hashed. */
export interface IssuedJoinToken {
  readonly id: JoinTokenId;
  readonly clusterId: ClusterId;
  readonly token: Secret;
  readonly expiresAt: Date;
}

/** A certificate that an agent holds. */
export interface AgentCertificate {
  /** The agent that holds it; its certificates follow one another. */
  readonly id: AgentId;
  readonly clusterId: ClusterId;
  /** Serial number, lower-case hex. */
  readonly serial: string;
  readonly notAfter: Date;
  readonly revokedAt?: Date;
}

/** Everything that one write transaction may do. All effects and their audit events commit together or not at all. */
export interface Transaction
  extends RecordWriter,
    KeyWrites,
    LeaseChecks,
    LoginWrites,
    CredentialWrites,
    ClusterWrites {
  /**
   * Writes what a login tells about a principal, and nothing that people write about it. The resource version grows only when
   * something of it is new.
   * @throws StoreError `ERR_STORE_NAME_TAKEN` when the user name is another principal's
   */
  putPrincipal(
    principal: Principal & { readonly identityProviderId?: IdentityProviderId; readonly lastLoginAt?: Date },
  ): Promise<void>;
  /** The principal of (organization, issuer, subject claim), or `undefined`. */
  findPrincipal(
    organizationId: OrganizationId,
    issuer: string,
    subjectClaim: string,
  ): Promise<PrincipalRecord | undefined>;
  putLoginSession(session: LoginSession): Promise<void>;
  /** Ends a session by deleting it: a missing record is a revoked one. Says whether it was there. */
  deleteLoginSession(id: LoginSessionId): Promise<boolean>;
  issueJoinToken(clusterId: ClusterId, lifetimeMs: number): Promise<IssuedJoinToken>;
  /**
   * Uses a join token up. Exactly one of any number of concurrent callers gets the cluster id; all others, and every
   * later one, get the reason for the refusal.
   */
  redeemJoinToken(token: string): Promise<{ clusterId: ClusterId } | { refused: 'unknown' | 'used' | 'expired' }>;
  /** Records a certificate; an agent that is not known yet becomes so. */
  putAgentCertificate(certificate: AgentCertificate): Promise<void>;
  revokeAgentCertificates(clusterId: ClusterId): Promise<void>;
  putInventory(inventory: ClusterInventory): Promise<void>;
  /**
   * Notes which namespaces a cluster has. Pending access requests and live grants that name one that it had before, and that is
   * gone or is another one by now, end. What was seen earlier than what is noted already changes nothing.
   */
  seeNamespaces(clusterId: ClusterId, seen: SeenNamespaces): Promise<void>;
  appendAudit(event: AuditEvent): Promise<void>;
  /** Bringing audit events into their logs. */
  readonly auditLog: AuditLogWrites;
  /** Checkpoints of the audit logs, and who has them. */
  readonly auditProof: AuditProofWrites;
  /** How far audit sinks have got. */
  readonly auditSinks: AuditSinkWrites;
  /** How long what is kept, and its end. */
  readonly retention: RetentionWrites;
  /** What `server restore` does. */
  readonly restore: RestoreWrites;
  /** Access requests and grants. */
  readonly access: AccessWrites;
  readonly accessReviews: AccessReviewWrites;
  /** What channels are to be told. Transitions of access requests and grants tell it by their audit events. */
  readonly notifications: NotificationWrites;
  readonly recordings: RecordingWrites;
  /** Sessions that run. */
  readonly sessions: SessionWrites;
  /** Terminals in the browser. */
  readonly terminals: TerminalWrites;
  /** Local users and their factors. */
  readonly localUsers: LocalUserRows;
  readonly machines: MachineRows;
  readonly scim: ScimRows;
  /** Counts of failed tries, for the lock-out. */
  readonly tries: TryRows;
  /** What is kept for a while and used once. */
  readonly oneTime: OneTimeRows;
  readonly idempotency: IdempotencyRows;
  /**
   * Deletes a batch of login sessions and kept answers that have expired. Yields how many rows went; repeat, in transactions
   * of their own, while there are any.
   */
  deleteExpired(): Promise<number>;
}

/** The database, as the rest of the server sees it. */
export interface Store {
  /**
   * Runs `work` in one transaction; commits when it resolves, rolls back when it rejects. Announces the change on the change
   * feed when it concerns what a snapshot holds. Keep `work` short, free of the network and of effects elsewhere: it runs again
   * when the transaction was ended in favour of another one. Calling the store's other methods inside it fails with
   * `ERR_STORE_NESTED`.
   */
  transact<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
  /** The secret of one provider; `undefined` for a public client and for a provider that is not there. */
  clientSecret(id: IdentityProviderId): Promise<Secret | undefined>;
  /** What is seen and told of clusters, join tokens and agents. */
  clusters: ClusterRows;
  credentials: CredentialRows;
  /** Access requests and grants, of history too. */
  access: AccessRows;
  accessReviews: AccessReviewRows;
  /** The outbox of notifications. */
  notifications: NotificationRows;
  /** Session recordings, and their blobs where those lie in the database. */
  recordings: RecordingRows;
  /** What was printed in recorded sessions. */
  sessionSearch: SessionSearchRows;
  /** Terminals in the browser, of all servers. */
  readonly terminals: TerminalRows;
  /** The change feed, and what snapshots are made of. */
  changes: {
    /**
     * Number of the last committed change; grows with every transaction that changed what a snapshot holds. On PostgreSQL it is
     * asked over a direct connection with a short deadline: the heartbeat of the feed, which fails soon when the database does.
     */
    head(): Promise<number>;
    /**
     * Calls `listener` with the number of a change soon after any server committed it. A hint that may be lost, not a promise:
     * whoever needs to know asks for `head` now and then, which also repairs a lost connection. Returns the way to stop.
     */
    watch(listener: (seq: number) => void): () => void;
    /** What changed after `since` (everything without one), as of one instant. */
    read(since?: number): Promise<SnapshotRead>;
  };
  keys: KeyReads;
  leases: Leases;
  /** What servers lease of the limits of principals. */
  limitShares: LimitShareRows;
  providerTokens: ProviderTokenRows;
  /** Encrypts everything that is not encrypted under the first key anew, under the first key. */
  rewrap(): Promise<RewrapResult>;
  /** Appends a batch to the audit log in one commit. Ids that are there already are skipped. */
  appendAudit(events: readonly AuditEvent[], origin?: AuditOrigin): Promise<void>;
  /** Calls `listener` after this server has committed audit events, which have no index yet. Returns the way to stop. */
  watchAudit(listener: () => void): () => void;
  /** Which servers live. */
  readonly replicas: ReplicaRows;
  /** What proves the audit logs. */
  readonly auditProof: AuditProofRows;
  /** Audit logs as sinks read them, and how far each has got. */
  readonly auditSinks: AuditSinkRows;
  /** Whether this is the database that it was. */
  readonly past: PastRows;
  /** How long what is kept, and what is held beyond that. */
  readonly retention: RetentionRows;
  /** Searches of the audit log. */
  auditReads: AuditReads & {
    /** Counts a selection by value, by span of time, or by both. */
    counts(selection: AuditSelection, counting: AuditCounting): Promise<readonly AuditCount[]>;
  };
  /** Newest first. */
  listAudit(filter: {
    readonly organizationId?: OrganizationId;
    readonly clusterId?: ClusterId;
    readonly limit: number;
  }): Promise<readonly AuditEvent[]>;
  /** Outcomes of requests of a principal that lost their access or their tunnel under way, newest first. */
  listEndedStreams(filter: EndedStreamFilter): Promise<readonly AuditEvent[]>;
  /** What was asked of clusters, alike requests together, the most frequent first. */
  listObservedAccess(filter: ObservedAccessFilter): Promise<readonly ObservedAccess[]>;
  /** Key-value rows of the OAuth server (see the adapter contract of its library). */
  oauth: OauthRows;
  close(): Promise<void>;
}

/** Storage of the OAuth server's short-lived objects. */
export interface OauthRows {
  upsert(row: OauthRow): Promise<void>;
  find(model: string, id: string): Promise<OauthRow | undefined>;
  findBy(model: string, key: 'uid' | 'userCode', value: string): Promise<OauthRow | undefined>;
  consume(model: string, id: string, at: Date): Promise<void>;
  destroy(model: string, id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
  /** Deletes what expired before `at`; returns how many rows went. */
  sweep(at: Date): Promise<number>;
}

/** One row of {@link OauthRows}. */
export interface OauthRow {
  readonly model: string;
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly grantId?: string;
  readonly uid?: string;
  readonly userCode?: string;
  readonly expiresAt?: Date;
}
