import type { AuditEvent } from '@sallyport/audit';
import type { Binding, Role } from '@sallyport/authz';
import type {
  AgentId,
  BindingId,
  Cluster,
  ClusterId,
  CredentialId,
  IdentityProviderId,
  JoinTokenId,
  LoginSessionId,
  OrganizationId,
  Principal,
  PrincipalId,
  RoleId,
  Secret,
} from '@sallyport/core';
import type { SnapshotRead } from './snapshot-rows.ts';

/** An organization: people, clusters and bindings that see nothing of another's. */
export interface Organization {
  readonly id: OrganizationId;
  /** A DNS label, unique in the installation. */
  readonly name: string;
}

/** A person's signed-in state with the server. */
export interface LoginSession {
  readonly id: LoginSessionId;
  readonly organizationId: OrganizationId;
  readonly principalId: PrincipalId;
  readonly identityProviderId: IdentityProviderId;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** An OIDC provider that people sign in with. */
export interface IdentityProvider {
  readonly id: IdentityProviderId;
  readonly organizationId: OrganizationId;
  /** Unique in the organization; a DNS label. Part of the callback path. */
  readonly name: string;
  readonly displayName: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client. Encrypted at rest. */
  readonly clientSecret?: Secret;
  readonly oauthScopes: readonly string[];
  readonly userNameClaim: string;
  readonly groupsClaim: string;
}

/** What registering a cluster yields; the token is shown once and stored hashed. */
export interface IssuedJoinToken {
  readonly id: JoinTokenId;
  readonly clusterId: ClusterId;
  readonly token: Secret;
  readonly expiresAt: Date;
}

/** A certificate that an agent holds. */
export interface AgentCertificate {
  readonly id: AgentId;
  readonly clusterId: ClusterId;
  /** Serial number, lower-case hex. */
  readonly serial: string;
  readonly notAfter: Date;
  readonly revokedAt?: Date;
}

/** What a cluster last told about itself. */
export interface ClusterInventory {
  readonly clusterId: ClusterId;
  readonly kubernetesVersion: string;
  readonly nodeCount: number;
  readonly namespaceCount: number;
  readonly observedAt: Date;
}

/** A named private key, envelope-encrypted at rest. */
export interface StoredKey {
  /** `frontTls` is the CA of the front door and the agent gateway. */
  readonly purpose: 'frontTls' | 'agentCa' | 'kubeCredential' | 'capability' | 'oauth' | 'cookie';
  readonly keyId: string;
  /** PEM (PKCS#8) or raw text, as the purpose needs. */
  readonly secret: Secret;
  /** Certificate PEM, for CAs and front TLS. */
  readonly certificatePem?: string;
  readonly createdAt: Date;
}

/** Everything that one write transaction may do. All effects and their audit events commit together or not at all. */
export interface Transaction {
  putOrganization(organization: Organization): Promise<void>;
  putPrincipal(principal: Principal): Promise<void>;
  /** The principal of (organization, issuer, subject claim), or `undefined`. */
  findPrincipal(organizationId: OrganizationId, issuer: string, subjectClaim: string): Promise<Principal | undefined>;
  putLoginSession(session: LoginSession): Promise<void>;
  /** Ends a session by deleting it: a missing record is a revoked one. Says whether it was there. */
  deleteLoginSession(id: LoginSessionId): Promise<boolean>;
  putIdentityProvider(provider: IdentityProvider): Promise<void>;
  putCluster(cluster: Cluster): Promise<void>;
  deleteCluster(id: ClusterId): Promise<boolean>;
  putRole(role: Role): Promise<void>;
  deleteRole(id: RoleId): Promise<boolean>;
  putBinding(binding: Binding): Promise<void>;
  deleteBinding(id: BindingId): Promise<boolean>;
  /** Records a minted kube credential, for listing and revoking. */
  putCredential(credential: {
    readonly id: CredentialId;
    readonly principalId: PrincipalId;
    readonly loginSessionId?: LoginSessionId;
    readonly clusterId: ClusterId;
    readonly expiresAt: Date;
  }): Promise<void>;
  issueJoinToken(clusterId: ClusterId, lifetimeMs: number): Promise<IssuedJoinToken>;
  /**
   * Uses a join token up. Exactly one of any number of concurrent callers gets the cluster id; all others, and every
   * later one, get the reason for the refusal.
   */
  redeemJoinToken(token: string): Promise<{ clusterId: ClusterId } | { refused: 'unknown' | 'used' | 'expired' }>;
  putAgentCertificate(certificate: AgentCertificate): Promise<void>;
  revokeAgentCertificates(clusterId: ClusterId): Promise<void>;
  putInventory(inventory: ClusterInventory): Promise<void>;
  appendAudit(event: AuditEvent): Promise<void>;
}

/** The database, as the rest of the server sees it. */
export interface Store {
  /**
   * Runs `work` in one transaction; commits when it resolves, rolls back when it rejects. Announces the change on the change
   * feed when it concerns what a snapshot holds. Keep `work` short and free of the network; calling the store's other methods
   * inside it fails with `ERR_STORE_NESTED`.
   */
  transact<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
  identityProviders(): Promise<readonly IdentityProvider[]>;
  inventories(): Promise<readonly ClusterInventory[]>;
  /** The change feed, and what snapshots are made of. */
  changes: {
    /** Number of the last committed change; grows with every transaction that changed what a snapshot holds. */
    head(): Promise<number>;
    /** What changed after `since` (everything without one), as of one instant. */
    read(since?: number): Promise<SnapshotRead>;
  };
  keys: {
    /** All keys of a purpose, newest first. */
    list(purpose: StoredKey['purpose']): Promise<readonly StoredKey[]>;
    put(key: StoredKey): Promise<void>;
    /** Stores the first key of its purpose; when another replica was faster, its key stays. Yields all keys, newest first. */
    establish(key: StoredKey): Promise<readonly StoredKey[]>;
  };
  /** Appends a batch to the audit log in one commit. Ids that are there already are skipped. */
  appendAudit(events: readonly AuditEvent[]): Promise<void>;
  /** Newest first. */
  listAudit(filter: {
    readonly organizationId?: OrganizationId;
    readonly clusterId?: ClusterId;
    readonly limit: number;
  }): Promise<readonly AuditEvent[]>;
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
