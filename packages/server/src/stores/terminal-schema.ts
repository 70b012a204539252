import type { PrincipalId, ReplicaId, TerminalId } from '@sallyport/core';

/** The table of terminals in the browser. */
export interface TerminalTables {
  terminals: {
    id: TerminalId;
    /** The server that runs it. */
    replica_id: ReplicaId;
    principal_id: PrincipalId;
    cluster_name: string;
    started_at: Date;
    /** When it ends at the latest. */
    expires_at: Date;
    end_asked_at: Date | null;
    ended_at: Date | null;
    reason: string | null;
  };
}
