import type { AgentId, ClusterId, OrganizationId, ReplicaId } from '@sallyport/core';
import type { Generated } from 'kysely';
import type {
  AgentAttestation,
  HealthStatus,
  InventoryNamespace,
  InventoryNode,
  TunnelSighting,
} from './cluster-contracts.ts';
import type { Json } from './record-schema.ts';

/** Tables of the life of clusters, as Kysely sees them. */
export interface ClusterTables {
  agents: {
    id: AgentId;
    cluster_id: ClusterId;
    enrolled_at: Date;
    attestation: Json<AgentAttestation> | null;
  };
  cluster_sightings: {
    cluster_id: ClusterId;
    replica_id: ReplicaId;
    /** Instants are text here. */
    tunnels: Json<readonly (Omit<TunnelSighting, 'openedAt'> & { readonly openedAt: string })[]>;
    inventory_failure: string | null;
    seen_at: Date;
  };
  cluster_health: { cluster_id: ClusterId; status: HealthStatus; reason: string | null; changed_at: Date };
  cluster_inventories: {
    cluster_id: ClusterId;
    kubernetes_version: string;
    node_count: number;
    ready_node_count: Generated<number>;
    namespace_count: number;
    nodes: Json<readonly InventoryNode[]>;
    namespaces: Json<readonly InventoryNamespace[]>;
    observed_at: Date;
  };
  /** Unique ids of all namespaces by name. */
  cluster_namespaces: { cluster_id: ClusterId; uids: Json<Readonly<Record<string, string>>>; seen_at: Date };
  deregistered_clusters: {
    cluster_id: ClusterId;
    organization_id: OrganizationId;
    name: string;
    deregistered_at: Date;
  };
}
