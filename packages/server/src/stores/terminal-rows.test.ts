import { createId, type PrincipalId, type ReplicaId } from '@sallyport/core';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { putOrganization } from '../testing/writes.ts';
import type { Store } from './contracts.ts';
import { ENDED_TERMINAL_MEMORY_MS, type OpenTerminal } from './terminal-contracts.ts';
import { type TestStore, testDatabases } from './testing.ts';

const LEASE_MS = 60_000;

for (const database of testDatabases(process.env['SALLYPORT_TEST_POSTGRES_URL'])) {
  describe(`terminals on ${database.name}`, () => {
    const [a, b] = [createId('replica'), createId('replica')];
    let clock: FakeClock;
    let opened: TestStore;
    let store: Store;
    let principalId: PrincipalId;
    beforeEach(async () => {
      // The leases of servers go by the clock of the database, which is the machine's.
      clock = createFakeClock(new Date());
      opened = await database.open({ clock });
      store = opened.store;
      principalId = await aPrincipal('ann');
      for (const replica of [a, b]) await store.replicas.renew(replica, LEASE_MS);
    });
    afterEach(() => opened.drop());

    async function aPrincipal(userName: string): Promise<PrincipalId> {
      const id = createId('principal');
      const organizationId = createId('organization');
      await store.transact(async (tx) => {
        await putOrganization(tx, { id: organizationId, name: userName });
        const issuer = 'https://idp.example.com';
        const said = { issuer, subjectClaim: id, userName, displayName: userName, groups: [] };
        await tx.putPrincipal({ id, organizationId, kind: 'user', ...said });
      });
      return id;
    }
    const aTerminal = (replicaId: ReplicaId, overrides: Partial<OpenTerminal> = {}): OpenTerminal => ({
      id: createId('terminal', clock.now()),
      replicaId,
      principalId,
      clusterName: 'demo',
      startedAt: new Date(clock.now()),
      expiresAt: new Date(clock.now() + 8 * ENDED_TERMINAL_MEMORY_MS),
      ...overrides,
    });
    const open = async (terminal: OpenTerminal, maxOpen = 5, on = store) =>
      on.transact(({ terminals }) => terminals.open(terminal, maxOpen));
    const end = ({ id }: OpenTerminal, reason = 'closed') =>
      store.transact(({ terminals }) => terminals.end({ id, endedAt: new Date(clock.now()), reason }));
    const askEnd = ({ id }: OpenTerminal, by = principalId, on = a) =>
      store.transact(({ terminals }) => terminals.askEnd(id, { principalId: by, replicaId: on }));
    const idsOpen = async (replicaId: ReplicaId) =>
      (await store.terminals.open({ principalId, replicaId })).map(({ id }) => id);
    const ended = (replicaId: ReplicaId, limit = 20) =>
      store.terminals.ended({
        principalId,
        replicaId,
        since: new Date(clock.now() - ENDED_TERMINAL_MEMORY_MS),
        limit,
      });

    it('are open on all servers until they have ended, the oldest first, and to nobody else', async () => {
      const first = aTerminal(a);
      clock.advance(1);
      const second = aTerminal(b);
      expect([await open(second), await open(first)]).toEqual([0, 1]);
      for (const replicaId of [a, b]) {
        expect(await store.terminals.open({ principalId, replicaId })).toEqual([
          { ...first, isEndAsked: false },
          { ...second, isEndAsked: false },
        ]);
      }
      const other = await aPrincipal('bob');
      expect(await store.terminals.open({ principalId: other, replicaId: a })).toEqual([]);
      await end(first);
      expect(await idsOpen(b)).toEqual([second.id]);
      expect(await ended(b)).toEqual([
        { id: first.id, clusterName: 'demo', endedAt: new Date(clock.now()), reason: 'closed' },
      ]);
    });

    it('are ended once, for the first reason; the last ones are told first, for an hour', async () => {
      const terminals = [aTerminal(a), aTerminal(b), aTerminal(b)];
      for (const [index, terminal] of terminals.entries()) {
        await open(terminal);
        clock.advance(1_000);
        await end(terminal, `reason ${index}`);
        await end(terminal, 'another one');
      }
      expect((await ended(a)).map(({ reason }) => reason)).toEqual(['reason 2', 'reason 1', 'reason 0']);
      expect((await ended(a, 1)).map(({ reason }) => reason)).toEqual(['reason 2']);
      clock.advance(ENDED_TERMINAL_MEMORY_MS - 1_000);
      expect((await ended(a)).map(({ reason }) => reason)).toEqual(['reason 2']);
      await store.transact((tx) => tx.deleteExpired());
      expect(await opened.db.selectFrom('terminals').select('reason').execute()).toEqual([{ reason: 'reason 2' }]);
    });

    it('SEC-F07 are never more than the limit, however many are opened at once on however many servers', async () => {
      const stores = [store, ...(opened.openAnother === undefined ? [] : [await opened.openAnother()])];
      try {
        const terminals = Array.from({ length: 12 }, (_, i) => aTerminal(i % 2 === 0 ? a : b));
        const counts = await Promise.all(terminals.map((one, i) => open(one, 3, stores[i % stores.length])));
        expect(counts.sort()).toEqual([0, 1, 2, ...Array.from({ length: 9 }, () => 3)]);
        expect(await idsOpen(a)).toHaveLength(3);
      } finally {
        for (const another of stores.slice(1)) await another.close();
      }
    });

    it('are asked to end once, by whoever has them, on whichever server, and free their place when they have', async () => {
      const terminal = aTerminal(b);
      await open(terminal);
      expect(await askEnd(terminal, await aPrincipal('bob'))).toBe(false);
      expect([await store.terminals.toEnd(a), await store.terminals.toEnd(b)]).toEqual([[], []]);
      expect([await askEnd(terminal), await askEnd(terminal)]).toEqual([true, false]);
      expect([await store.terminals.toEnd(a), await store.terminals.toEnd(b)]).toEqual([[], [terminal.id]]);
      expect(await store.terminals.open({ principalId, replicaId: a })).toMatchObject([{ isEndAsked: true }]);
      expect(await open(aTerminal(a), 1)).toBe(1);
      await end(terminal);
      expect(await store.terminals.toEnd(b)).toEqual([]);
      expect(await open(aTerminal(a), 1)).toBe(0);
    });

    it('SEC-H10 of a server whose lease has ended are interrupted, count no more, and can not be asked to end', async () => {
      const terminal = aTerminal(b);
      await open(terminal);
      await store.replicas.renew(b, 0);
      expect([await idsOpen(a), await idsOpen(b)]).toEqual([[], [terminal.id]]);
      expect(await ended(a)).toMatchObject([{ id: terminal.id, reason: 'interrupted' }]);
      expect(await ended(b)).toEqual([]);
      expect(await askEnd(terminal)).toBe(false);
      expect(await open(aTerminal(a), 1)).toBe(0);
      // It was held up, and goes on.
      await store.replicas.renew(b, LEASE_MS);
      expect(await idsOpen(a)).toHaveLength(2);
      expect(await ended(a)).toEqual([]);
    });
  });
}
