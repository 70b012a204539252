import {
  type AuditEvent,
  type AuditEventCode,
  type AuditFacts,
  type AuditPipeline,
  createAuditEvent,
} from '@sallyport/audit';
import {
  type Clock,
  createId,
  type IdentityProviderId,
  isId,
  type LoginSessionId,
  type OrganizationId,
  type Principal,
  type Secret,
} from '@sallyport/core';
import { LoginError } from '../errors.ts';
import { refreshBriefly } from '../refresh-briefly.ts';
import { requestTrace } from '../request-trace.ts';
import { findProvisioned } from '../scim/provisioned.ts';
import type { Snapshot, SnapshotSource } from '../snapshot.ts';
import type { Authentication, LoginClient, LoginSession, Store } from '../stores/contracts.ts';
import type { IdentityProviderRecord, OrganizationRecord, PrincipalRecord } from '../stores/records.ts';
import { userNameKey } from '../stores/user-name-key.ts';
import type { Identity } from './identity.ts';
import type { SessionActivity } from './session-activity.ts';
import { endOfSession, resolveSessionRules, type SessionRules } from './session-rules.ts';

/** A login session with whom it belongs to, all of it live. */
export interface LiveLogin {
  readonly loginSession: LoginSession;
  readonly principal: PrincipalRecord;
  readonly organization: OrganizationRecord;
}

/** Somebody who has proved who they are, and how. */
export interface Login {
  readonly organizationId: OrganizationId;
  /** Absent for local users. */
  readonly provider?: Pick<IdentityProviderRecord, 'id' | 'name'> & { readonly groupsSource?: 'claims' | 'scim' };
  readonly identity: Identity;
  readonly authentication: Authentication;
  readonly client: LoginClient;
  readonly sourceAddress: string | undefined;
  readonly userAgent?: string;
  /** What the provider gave to ask it again later and to log out there. */
  readonly tokens?: { readonly refreshToken?: Secret; readonly idToken?: Secret };
  readonly providerSessionId?: string;
  /** Of a browser's session: the hash of its cookie secret. */
  readonly cookieSha256?: string;
}

/** Why a login session ended, as its audit event says. */
export type SessionEnd =
  | 'loggedOut'
  | 'ended'
  | 'idle'
  | 'expired'
  | 'tokenRevoked'
  | 'providerRefused'
  | 'providerUnreachable'
  | 'providerLoggedOut'
  | 'providerDisabled'
  | 'principalDisabled';

/** Begins, finds, raises and ends login sessions. */
export interface LoginSessions {
  /**
   * Signs a person in: creates or updates the principal, creates a login session and its audit event in one
   * transaction. Resolves when the snapshot holds them.
   * @throws LoginError `ERR_LOGIN_USER_NAME_TAKEN`, `ERR_LOGIN_NOT_PROVISIONED`, `ERR_LOGIN_DISABLED`
   */
  begin(login: Login): Promise<LoginSession>;
  /** The live session of that id. `undefined` once it ended, expired, or lost its principal: missing means revoked. */
  find(id: string): LiveLogin | undefined;
  /**
   * Waits for a session that another server has just begun, a moment at the most; at once for one that is known. Before it is said of
   * a session that it is over, when the id comes from whoever was signed in.
   */
  settle(id: string): Promise<void>;
  /** The same for a request: counts as a use, so that the session does not end for want of one. */
  use(id: string): LiveLogin | undefined;
  /** Notes that the person of a session proved again who they are. Says whether the session was there. */
  raise(id: LoginSessionId, authentication: Authentication, sourceAddress: string | undefined): Promise<boolean>;
  /** Ends a session; everything minted under it dies with it. Says whether it was there. */
  end(id: LoginSessionId, sourceAddress: string | undefined, reason?: SessionEnd): Promise<boolean>;
  /** Ends several sessions in one transaction; says how many were there. `endedBy` is the user name of whoever asked for it. */
  endAll(
    ids: readonly LoginSessionId[],
    sourceAddress: string | undefined,
    reason: SessionEnd,
    endedBy?: string,
  ): Promise<number>;
  /** Audits a login that failed. */
  recordFailure(failure: {
    readonly organizationId?: OrganizationId;
    readonly provider: Pick<IdentityProviderRecord, 'name' | 'issuer' | 'organizationId'> | undefined;
    readonly code: string;
    readonly sourceAddress: string | undefined;
  }): Promise<void>;
}

/** What {@link createLoginSessions} needs. */
export interface LoginSessionsOptions {
  readonly store: Pick<Store, 'transact'>;
  readonly snapshots: SnapshotSource;
  readonly audit: AuditPipeline;
  readonly activity: SessionActivity;
  readonly clock: Clock;
  /** Absolute life of a login session, in milliseconds. Defaults to 12 hours; organizations can only shorten it. */
  readonly lifetimeMs?: number;
  /**
   * Absolute life of a session whose provider can't be asked again, in milliseconds: its groups stay as of the login.
   * Defaults to 4 hours.
   */
  readonly unrefreshedLifetimeMs?: number;
  /** How long after a login the provider is asked for the first time, in milliseconds. Defaults to 10 minutes. */
  readonly askIntervalMs?: number;
}

/** Default of {@link LoginSessionsOptions.unrefreshedLifetimeMs}. */
export const DEFAULT_UNREFRESHED_LIFETIME_MS = 4 * 60 * 60 * 1000;
/** How often an identity provider is asked about each session, in milliseconds, unless told otherwise. */
export const DEFAULT_ASK_INTERVAL_MS = 600_000;

const MAX_USER_AGENT_CHARACTERS = 256;

/** Creates the login sessions of one server. */
export function createLoginSessions(options: LoginSessionsOptions): LoginSessions {
  const { store, snapshots, audit, activity, clock } = options;
  const { unrefreshedLifetimeMs = DEFAULT_UNREFRESHED_LIFETIME_MS, askIntervalMs = DEFAULT_ASK_INTERVAL_MS } = options;
  // One login at a time: that a user name is free is read from the snapshot, which must not change in between.
  let tail: Promise<unknown> = Promise.resolve();

  function event<Code extends AuditEventCode>(code: Code, facts: AuditFacts<Code>): AuditEvent<Code> {
    return createAuditEvent(code, clock.now(), { ...requestTrace(), ...facts });
  }

  function about(id: LoginSessionId, sourceAddress: string | undefined) {
    const { loginSessions, principals } = snapshots.current();
    const session = loginSessions.get(id);
    const principal = session && principals.get(session.principalId);
    return {
      loginSessionId: id,
      ...(session && { organizationId: session.organizationId }),
      ...(principal && { principal: describePrincipal(principal) }),
      ...(sourceAddress !== undefined && { sourceAddress }),
    };
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
      if (loginSession === undefined) return undefined;
      const principal = snapshot.principals.get(loginSession.principalId);
      const organization = snapshot.organizations.get(loginSession.organizationId);
      if (principal === undefined || organization === undefined) return undefined;
      if (principal.organizationId !== organization.id || principal.isDisabled === true) return undefined;
      const rules = sessionRulesOf(snapshot, organization.id, options.lifetimeMs);
      if (endOfSession(loginSession, rules, activity.lastUse(id)).getTime() <= clock.now()) return undefined;
      return { loginSession, principal, organization };
    },

    async settle(id) {
      if (isId('loginSession', id) && !snapshots.current().loginSessions.has(id))
        await refreshBriefly(snapshots, clock);
    },

    use(id) {
      const login = sessions.find(id);
      if (login !== undefined) activity.use(login.loginSession.id);
      return login;
    },

    async raise(id, authentication, sourceAddress) {
      const login = sessions.find(id);
      if (login === undefined) return false;
      const { acr, amr } = authentication;
      const { acr: _acr, amr: _amr, authenticatedAt: _authenticatedAt, ...kept } = login.loginSession;
      await store.transact(async (tx) => {
        await tx.putLoginSession({ ...kept, ...authentication });
        await tx.appendAudit(
          event('login.session.raised', {
            ...about(id, sourceAddress),
            details: {
              method: authentication.method,
              ...(acr !== undefined && { acr }),
              ...(amr !== undefined && { amr }),
            },
          }),
        );
      });
      await snapshots.refresh();
      return true;
    },

    end: async (id, sourceAddress, reason = 'ended') => (await sessions.endAll([id], sourceAddress, reason)) === 1,

    async endAll(ids, sourceAddress, reason, endedBy) {
      if (ids.length === 0) return 0;
      const details = { reason, ...(endedBy !== undefined && { endedBy }) };
      const count = await store.transact(async (tx) => {
        let ended = 0;
        for (const id of ids) {
          if (!(await tx.deleteLoginSession(id))) continue;
          ended += 1;
          await tx.appendAudit(event('login.session.ended', { ...about(id, sourceAddress), details }));
        }
        return ended;
      });
      await snapshots.refresh();
      return count;
    },

    async recordFailure({ organizationId, provider, code, sourceAddress }) {
      const owner = organizationId ?? provider?.organizationId;
      await audit.record(
        event('login.failed', {
          ...(owner !== undefined && { organizationId: owner }),
          ...(sourceAddress !== undefined && { sourceAddress }),
          details: { code, ...(provider && { identityProvider: provider.name, issuer: provider.issuer }) },
        }),
        'required',
      );
    },
  };

  async function beginNow(login: Login): Promise<LoginSession> {
    const { organizationId, provider, identity, authentication, tokens } = login;
    const snapshot = await snapshots.refresh();
    const isProvisioned = provider?.groupsSource === 'scim';
    const provisioned = isProvisioned ? findInDirectory(snapshot, provider.id, organizationId, identity) : undefined;
    if (!isProvisioned) assertUserNameFree(snapshot, organizationId, identity);
    const now = clock.now();
    const { lifetimeMs } = sessionRulesOf(snapshot, organizationId, options.lifetimeMs);
    // A local user's groups are our own, and SCIM's are live; else a provider that can't be asked again leaves them as of
    // the login.
    const staysAsOfLogin = provider !== undefined && !isProvisioned && tokens?.refreshToken === undefined;
    const session = await store.transact(async (tx) => {
      const known = provisioned ?? (await tx.findPrincipal(organizationId, identity.issuer, identity.subjectClaim));
      if (known !== undefined) assertEnabled(snapshot.principals.get(known.id) ?? known);
      const principal: Principal = {
        id: known?.id ?? createId('principal', now),
        organizationId,
        kind: 'user',
        // Where SCIM keeps people, a login proves who they are and says nothing about them.
        ...(provisioned === undefined ? identity : { ...provisioned, subjectClaim: identity.subjectClaim }),
      };
      const loginSession: LoginSession = {
        id: createId('loginSession', now),
        organizationId,
        principalId: principal.id,
        ...(provider && { identityProviderId: provider.id }),
        ...authentication,
        client: login.client,
        createdAt: new Date(now),
        expiresAt: new Date(now + (staysAsOfLogin ? Math.min(lifetimeMs, unrefreshedLifetimeMs) : lifetimeMs)),
        ...(login.sourceAddress !== undefined && { sourceAddress: login.sourceAddress }),
        ...(login.userAgent !== undefined && { userAgent: login.userAgent.slice(0, MAX_USER_AGENT_CHARACTERS) }),
        ...(login.providerSessionId !== undefined && { providerSessionId: login.providerSessionId }),
        ...(login.cookieSha256 !== undefined && { cookieSha256: login.cookieSha256 }),
      };
      if (provisioned === undefined) {
        await tx.putPrincipal({
          ...principal,
          ...(provider && { identityProviderId: provider.id }),
          lastLoginAt: new Date(now),
        });
        // With the row written, whoever disables the person waits for this login and then ends its session.
        assertEnabled((await tx.findPrincipal(organizationId, identity.issuer, identity.subjectClaim)) ?? principal);
      } else if (!(await tx.scim.noteLogin(principal.id, identity.subjectClaim, new Date(now)))) {
        throw disabled(principal);
      }
      await tx.putLoginSession(loginSession);
      if (tokens !== undefined) {
        await tx.putProviderTokens({
          loginSessionId: loginSession.id,
          ...tokens,
          vouchedAt: new Date(now),
          askAt: new Date(now + askIntervalMs),
        });
      }
      await tx.appendAudit(
        event('login.succeeded', {
          organizationId,
          principal: describePrincipal(principal),
          loginSessionId: loginSession.id,
          ...(login.sourceAddress !== undefined && { sourceAddress: login.sourceAddress }),
          details: {
            method: authentication.method,
            client: login.client,
            ...(provider && { identityProvider: provider.name }),
          },
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

/** The rules for the sessions of an organization, as of a snapshot. */
export function sessionRulesOf(snapshot: Snapshot, id: OrganizationId, lifetimeMs?: number): SessionRules {
  const organization = snapshot.organizations.get(id) as
    | { readonly spec?: { readonly settings?: Parameters<typeof resolveSessionRules>[0] } }
    | undefined;
  return resolveSessionRules(organization?.spec?.settings, lifetimeMs);
}

/** Who of the people that SCIM keeps has signed in. @throws LoginError `ERR_LOGIN_NOT_PROVISIONED` */
function findInDirectory(
  snapshot: Snapshot,
  identityProviderId: IdentityProviderId,
  organizationId: OrganizationId,
  identity: Identity,
): PrincipalRecord {
  const people = snapshot
    .list('Principal', organizationId)
    .filter((person) => person.identityProviderId === identityProviderId);
  const found = findProvisioned(people, identity);
  if (found !== undefined) return found;
  throw new LoginError({
    code: 'ERR_LOGIN_NOT_PROVISIONED',
    message: `the identity provider has not made the user ${JSON.stringify(identity.userName)} known here by SCIM`,
    nextStep: 'Ask an administrator of the identity provider to assign the application to you.',
  });
}

function assertEnabled(principal: Principal): void {
  if (principal.isDisabled === true) throw disabled(principal);
}

function disabled(principal: Principal): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_DISABLED',
    message: `the user ${JSON.stringify(principal.userName)} is disabled here`,
    nextStep: 'Ask an administrator of the organization.',
  });
}

/**
 * The cluster knows people by user name only. Somebody who comes with the name of another principal (another provider,
 * an address given to a new person, another letter case) would get that principal's rights there.
 */
export function assertUserNameFree(
  snapshot: Snapshot,
  organizationId: OrganizationId,
  identity: Pick<Identity, 'userName' | 'issuer' | 'subjectClaim'>,
): void {
  const wanted = userNameKey(identity.userName);
  for (const principal of snapshot.principals.values()) {
    if (principal.organizationId !== organizationId) continue;
    if (principal.issuer === identity.issuer && principal.subjectClaim === identity.subjectClaim) continue;
    if (userNameKey(principal.userName) !== wanted) continue;
    throw new LoginError({
      code: 'ERR_LOGIN_USER_NAME_TAKEN',
      message: `the user name ${JSON.stringify(identity.userName)} belongs to another principal`,
      nextStep:
        'Ask an administrator to remove the principal that held this name before, or to change the user name claim.',
    });
  }
}
