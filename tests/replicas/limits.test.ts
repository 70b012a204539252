import type { AccessLimits } from '@sallyport/core';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PREFIX, type Replica, type Replicas, startReplicas } from './harness.ts';
import { createStreamOpener, type StreamOpener } from './streams.ts';

const organization = ORGANIZATION;

describe.skipIf(lacks('postgres'))('limits of one principal on two replicas', () => {
  let replicas: Replicas;
  let owner: Person;
  let developer: Person;
  let token: string;
  const openers: StreamOpener[] = [];

  beforeAll(async () => {
    replicas = await startReplicas();
    const { upstream } = replicas;
    const otherwise = upstream.answer;
    upstream.answer = (call) => {
      if (!call.request.target.includes('watch=1')) return otherwise(call);
      call.open(200, ['Content-Type', 'application/json']).write('{"type":"ADDED","object":{}}\n');
    };
    for (const replica of both()) await replicas.connectAgent(replica);
    owner = await replicas.logIn(replicas.a, 'owner');
    developer = await replicas.logIn(replicas.a, 'developer');
    ({ token } = await developer.api.mintKubeCredential({ organization, name: CLUSTER }));
    await awaitCondition(async () => (await ask(replicas.b)) === 200, { what: 'the access is there', everyMs: 10 });
  }, 60_000);
  afterEach(() => {
    for (const opener of openers.splice(0)) opener.close();
  });
  afterAll(() => replicas?.close(), 30_000);

  const both = () => [replicas.a, replicas.b];
  const ask = async (on: Replica) => {
    const connection = await on.kube(token, '/api/v1/namespaces/default/pods');
    const { status } = await connection.answer();
    connection.socket.destroy();
    return status;
  };
  async function limitBy(name: string, limits: AccessLimits): Promise<void> {
    const spec = {
      subjects: [{ kind: 'User' as const, name: `developer@${organization}.test` }],
      scope: { kind: 'organization' as const },
      limits,
    };
    const head = { apiVersion: 'sallyport.dev/v1' as const, kind: 'AccessPolicy' as const, metadata: { name } };
    await owner.api.createAccessPolicy({ organization, body: { ...head, spec } });
    for (const replica of both()) await replica.api(owner).getAccessPolicy({ organization, name });
  }
  const shares = async () => {
    const client = new pg.Client({ connectionString: replicas.databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query('select key, amount::integer as amount from limit_shares order by amount');
      return rows as { key: string; amount: number }[];
    } finally {
      await client.end();
    }
  };

  it('SEC-D28 let through what the limit allows within ten per cent, however requests are spread', async () => {
    const [perSecond, burst, seconds] = [4, 4, 8];
    await limitBy('slow', { requestsPerSecond: perSecond, burst });
    await awaitCondition(async () => (await ask(replicas.a)) === 429 && (await ask(replicas.b)) === 429, {
      what: 'the limit holds on both',
      everyMs: 5,
    });
    await awaitCondition(async () => (await shares()).length === 2, { what: 'both have leased a share', everyMs: 100 });
    let allowed = 0;
    const startedMs = performance.now();
    const isOver = () => performance.now() - startedMs >= seconds * 1_000;
    const flood = async (on: Replica) => {
      while (!isOver()) {
        if ((await ask(on)) === 200) allowed += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await Promise.all([flood(replicas.a), flood(replicas.b)]);
    const room = perSecond * ((performance.now() - startedMs) / 1_000);
    expect(allowed).toBeLessThanOrEqual(1.1 * room + burst);
    expect(allowed).toBeGreaterThanOrEqual(0.9 * room - burst);
    const amounts = (await shares()).map(({ amount }) => amount);
    expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBeLessThanOrEqual(1_000_000);
    await owner.api.deleteAccessPolicy({ organization, name: 'slow' });
    await awaitCondition(async () => (await ask(replicas.b)) === 200 && (await ask(replicas.b)) === 200, {
      what: 'the limit is gone',
      everyMs: 5,
    });
  }, 60_000);

  it('SEC-D28 SEC-F07 let streams be open on both as many as the limit allows, wherever they were opened', async () => {
    await limitBy('few-streams', { concurrentStreams: 5 });
    const opener = (on: Replica) => {
      const made = createStreamOpener({ port: on.port, caPem: on.server.caPem, prefix: PREFIX, token });
      openers.push(made);
      return made;
    };
    let count = 0;
    const open = (by: StreamOpener) => {
      count += 1;
      return by.open('watch', `limited-${count}`).then(
        () => true,
        () => false,
      );
    };
    const [onA, onB] = [opener(replicas.a), opener(replicas.b)];
    // The first stream of a server needs no lease, so all are counted once both have one that holds theirs.
    await open(onA);
    await open(onB);
    const leased = async () => (await shares()).filter(({ key, amount }) => key.endsWith('streams 5') && amount > 0);
    await awaitCondition(async () => (await leased()).length === 2, { what: 'both have leased places', everyMs: 100 });
    let opened = 2;
    await awaitCondition(
      async () => {
        if (await open(onA)) opened += 1;
        return opened === 5;
      },
      { what: 'all places are on one replica', everyMs: 50 },
    );
    expect([await open(onA), await open(onB), await open(onA), await open(onB)]).toEqual([false, false, false, false]);
    onB.close();
    await awaitCondition(() => open(onA), { what: 'the place of the other replica has moved', everyMs: 50 });
    expect(await open(onA)).toBe(false);
  }, 60_000);
});
