import type { TunnelLimits } from '@sallyport/tunnel';

/**
 * Bounds of a tunnel between two replicas, where they differ from those of an agent's: it carries the streams of all clusters
 * whose tunnels end at the other one. Rows of `docs/limits.md`.
 */
export const PEER_TUNNEL_LIMITS: Partial<TunnelLimits> = {
  maxStreams: 20_000,
  windowBudgetBytes: 256 * 1024 * 1024,
  // Servers are near one another, and who waits for a lost one waits for a request.
  pingIntervalMs: 5_000,
};
