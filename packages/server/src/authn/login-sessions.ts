import type { AuditEvent, AuditEventCode, AuditPipeline } from '@sallyport/audit';
import { type Clock, createId, isId, type LoginSessionId, type OrganizationId, type Principal } from '@sallyport/core';
import { LoginError } from '../errors.ts';
import type { Snapshot, SnapshotSource } from '../snapshot.ts';
import type { IdentityProvider, LoginSession, Organization, Store } from '../stores/contracts.ts';
import { canonicalUserName, type Identity } from './identity.ts';

/** A login session with whom it belongs to, all of it live. */
export interface LiveLogin {
  readonly loginSession: LoginSession;
  readonly principal: Principal;
  readonly organization: Organization;
}

/** Begins, finds and ends login sessions. */
export interface LoginSessions {
  /**
   * Signs a person in: creates or updates the principal, creates a login session and its audit event in one
   * transaction. Resolves when the snapshot holds them.
   * @throws LoginError `ERR_LOGIN_USER_NAME_TAKEN`
   */
  begin(login: {
    readonly provider: IdentityProvider;
    readonly identity: Identity;
    readonly sourceAddress: string | undefined;
  }): Promise<LoginSession>;
  /** The live session of that id. `undefined` once it ended, expired, or lost its principal: missing means revoked. */
  find(id: string): LiveLogin | undefined;
  /** Ends a session; everything minted under it dies with it. Says whether it was there. */
  end(id: LoginSessionId, sourceAddress: string | undefined): Promise<boolean>;
  /** Audits a login that failed. */
  recordFailure(failure: {
    readonly provider: IdentityProvider | undefined;
    readonly code: string;
    readonly sourceAddress: string | undefined;
  }): Promise<void>;
}

/** What {@link createLoginSessions} needs. */
export interface LoginSessionsOptions {
  readonly store: Pick<Store, 'transact'>;
  readonly snapshots: SnapshotSource;
  readonly audit: AuditPipeline;
  readonly clock: Clock;
  /** Absolute life of a login session, in milliseconds. Defaults to 12 hours; refreshing never extends it. */
  readonly lifetimeMs?: number;
}

/** Default life of a login session: a working day, after which the person signs in again. */
export const DEFAULT_LOGIN_SESSION_LIFETIME_MS = 12 * 60 * 60 * 1000;

/** Creates the login sessions of one server. */
export function createLoginSessions(options: LoginSessionsOptions): LoginSessions {
  const { store, snapshots, audit, clock } = options;
  const lifetimeMs = options.lifetimeMs ?? DEFAULT_LOGIN_SESSION_LIFETIME_MS;
  // One login at a time: that a user name is free is read from the snapshot, which must not change in between.
  let tail: Promise<unknown> = Promise.resolve();

  function event(code: AuditEventCode, severity: AuditEvent['severity'], fields: Partial<AuditEvent>): AuditEvent {
    return { id: createId('auditEvent', clock.now()), code, at: new Date(clock.now()), severity, ...fields };
  }

  const sessions: LoginSessions = {
    begin(login) {
      const result = tail.then(() => beginNow(login));
      tail = result.catch(() => undefined);
      return result;
    },

    find(id) {
      if (!isId('loginSession', id)) return undefined;
      const snapshot = snapshots.current();
      const loginSession = snapshot.loginSessions.get(id);
      if (loginSession === undefined || loginSession.expiresAt.getTime() <= clock.now()) return undefined;
      const principal = snapshot.principals.get(loginSession.principalId);
      const organization = snapshot.organizations.get(loginSession.organizationId);
      if (principal === undefined || organization === undefined) return undefined;
      if (principal.organizationId !== organization.id) return undefined;
      return { loginSession, principal, organization };
    },

    async end(id, sourceAddress) {
      const login = sessions.find(id);
      const ended = await store.transact(async (tx) => {
        const wasThere = await tx.deleteLoginSession(id);
        if (wasThere) {
          await tx.appendAudit(
            event('login.session.ended', 'info', {
              loginSessionId: id,
              ...(login && { organizationId: login.organization.id, principal: describePrincipal(login.principal) }),
              ...(sourceAddress !== undefined && { sourceAddress }),
            }),
          );
        }
        return wasThere;
      });
      await snapshots.refresh();
      return ended;
    },

    async recordFailure({ provider, code, sourceAddress }) {
      await audit.record(
        event('login.failed', 'warning', {
          ...(provider && { organizationId: provider.organizationId }),
          ...(sourceAddress !== undefined && { sourceAddress }),
          details: { code, ...(provider && { identityProvider: provider.name, issuer: provider.issuer }) },
        }),
        'required',
      );
    },
  };

  async function beginNow({ provider, identity, sourceAddress }: Parameters<LoginSessions['begin']>[0]) {
    assertUserNameFree(await snapshots.refresh(), provider.organizationId, identity);
    const now = clock.now();
    const session = await store.transact(async (tx) => {
      const { organizationId } = provider;
      const known = await tx.findPrincipal(organizationId, identity.issuer, identity.subjectClaim);
      const principal: Principal = {
        id: known?.id ?? createId('principal', now),
        organizationId,
        kind: 'user',
        ...identity,
      };
      const loginSession: LoginSession = {
        id: createId('loginSession', now),
        organizationId,
        principalId: principal.id,
        identityProviderId: provider.id,
        createdAt: new Date(now),
        expiresAt: new Date(now + lifetimeMs),
      };
      await tx.putPrincipal(principal);
      await tx.putLoginSession(loginSession);
      await tx.appendAudit(
        event('login.succeeded', 'info', {
          organizationId,
          principal: describePrincipal(principal),
          loginSessionId: loginSession.id,
          ...(sourceAddress !== undefined && { sourceAddress }),
          details: { identityProvider: provider.name },
        }),
      );
      return loginSession;
    });
    await snapshots.refresh();
    return session;
  }

  return sessions;
}

/** A principal as audit events name it. */
export function describePrincipal({ id, userName, groups, issuer }: Principal): NonNullable<AuditEvent['principal']> {
  return { id, userName, groups, issuer };
}

/**
 * The cluster knows people by user name only. Somebody who comes with the name of another principal (another provider,
 * an address given to a new person, another letter case) would get that principal's rights there.
 */
function assertUserNameFree(snapshot: Snapshot, organizationId: OrganizationId, identity: Identity): void {
  const wanted = canonicalUserName(identity.userName);
  for (const principal of snapshot.principals.values()) {
    if (principal.organizationId !== organizationId) continue;
    if (principal.issuer === identity.issuer && principal.subjectClaim === identity.subjectClaim) continue;
    if (canonicalUserName(principal.userName) !== wanted) continue;
    throw new LoginError({
      code: 'ERR_LOGIN_USER_NAME_TAKEN',
      message: `the user name ${JSON.stringify(identity.userName)} belongs to another principal`,
      nextStep:
        'Ask an administrator to remove the principal that held this name before, or to change the user name claim.',
    });
  }
}
