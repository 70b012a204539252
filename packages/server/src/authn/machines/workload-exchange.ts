import { type AuditPipeline, createAuditEvent } from '@sallyport/audit';
import { type Clock, createId, type OrganizationId } from '@sallyport/core';
import { requestTrace } from '../../request-trace.ts';
import { findPrincipal } from '../../resources/definitions/principals.ts';
import type { Snapshot, SnapshotSource } from '../../snapshot.ts';
import type { LoginSession, Store } from '../../stores/contracts.ts';
import type { OrganizationRecord, PrincipalRecord } from '../../stores/records.ts';
import { createAttemptLimiter } from '../attempt-limiter.ts';
import { describePrincipal, type LoginSessions } from '../login-sessions.ts';
import { MachineError, refusedToken } from './errors.ts';
import type { VerifiedWorkload, WorkloadVerifier } from './workload-verifier.ts';

/** A token of a platform, presented for a workload identity. */
export interface WorkloadTokenRequest {
  /** Name of the organization. */
  readonly organization: string;
  /** Name of the workload identity. */
  readonly name: string;
  readonly token: string;
  /** Key that the session's access token is to be bound to, proven by whoever asks. Absent: to none. */
  readonly keyThumbprint?: string;
  readonly sourceAddress: string | undefined;
  readonly userAgent?: string;
}

/** Signs workloads in with the tokens of their platform. */
export interface WorkloadExchange {
  /**
   * The login session that a token makes. One token makes one session: presented again it yields the same one, while that
   * lives and for the same key only, so that a job that starts over goes on and a copied token gains nothing beyond it.
   * @throws MachineError
   */
  begin(request: WorkloadTokenRequest): Promise<LoginSession>;
}

/** Life of a workload's login session, in milliseconds, however long its token lives. */
export const WORKLOAD_SESSION_LIFETIME_MS = 60 * 60 * 1000;

/** Tokens that may be refused in a row from one address within a minute; beyond, none is looked at. One that is taken resets. */
export const MAX_WORKLOAD_ATTEMPTS = 100;
const ATTEMPT_WINDOW_MS = 60_000;

/** What {@link createWorkloadExchange} needs. */
export interface WorkloadExchangeOptions {
  readonly store: Pick<Store, 'transact'>;
  readonly audit: AuditPipeline;
  readonly snapshots: SnapshotSource;
  readonly loginSessions: Pick<LoginSessions, 'find'>;
  readonly verifier: WorkloadVerifier;
  readonly clock: Clock;
}

/** Creates the exchange. */
export function createWorkloadExchange(options: WorkloadExchangeOptions): WorkloadExchange {
  const { store, audit, snapshots, loginSessions, verifier, clock } = options;
  const attempts = createAttemptLimiter({ maxAttempts: MAX_WORKLOAD_ATTEMPTS, windowMs: ATTEMPT_WINDOW_MS, clock });

  return {
    async begin(request) {
      const address = request.sourceAddress ?? '';
      if (!attempts.attempt(address)) {
        throw new MachineError({
          code: 'ERR_WORKLOAD_TOO_MANY_ATTEMPTS',
          message: `more than ${MAX_WORKLOAD_ATTEMPTS} workload tokens from your address were refused within a minute`,
          nextStep: 'Wait a minute, then try again.',
        });
      }
      const organization = snapshots.current().find('Organization', request.organization);
      const principal = organization && findWorkload(snapshots.current(), organization.id, request.name);
      try {
        if (organization === undefined || principal === undefined) throw refusedToken('there is no such workload');
        const verified = await verifier.verify(principal.spec.workload, request.token);
        const session = await signIn(principal, verified, request);
        attempts.forget(address);
        return session;
      } catch (error) {
        if (error instanceof MachineError) await auditFailure(organization, request, error.code);
        throw error;
      }
    },
  };

  async function signIn(
    principal: PrincipalRecord,
    { subjectClaim, expiresAt, mark }: VerifiedWorkload,
    { keyThumbprint, sourceAddress, userAgent }: WorkloadTokenRequest,
  ): Promise<LoginSession> {
    const now = clock.now();
    const session: LoginSession = {
      id: createId('loginSession', now),
      organizationId: principal.organizationId,
      principalId: principal.id,
      method: 'workload',
      client: 'machine',
      createdAt: new Date(now),
      expiresAt: new Date(now + WORKLOAD_SESSION_LIFETIME_MS),
      authenticatedAt: new Date(now),
      ...(sourceAddress !== undefined && { sourceAddress }),
      ...(userAgent !== undefined && { userAgent }),
    };
    const use = { loginSessionId: session.id, ...(keyThumbprint !== undefined && { keyThumbprint }) };
    const earlier = await store.transact(async (tx) => {
      // By identity too: a token may satisfy the conditions of several, and each of them is a session of its own.
      const known = await tx.machines.useWorkloadToken(`${principal.id} ${mark}`, use, expiresAt);
      if (known !== undefined) return known;
      await tx.putLoginSession(session);
      await tx.appendAudit(
        createAuditEvent('login.succeeded', clock.now(), {
          ...requestTrace(),
          ...(sourceAddress !== undefined && { sourceAddress }),
          organizationId: principal.organizationId,
          principal: describePrincipal(principal),
          loginSessionId: session.id,
          details: { method: 'workload', client: 'machine', subject: subjectClaim },
        }),
      );
      return undefined;
    });
    await snapshots.refresh();
    if (earlier === undefined) return session;
    const live = earlier.keyThumbprint === keyThumbprint ? loginSessions.find(earlier.loginSessionId) : undefined;
    if (live?.principal.id === principal.id) return live.loginSession;
    throw new MachineError({
      code: 'ERR_WORKLOAD_TOKEN_USED',
      message: 'the workload token was used before, by a login session that is over or bound to another key',
      nextStep: 'Get a new token from the platform.',
    });
  }

  async function auditFailure(
    organization: OrganizationRecord | undefined,
    { name, sourceAddress }: WorkloadTokenRequest,
    code: string,
  ): Promise<void> {
    // Batched with others: whoever sends nonsense must not cost a commit each time.
    await audit.record(
      createAuditEvent('login.failed', clock.now(), {
        ...requestTrace(),
        ...(sourceAddress !== undefined && { sourceAddress }),
        ...(organization && { organizationId: organization.id }),
        details: { method: 'workload', workloadIdentity: name.slice(0, 64), code },
      }),
      'prompt',
    );
  }
}

type Workload = PrincipalRecord & {
  readonly spec: { readonly workload: NonNullable<PrincipalRecord['spec']['workload']> };
};

function findWorkload(snapshot: Snapshot, organizationId: OrganizationId, name: string): Workload | undefined {
  const found = findPrincipal(snapshot, organizationId, 'workload', name);
  return found?.spec.workload === undefined || found.isDisabled ? undefined : (found as Workload);
}
