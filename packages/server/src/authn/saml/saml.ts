import type { Clock, Logger } from '@sallyport/core';
import type { Router } from 'express';
import type { SnapshotSource } from '../../snapshot.ts';
import type { Store } from '../../stores/contracts.ts';
import type { LoginFlows } from '../login-flows.ts';
import type { LoginSessions } from '../login-sessions.ts';
import type { ProviderDirectory } from '../provider-directory.ts';
import { createSamlLogins } from './saml-logins.ts';
import { createSamlRoutes } from './saml-routes.ts';

/** Login by SAML 2.0. */
export interface Saml {
  /** To be mounted at `SAML_LOGIN_PATH`. */
  readonly router: Router;
}

/** What {@link createSamlSignIn} needs. */
export interface SamlOptions {
  /** Origin of the server, without a trailing slash. */
  readonly publicUrl: string;
  readonly mode: 'development' | 'production';
  readonly store: Pick<Store, 'transact'>;
  readonly snapshots: SnapshotSource;
  readonly providers: Pick<ProviderDirectory, 'choice' | 'find'>;
  readonly flows: Pick<LoginFlows, 'find' | 'conclude'>;
  readonly loginSessions: Pick<LoginSessions, 'recordFailure'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Puts login by SAML together. Starts nothing. */
export function createSamlSignIn(options: SamlOptions): Saml {
  const { store, clock, mode } = options;
  return { router: createSamlRoutes({ ...options, logins: createSamlLogins({ store, clock, mode }) }) };
}
