import type { AgentId, ClusterId, JoinTokenId, OrganizationId, ReplicaId } from '@sallyport/core';

/** A join token that can still be used: what it is, never its secret. */
export interface OpenJoinToken {
  readonly id: JoinTokenId;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Public keys of a cluster's service account issuer, as the cluster publishes them. */
export interface IssuerKeys {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** In which cluster an agent enrolled: what its service account tokens must show from then on. */
export interface AgentAttestation {
  /** `iss` of the cluster's service account tokens. */
  readonly issuer: string;
  /** `system:serviceaccount:<namespace>:<name>`. */
  readonly subject: string;
  readonly jwks: IssuerKeys;
}

/** What a join token was exchanged for. All replicas of one installation share it. */
export interface AgentRecord {
  readonly id: AgentId;
  readonly clusterId: ClusterId;
  readonly enrolledAt: Date;
  /** Absent: the cluster did not show its issuer's keys, so nothing ties the agent to it. */
  readonly attestation?: AgentAttestation;
}

/** One tunnel as the server sees it that it ends at. */
export interface TunnelSighting {
  /** Serial number of the certificate, lower-case hex. */
  readonly serial: string;
  readonly instanceId: string;
  readonly agentVersion: string;
  readonly openedAt: Date;
  /** Why the agent can't use its API server, by its own word; absent while it can. */
  readonly apiServerFailure?: string;
  /** Why people can't act through it as the mode of the cluster wants it; absent while they can. */
  readonly modeProblem?: string;
  /** Whether the agent says how it finds its API server; older ones don't. */
  readonly reportsHealth: boolean;
  /** Whether the agent has shown in which cluster it runs. */
  readonly isAttested: boolean;
}

/** A server that can carry requests to a cluster, because a tunnel of the cluster ends at it. */
export interface TunnelRoute {
  readonly clusterId: ClusterId;
  readonly replicaId: ReplicaId;
  /** Where other servers dial it, `host:port`. */
  readonly peerAddress: string;
}

/** What one server sees of a cluster. */
export interface ClusterSighting {
  readonly clusterId: ClusterId;
  readonly replicaId: ReplicaId;
  readonly tunnels: readonly TunnelSighting[];
  /** Why the last look at version, nodes and namespaces failed; absent when it did not. */
  readonly inventoryFailure?: string;
}

/** Whether and how a cluster can be reached; see the `ClusterHealth` of the contract. */
export type HealthStatus = 'connected' | 'unhealthy' | 'disconnected' | 'pending';

/** The health that is told of a cluster. */
export interface ToldHealth {
  readonly clusterId: ClusterId;
  readonly status: HealthStatus;
  readonly reason?: string;
  readonly changedAt: Date;
}

/** A node, as far as the inventory keeps it. */
export interface InventoryNode {
  readonly name: string;
  readonly isReady: boolean;
  readonly kubeletVersion: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A namespace, as far as the inventory keeps it. */
export interface InventoryNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** All namespaces of a cluster at an instant. */
export interface SeenNamespaces {
  /** Unique ids by name: a namespace that is made anew under an old name is another one. */
  readonly uids: ReadonlyMap<string, string>;
  /** When it was asked for them. */
  readonly at: Date;
}

/** What a cluster last told about itself, in numbers. */
export interface InventorySummary {
  readonly clusterId: ClusterId;
  readonly kubernetesVersion: string;
  readonly nodeCount: number;
  readonly readyNodeCount: number;
  readonly namespaceCount: number;
  readonly observedAt: Date;
}

/** What a cluster last told about itself. The lists hold the first of each by name; the counts are of all. */
export interface ClusterInventory extends InventorySummary {
  readonly nodes: readonly InventoryNode[];
  readonly namespaces: readonly InventoryNamespace[];
}

/** A cluster that was deleted, and whose agents have to remove themselves. */
export interface DeregisteredCluster {
  readonly clusterId: ClusterId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly deregisteredAt: Date;
}

/** What servers see and tell of clusters, apart from what snapshots hold. */
export interface ClusterRows {
  /** Those that are neither used nor expired, oldest first. */
  joinTokens(clusterId: ClusterId): Promise<readonly OpenJoinToken[]>;
  agent(id: AgentId): Promise<AgentRecord | undefined>;
  /** Those that share an installation of a cluster's. */
  agents(clusterId: ClusterId): Promise<readonly AgentRecord[]>;
  inventory(clusterId: ClusterId): Promise<ClusterInventory | undefined>;
  inventories(): Promise<readonly InventorySummary[]>;
  /** What servers whose leases live see; the word of one counts as long as its lease does. */
  sightings(): Promise<readonly ClusterSighting[]>;
  /** Writes what a server sees from now on; clusters that are gone are left out. Takes back what it said of other clusters before. */
  putSightings(replicaId: ReplicaId, sightings: readonly Omit<ClusterSighting, 'replicaId'>[]): Promise<void>;
  /** The routes by servers whose leases live, those of `replicaId` left out. */
  routes(replicaId: ReplicaId): Promise<readonly TunnelRoute[]>;
  health(): Promise<readonly ToldHealth[]>;
  /** A cluster that was deregistered and is remembered still. */
  deregistered(clusterId: ClusterId, since: Date): Promise<DeregisteredCluster | undefined>;
}

/** What a transaction can do with the life of clusters. */
export interface ClusterWrites {
  putAgent(agent: AgentRecord): Promise<void>;
  /** Voids every certificate of an agent. Says how many there were. */
  revokeAgent(clusterId: ClusterId, id: AgentId): Promise<number>;
  countOpenJoinTokens(clusterId: ClusterId): Promise<number>;
  /** Deletes a join token that is open. Says whether it was. */
  revokeJoinToken(clusterId: ClusterId, id: JoinTokenId): Promise<boolean>;
  /**
   * Tells another health, unless another server told something since `before` (absent: since nothing was told).
   * @returns whether this one is told now
   */
  tellHealth(health: ToldHealth, before: Date | undefined): Promise<boolean>;
  /** Deletes what has ended: join tokens, certificates and agents without any, sightings, deregistrations. */
  sweepClusters(ended: { readonly before: Date; readonly deregisteredBefore: Date }): Promise<void>;
}
