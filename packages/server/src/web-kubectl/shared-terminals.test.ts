import { createId, silentLogger, type TerminalId } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Store } from '../stores/contracts.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { createSharedTerminals, type SharedTerminals } from './shared-terminals.ts';

const LOOK_INTERVAL_MS = 500;

describe('terminals that servers share', () => {
  const principalId = createId('principal');
  let clock: FakeClock;
  let opened: TestStore;
  let isAway: boolean;
  let asked: TerminalId[];
  let looks: number;
  const replicaId = createId('replica');
  let shared: SharedTerminals;
  beforeEach(async () => {
    clock = createFakeClock(new Date());
    const [database] = testDatabases(undefined);
    opened = (await database?.open({ clock })) ?? expect.fail('there is always one');
    [isAway, asked, looks] = [false, [], 0];
    shared = create();
  });
  afterEach(async () => {
    await shared.close();
    await opened.drop();
  });

  function create(): SharedTerminals {
    const { store } = opened;
    const unlessAway = async () => {
      if (isAway) throw new Error('the database is away');
    };
    return createSharedTerminals({
      store: {
        transact: (work) => unlessAway().then(() => store.transact(work)),
        terminals: {
          ...store.terminals,
          toEnd: async (replicaId) => {
            looks += 1;
            await unlessAway();
            return store.terminals.toEnd(replicaId);
          },
        },
      } satisfies Pick<Store, 'transact' | 'terminals'>,
      replicaId,
      onEndAsked: (id) => void asked.push(id),
      clock,
      logger: silentLogger,
    });
  }
  const open = async () => {
    const id = createId('terminal', clock.now());
    const startedAt = new Date(clock.now());
    const expiresAt = new Date(clock.now() + 3_600_000);
    expect(await shared.open({ id, principalId, clusterName: 'demo', startedAt, expiresAt }, 5)).toBe(0);
    return id;
  };
  const end = (id: TerminalId) => shared.ended({ id, endedAt: new Date(clock.now()), reason: 'closed' });
  /** Lets time pass until something holds; what is asked of the database in between takes its own time. */
  const passUntil = (holds: () => void | Promise<void>) =>
    vi.waitFor(async () => {
      clock.advance(LOOK_INTERVAL_MS);
      await holds();
    }, 10_000);

  it('hear what is to be ended while one runs, and ask nothing while none does', async () => {
    clock.advance(10 * LOOK_INTERVAL_MS);
    expect(looks).toBe(0);
    const id = await open();
    expect(await shared.askEnd(principalId, id)).toBe(true);
    expect((await shared.list(principalId)).items).toEqual([]);
    expect(await shared.count(principalId)).toBe(1);
    await passUntil(() => expect(asked).toContain(id));
    await end(id);
    expect(await shared.count(principalId)).toBe(0);
    await passUntil(() => expect(clock.pending).toBe(0));
  });

  it('are told of ends as soon as the database takes them', async () => {
    const id = await open();
    isAway = true;
    await end(id);
    expect(await opened.store.terminals.open({ principalId, replicaId })).toHaveLength(1);
    isAway = false;
    await passUntil(async () => expect(await shared.count(principalId)).toBe(0));
    expect((await shared.list(principalId)).ended).toMatchObject([{ id, cluster: 'demo', reason: 'closed' }]);
  });
});
