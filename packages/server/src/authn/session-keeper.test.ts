import { createId, type LoginSessionId, silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import type { SnapshotSource } from '../snapshot.ts';
import type { LoginSession, Transaction } from '../stores/contracts.ts';
import type { LoginSessions, SessionEnd } from './login-sessions.ts';
import { ACTIVITY_FLUSH_MS, createSessionActivity } from './session-activity.ts';
import { createSessionKeeper } from './session-keeper.ts';
import { endOfSession, resolveSessionRules } from './session-rules.ts';

const MINUTE = 60_000;
const organizationId = createId('organization');

function aSession(overrides: Partial<LoginSession> = {}): LoginSession {
  return {
    id: createId('loginSession'),
    organizationId,
    principalId: createId('principal'),
    method: 'oidc',
    client: 'cli',
    createdAt: new Date(0),
    expiresAt: new Date(12 * 60 * MINUTE),
    ...overrides,
  };
}

describe('the end of a session', () => {
  const rules = resolveSessionRules({ loginSessionLifetime: '8h', loginSessionIdle: '30m' });

  it('is the earliest of its own, of the rules, and of its rest', () => {
    const at = (minutes: number) => new Date(minutes * MINUTE);
    expect(endOfSession(aSession(), rules)).toEqual(at(30));
    expect(endOfSession(aSession({ lastUsedAt: at(100) }), rules)).toEqual(at(130));
    expect(endOfSession(aSession({ lastUsedAt: at(100) }), rules, at(120))).toEqual(at(150));
    expect(endOfSession(aSession({ lastUsedAt: at(470) }), rules)).toEqual(at(480));
    expect(endOfSession(aSession({ lastUsedAt: at(70), expiresAt: at(80) }), rules)).toEqual(at(80));
    expect(endOfSession(aSession(), resolveSessionRules(undefined))).toEqual(at(720));
  });

  it('is not put off by an organization beyond what the installation gives', () => {
    expect(resolveSessionRules({ loginSessionLifetime: '48h' }).lifetimeMs).toBe(12 * 60 * MINUTE);
  });

  it('is a machine’s own', () => {
    const session = aSession({ client: 'machine', method: 'apiKey', expiresAt: new Date(1e12) });
    expect(endOfSession(session, rules)).toEqual(session.expiresAt);
  });
});

describe('the session keeper', () => {
  function aKeeper() {
    const clock = createFakeClock();
    const began = new Date(clock.now());
    const sessions = new Map<LoginSessionId, LoginSession>();
    const add = (overrides: Partial<LoginSession> = {}) => {
      const session = aSession({ createdAt: began, expiresAt: new Date(clock.now() + 12 * 60 * MINUTE), ...overrides });
      sessions.set(session.id, session);
      return session;
    };
    const ended: [LoginSessionId, SessionEnd][] = [];
    const loginSessions = {
      async endAll(ids: readonly LoginSessionId[], _address: undefined, reason: SessionEnd) {
        for (const id of ids) if (sessions.delete(id)) ended.push([id, reason]);
        return ids.length;
      },
    } as unknown as LoginSessions;
    const touched: (readonly LoginSessionId[])[] = [];
    const tx = {
      async touchLoginSessions(uses: ReadonlyMap<LoginSessionId, Date>) {
        touched.push([...uses.keys()]);
        for (const [id, lastUsedAt] of uses) {
          const session = sessions.get(id);
          if (session !== undefined) sessions.set(id, { ...session, lastUsedAt });
        }
      },
    } as unknown as Transaction;
    const activity = createSessionActivity({ store: { transact: (work) => work(tx) }, clock, logger: silentLogger });
    const spec = { settings: { loginSessionIdle: '30m' } };
    const snapshot = { organizations: new Map([[organizationId, { spec }]]), loginSessions: sessions };
    const snapshots = { current: () => snapshot } as unknown as SnapshotSource;
    const keeper = createSessionKeeper({ snapshots, loginSessions, activity, clock, logger: silentLogger });
    return { clock, add, ended, touched, activity, keeper };
  }

  it('ends what has rested for too long, and what has come to its end', async () => {
    const { clock, add, ended, keeper, activity } = aKeeper();
    const [resting, busy] = [add(), add()];
    const short = add({ expiresAt: new Date(clock.now() + 10 * MINUTE) });
    clock.advance(20 * MINUTE);
    activity.use(busy.id);
    await activity.flush();
    expect(await keeper.sweep()).toBe(1);
    expect(ended).toEqual([[short.id, 'expired']]);
    // Another server may have seen a use that it has not written down yet.
    clock.advance(10 * MINUTE);
    expect(await keeper.sweep()).toBe(0);
    clock.advance(2 * ACTIVITY_FLUSH_MS);
    expect(await keeper.sweep()).toBe(1);
    expect(ended.at(-1)).toEqual([resting.id, 'idle']);
    clock.advance(12 * 60 * MINUTE);
    await keeper.sweep();
    expect(ended.at(-1)).toEqual([busy.id, 'expired']);
  });

  it('does so by itself, until it is closed', async () => {
    const { clock, add, ended, keeper } = aKeeper();
    add({ expiresAt: new Date(clock.now() + 10) });
    keeper.start();
    clock.advance(30_000);
    await keeper.close();
    expect(ended).toHaveLength(1);
    add({ expiresAt: new Date(clock.now() - 1) });
    clock.advance(120_000);
    expect(ended).toHaveLength(1);
  });

  it('writes uses down together, and late ones when it closes', async () => {
    const { clock, add, touched, activity } = aKeeper();
    const [a, b] = [add(), add()];
    activity.use(a.id);
    activity.use(b.id);
    activity.use(a.id);
    clock.advance(ACTIVITY_FLUSH_MS);
    await activity.flush();
    expect(touched).toEqual([[a.id, b.id]]);
    activity.use(b.id);
    await activity.close();
    expect(touched).toEqual([[a.id, b.id], [b.id]]);
  });
});
