import type { AuditPipeline } from '@sallyport/audit';
import type { Clock, Logger } from '@sallyport/core';
import type { Router } from 'express';
import type { SnapshotSource } from '../../snapshot.ts';
import type { Store } from '../../stores/contracts.ts';
import type { LoginFlows } from '../login-flows.ts';
import { createFactors, type Factors } from './factors.ts';
import { createLocalRoutes } from './local-routes.ts';
import type { LockOutLimits } from './lock-out.ts';
import { relyingPartyOf } from './passkeys.ts';
import { createPasswordHasher } from './password.ts';
import { createLocalSetup } from './setup.ts';
import { createLocalSignIn } from './sign-in.ts';
import { createTryGate, type TryGate } from './try-gate.ts';

/** Local users of one server: their pages, and what the REST API needs of them. */
export interface LocalUsers {
  /** To be mounted at `LOCAL_LOGIN_PATH`. */
  readonly router: Router;
  readonly gate: TryGate;
  readonly factors: Factors;
}

/** What {@link createLocalUsers} needs. */
export interface LocalUsersOptions {
  /** Origin of the server, without a trailing slash. */
  readonly publicUrl: string;
  readonly store: Pick<Store, 'transact'>;
  readonly snapshots: SnapshotSource;
  readonly flows: Pick<LoginFlows, 'find' | 'conclude'>;
  readonly audit: AuditPipeline;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lockOut?: LockOutLimits;
}

/** Puts the login of local users together. Starts nothing. */
export function createLocalUsers(options: LocalUsersOptions): LocalUsers {
  const { publicUrl, store, snapshots, flows, audit, clock, logger } = options;
  const relyingParty = relyingPartyOf(publicUrl);
  const hasher = createPasswordHasher();
  const gate = createTryGate({ store, audit, clock, ...(options.lockOut && { limits: options.lockOut }) });
  const services = { store, snapshots, audit, hasher, gate, relyingParty, clock };
  const signIn = createLocalSignIn(services);
  const setup = createLocalSetup(services);
  return {
    gate,
    factors: createFactors(services),
    router: createLocalRoutes({ ...services, flows, signIn, setup, logger }),
  };
}
