import type { OperationName } from '@sallyport/core/api';
import { listAuditEvents } from './audit-events.ts';
import { getCluster, issueJoinToken, listClusters, registerCluster } from './clusters.ts';
import type { Handler } from './context.ts';
import { mintKubeCredential } from './credentials.ts';
import { endLoginSession, whoAmI } from './me.ts';

/** What carries out each operation of the contract. An operation without a handler does not compile. */
export const handlers: Readonly<Record<OperationName, Handler>> = {
  whoAmI,
  endLoginSession,
  listClusters,
  getCluster,
  registerCluster,
  issueJoinToken,
  mintKubeCredential,
  listAuditEvents,
};
