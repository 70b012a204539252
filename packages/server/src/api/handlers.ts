import type { OperationName } from '@sallyport/core/api';
import { listAuditEvents } from './audit-events.ts';
import { createCluster, getCluster, issueJoinToken, listClusters } from './clusters.ts';
import type { Handler } from './context.ts';
import { mintKubeCredential } from './credentials.ts';
import { logOut, whoAmI } from './me.ts';

/** What carries out each operation of the contract. An operation without a handler does not compile. */
export const handlers: Readonly<Partial<Record<OperationName, Handler>>> = {
  whoAmI,
  logOut,
  listClusters,
  getCluster,
  createCluster,
  issueJoinToken,
  mintKubeCredential,
  listAuditEvents,
};
