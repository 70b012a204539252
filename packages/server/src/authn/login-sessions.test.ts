import type { AuditEvent } from '@sallyport/audit';
import { createId, type LoginSessionId, type Principal, type PrincipalId, Secret, silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import type { Snapshot, SnapshotSource } from '../snapshot.ts';
import type { LoginSession, Organization, Transaction } from '../stores/contracts.ts';
import type { Identity } from './identity.ts';
import { createLoginSessions } from './login-sessions.ts';
import { createSessionActivity } from './session-activity.ts';

const organization: Organization = { id: createId('organization'), name: 'acme' };
const provider = {
  id: createId('identityProvider'),
  organizationId: organization.id,
  name: 'idp',
  issuer: 'https://idp.example.com',
};

function anIdentity(overrides: Partial<Identity> = {}): Identity {
  return { issuer: provider.issuer, subjectClaim: '1', userName: 'ada', displayName: 'Ada', groups: [], ...overrides };
}

/** The records that login sessions read and write, with every access a turn of its own, as in a database. */
function aServer() {
  const clock = createFakeClock();
  const principals = new Map<PrincipalId, Principal>();
  const loginSessions = new Map<LoginSessionId, LoginSession>();
  const events: AuditEvent[] = [];
  let current = {
    organizations: new Map([[organization.id, organization]]),
    principals,
    loginSessions,
  } as unknown as Snapshot;
  const tx = {
    findPrincipal: async (_organization: unknown, issuer: string, subjectClaim: string) =>
      [...principals.values()].find((each) => each.issuer === issuer && each.subjectClaim === subjectClaim),
    putPrincipal: async (principal: Principal) => void principals.set(principal.id, principal),
    putLoginSession: async (session: LoginSession) => void loginSessions.set(session.id, session),
    deleteLoginSession: async (id: LoginSessionId) => loginSessions.delete(id),
    putProviderTokens: async () => undefined,
    appendAudit: async (event: AuditEvent) => void events.push(event),
  } as unknown as Transaction;
  const sessions = createLoginSessions({
    store: { transact: (work) => work(tx) },
    snapshots: {
      current: () => current,
      refresh: async () => {
        const records = { principals: new Map(principals), loginSessions: new Map(loginSessions) };
        current = { ...current, ...records } as unknown as Snapshot;
        return current;
      },
    } as unknown as SnapshotSource,
    activity: createSessionActivity({ store: { transact: (work) => work(tx) }, clock, logger: silentLogger }),
    audit: { record: async (event) => void events.push(event), flush: async () => {}, close: async () => {} },
    clock,
    lifetimeMs: 60_000,
  });
  const begin = (identity: Partial<Identity> = {}) =>
    sessions.begin({
      organizationId: organization.id,
      provider,
      identity: anIdentity(identity),
      authentication: { method: 'oidc' },
      client: 'cli',
      tokens: { refreshToken: new Secret('r') },
      sourceAddress: '192.0.2.1',
    });
  return { clock, sessions, begin, principals, loginSessions, events };
}

describe('createLoginSessions', () => {
  it('finds a session until its absolute end', async () => {
    const { sessions, begin, clock } = aServer();
    const session = await begin();
    expect(sessions.find(session.id)).toMatchObject({
      loginSession: session,
      principal: { userName: 'ada' },
      organization,
    });
    clock.advance(59_999);
    expect(sessions.find(session.id)).toBeDefined();
    clock.advance(1);
    expect(sessions.find(session.id)).toBeUndefined();
  });

  it('finds nothing under what is no id, or without its principal', async () => {
    const { sessions, begin, principals } = aServer();
    const session = await begin();
    expect(sessions.find('')).toBeUndefined();
    expect(sessions.find('__proto__')).toBeUndefined();
    principals.clear();
    await sessions.end(createId('loginSession'), undefined);
    expect(sessions.find(session.id)).toBeUndefined();
  });

  it('audits beginning and ending with principal, session and address', async () => {
    const { sessions, begin, events } = aServer();
    const session = await begin({ groups: ['dev'] });
    expect(await sessions.end(session.id, '192.0.2.9')).toBe(true);
    expect(await sessions.end(session.id, '192.0.2.9')).toBe(false);
    expect(events).toMatchObject([
      {
        code: 'login.succeeded',
        organizationId: organization.id,
        loginSessionId: session.id,
        sourceAddress: '192.0.2.1',
        principal: { id: session.principalId, userName: 'ada', groups: ['dev'], issuer: provider.issuer },
      },
      {
        code: 'login.session.ended',
        organizationId: organization.id,
        loginSessionId: session.id,
        sourceAddress: '192.0.2.9',
        principal: { id: session.principalId },
      },
    ]);
  });

  it('takes over what the provider says now', async () => {
    const { begin, principals } = aServer();
    const first = await begin({ groups: ['dev'], email: 'ada@example.com' });
    const second = await begin({ groups: [], userName: 'ada.lovelace' });
    expect(second.principalId).toBe(first.principalId);
    expect([...principals.values()]).toMatchObject([{ userName: 'ada.lovelace', groups: [] }]);
    expect([...principals.values()][0]).not.toHaveProperty('email');
  });

  it('SEC-A18 gives a user name to one of several people who come with it at once', async () => {
    const { begin, principals, loginSessions } = aServer();
    const outcomes = await Promise.allSettled([
      begin({ subjectClaim: '1' }),
      begin({ subjectClaim: '2', userName: 'ADA' }),
      begin({ issuer: 'https://other.example.com' }),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'ERR_LOGIN_USER_NAME_TAKEN' } },
      { status: 'rejected', reason: { code: 'ERR_LOGIN_USER_NAME_TAKEN' } },
    ]);
    expect([principals.size, loginSessions.size]).toEqual([1, 1]);
  });

  it('goes on after a login that failed', async () => {
    const { begin } = aServer();
    await begin();
    await expect(begin({ subjectClaim: '2' })).rejects.toMatchObject({ code: 'ERR_LOGIN_USER_NAME_TAKEN' });
    expect((await begin({ subjectClaim: '2', userName: 'bob' })).id).toMatch(/^ses_/);
  });
});
