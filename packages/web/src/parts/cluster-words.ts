import type { ClusterHealth } from '@sallyport/core/api';
import type { GateState } from '../ui/gate.tsx';

const GATES: Record<ClusterHealth['status'], GateState> = {
  connected: 'open',
  unhealthy: 'closing',
  disconnected: 'barred',
  pending: 'waiting',
};

/** The sign of how a cluster can be reached. */
export const gateOfHealth = (status: ClusterHealth['status']): GateState => GATES[status];
