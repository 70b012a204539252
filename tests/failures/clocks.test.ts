import { randomBytes } from 'node:crypto';
import { type Clock, Secret, systemClock } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../packages/server/src/stores/index.ts';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { answerForever } from '../replicas/endless-upstream.ts';
import { CLUSTER, ORGANIZATION, type Replicas, startReplicas } from '../replicas/harness.ts';
import { awaitCondition, lacks, part } from '../support/index.ts';

const SKEW_MS = 5 * 60_000;

/** A clock that shows another time and goes at the same pace. */
const ahead = (ms: number): Clock => ({ ...systemClock, now: () => systemClock.now() + ms });

describe.skipIf(lacks('postgres'))('leases of servers whose clocks differ by five minutes', () => {
  let drop: () => Promise<void>;
  const stores = {} as Record<'right' | 'ahead' | 'behind', Store>;
  beforeAll(async () => {
    const database = await createPostgresDatabase(part('postgres'));
    drop = database.drop;
    const encryptionKey = new Secret(randomBytes(32));
    for (const [name, ms] of [
      ['right', 0],
      ['ahead', SKEW_MS],
      ['behind', -SKEW_MS],
    ] as const) {
      stores[name] = await openStore({ kind: 'postgres', url: database.url }, { encryptionKey, clock: ahead(ms) });
    }
  }, 120_000);
  afterAll(async () => {
    for (const store of Object.values(stores)) await store.close();
    await drop?.();
  });

  for (const [holder, taker] of [
    ['right', 'ahead'],
    ['ahead', 'right'],
    ['behind', 'ahead'],
    ['ahead', 'behind'],
  ] as const) {
    it(`are kept from the one ${taker} while the one ${holder} lives, and given soon after it is gone`, async () => {
      const job = `${holder}-${taker}`;
      expect(await stores[holder].leases.acquire(job, holder, 60_000)).toMatchObject({ epoch: 1 });
      expect(await stores[taker].leases.acquire(job, taker, 60_000)).toBeUndefined();
      // Prolonged once more, for no longer than it takes to look.
      expect(await stores[holder].leases.acquire(job, holder, 100)).toMatchObject({ epoch: 1 });
      const taken = await awaitCondition(() => stores[taker].leases.acquire(job, taker, 60_000), {
        what: 'the lease is over',
        timeoutMs: 5_000,
      });
      expect(taken).toMatchObject({ holder: taker, epoch: 2 });
    });
  }
});

describe.skipIf(lacks('postgres'))('a cluster whose agent has a clock of its own', () => {
  let replicas: Replicas;
  beforeAll(async () => {
    replicas = await startReplicas();
    replicas.upstream.answer = answerForever;
  }, 120_000);
  afterAll(() => replicas?.close(), 30_000);

  for (const [name, ms] of [
    ['ahead', SKEW_MS],
    ['behind', -SKEW_MS],
  ] as const) {
    it(`that is five minutes ${name} does nothing for anybody, and says that it may be the clock`, async () => {
      const agent = await replicas.connectAgent(replicas.a, { clock: ahead(ms) });
      const person = await replicas.logIn(replicas.a, 'developer');
      const { token } = await person.api.mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER });
      replicas.upstream.reset();
      const { status, body } = await (await replicas.a.kube(token, '/api/v1/namespaces/default/pods')).answer();
      expect(status).toBe(502);
      expect(JSON.parse(body)).toMatchObject({
        status: 'Failure',
        message: expect.stringMatching(/has ended by the clock of this machine.*ERR_PROXY_AGENT_REFUSED/),
      });
      expect(replicas.upstream.requests).toEqual([]);
      await agent.stop();
    }, 120_000);
  }
});
