import type { OperationName } from '@sallyport/core/api';
import { resourceRoutes } from '../resources/resource-routes.ts';
import { listAuditEvents } from './audit-events.ts';
import { issueJoinToken } from './clusters.ts';
import type { Handler } from './context.ts';
import { mintKubeCredential } from './credentials.ts';
import { logOut, whoAmI } from './me.ts';

/** What carries out each operation of the contract. An operation without a handler does not compile. */
export const handlers: Readonly<Partial<Record<OperationName, Handler>>> = {
  whoAmI,
  logOut,
  ...resourceRoutes,
  issueJoinToken,
  mintKubeCredential,
  listAuditEvents,
};
