import type { AuditPipeline } from '@sallyport/audit';
import type { Clock, Logger } from '@sallyport/core';
import type { CustomFetch } from 'openid-client';
import type { SnapshotSource } from '../../snapshot.ts';
import type { LoginSession, Store } from '../../stores/contracts.ts';
import type { LoginSessions } from '../login-sessions.ts';
import type { OauthKeys } from '../oauth-keys.ts';
import { createApiKeyVerifier } from './api-keys.ts';
import { createMachineAuthenticator, type MachineAuthenticator } from './bearer.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import { createMachineAccessTokenVerifier, mintMachineAccessToken } from './machine-access-token.ts';
import { createWorkloadExchange, type WorkloadExchange } from './workload-exchange.ts';
import { createWorkloadVerifier } from './workload-verifier.ts';

/** How machines sign in and are known afterwards. */
export interface Machines {
  /** Who presents a bearer credential on the REST API. */
  readonly authenticate: MachineAuthenticator;
  readonly workloads: WorkloadExchange;
  /** Mints the access token of a workload's login session, bound to the key of that thumbprint or to none. */
  mintAccessToken(session: LoginSession, keyThumbprint: string | undefined): Promise<string>;
}

/** What {@link createMachines} needs. */
export interface MachinesOptions {
  readonly store: Store;
  readonly audit: AuditPipeline;
  readonly snapshots: SnapshotSource;
  readonly loginSessions: LoginSessions;
  /** Issuer and audience of REST access tokens. */
  readonly oauth: { readonly issuer: string; readonly resource: string };
  readonly oauthKeys: OauthKeys;
  /** How issuers are asked for their keys. */
  readonly fetch: CustomFetch;
  readonly mode: 'development' | 'production';
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Puts the signing in of machines together. Starts nothing. */
export function createMachines(options: MachinesOptions): Machines {
  const { store, snapshots, loginSessions, oauth, clock, logger, mode, fetch } = options;
  const tokens = { issuer: oauth.issuer, audience: oauth.resource, keys: options.oauthKeys, clock };
  return {
    authenticate: createMachineAuthenticator({
      verifyApiKey: createApiKeyVerifier({ loginSessions }),
      verifyAccessToken: createMachineAccessTokenVerifier({ ...tokens, loginSessions }),
    }),
    workloads: createWorkloadExchange({
      store,
      audit: options.audit,
      snapshots,
      loginSessions,
      verifier: createWorkloadVerifier({ issuerKeys: createIssuerKeys({ fetch, clock, logger, mode }), clock }),
      clock,
    }),
    mintAccessToken: (session, keyThumbprint) => mintMachineAccessToken(tokens, session, keyThumbprint),
  };
}
