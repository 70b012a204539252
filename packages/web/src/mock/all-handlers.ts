import { accessHandlers } from './access-handlers.ts';
import { adminHandlers } from './admin-handlers.ts';
import { auditHandlers } from './audit-handlers.ts';
import { clusterHandlers } from './cluster-handlers.ts';
import type { MockedOperation, MockHandlers } from './handlers.ts';
import { installationHandlers } from './installation-handlers.ts';
import { ownHandlers } from './own-handlers.ts';
import { resourceHandlers } from './resource-handlers.ts';
import { sessionHandlers } from './session-handlers.ts';
import { signInHandlers } from './sign-in-handlers.ts';
import { terminalHandlers } from './terminal-handlers.ts';

/** Every handler. One that is missing here, and not listed as such in `handlers.ts`, is a type error. */
export const handlers: MockHandlers<MockedOperation> = {
  ...ownHandlers,
  ...resourceHandlers,
  ...clusterHandlers,
  ...accessHandlers,
  ...adminHandlers,
  ...auditHandlers,
  ...sessionHandlers,
  ...signInHandlers,
  ...installationHandlers,
  ...terminalHandlers,
};
