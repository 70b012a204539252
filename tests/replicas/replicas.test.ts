import { ApiProblemError } from '@sallyport/core/api';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../packages/server/src/stores/open-store.ts';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, type Replica, type Replicas, startReplicas } from './harness.ts';

/** What a change may take from its commit to its effect on every replica. */
const LIVE_MS = 1_000;
const WATCH = '/api/v1/namespaces/default/pods?watch=1';

describe.skipIf(lacks('postgres'))('two replicas on one database', () => {
  let replicas: Replicas;
  let a: Replica;
  let b: Replica;
  beforeAll(async () => {
    replicas = await startReplicas();
    ({ a, b } = replicas);
    await replicas.connectAgent(b);
    await awaitCondition(() => replicas.upstream.inventory.length >= 3, { what: 'the inventory is taken' });
  }, 60_000);
  afterAll(() => replicas?.close(), 30_000);
  beforeEach(() => replicas.upstream.reset());

  const isLive = (person: Person, on: Replica) =>
    on
      .api(person)
      .whoAmI()
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof ApiProblemError && error.problem.status === 401) return false;
          throw error;
        },
      );
  const kubeToken = async (person: Person, on: Replica) =>
    (await on.api(person).mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER })).token;
  const statusOf = async (token: string, on: Replica) =>
    (await (await on.kube(token, '/api/v1/namespaces/default/pods')).answer()).status;

  /** Opens a watch on a replica and waits until it runs. */
  async function openWatch(token: string, on: Replica) {
    replicas.upstream.answer = (call) =>
      void call.open(200, ['Content-Type', 'application/json']).write('{"type":"ADDED","object":{}}\n');
    const before = replicas.upstream.requests.length;
    const connection = await on.kube(token, WATCH);
    const ended = connection.answer().then(({ body }) => body);
    await awaitCondition(() => replicas.upstream.requests.length > before, { what: 'the watch runs', everyMs: 5 });
    return { ended };
  }

  it('SEC-D28 takes a login of one replica on the other, at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [one, other] = round % 2 === 0 ? [a, b] : [b, a];
      const person = await replicas.logIn(one, 'developer');
      const token = await kubeToken(person, other);
      expect(await statusOf(token, one)).toBe(200);
    }
  });

  it('SEC-E19 refuses everywhere what was ended on one replica, and ends what runs elsewhere', async () => {
    const person = await replicas.logIn(b, 'developer');
    const token = await kubeToken(person, b);
    const watch = await openWatch(token, b);
    await awaitCondition(() => isLive(person, a), { what: 'the login is live on a', timeoutMs: LIVE_MS, everyMs: 5 });
    await a.api(person).logOut();
    expect(await watch.ended).toContain('"type":"ERROR"');
    expect(await isLive(person, b)).toBe(false);
    expect(await isLive(person, a)).toBe(false);
    expect(await statusOf(token, b)).toBe(401);
  });

  it('SEC-A08 finds a change of which no notification came, by asking', async () => {
    const person = await replicas.logIn(b, 'developer');
    const watch = await openWatch(await kubeToken(person, b), b);
    const direct = await openDatabase(
      { kind: 'postgres', url: replicas.databaseUrl },
      { encryptionKey: replicas.encryptionKey },
    );
    try {
      await direct.db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ id: string }>`delete from login_sessions returning id`.execute(tx);
        await sql`update change_head set seq = seq + 1`.execute(tx);
        await sql`insert into change_feed (seq, at, records, policy_of)
          select seq, now(), ${JSON.stringify({ loginSessions: rows.map(({ id }) => id) })}::jsonb, '[]' from change_head`.execute(
          tx,
        );
      });
    } finally {
      await direct.close();
    }
    expect(await watch.ended).toContain('"type":"ERROR"');
    expect(await isLive(person, b)).toBe(false);
  });

  it('hears of changes again after its connections to the database were cut', async () => {
    b.database.resetAll();
    const person = await replicas.logIn(a, 'developer');
    await awaitCondition(() => isLive(person, b), { what: 'the login is live on b', everyMs: 20 });
    const watch = await openWatch(await kubeToken(person, b), b);
    await a.api(person).logOut();
    expect(await watch.ended).toContain('"type":"ERROR"');
  });

  it('SEC-A08 makes no new decisions on a replica whose database stalls, and learns what it missed before it goes on', async () => {
    const [stays, leaves] = [await replicas.logIn(b, 'developer'), await replicas.logIn(b, 'developer')];
    const [staying, leaving] = [await kubeToken(stays, b), await kubeToken(leaves, b)];
    expect(await statusOf(staying, b)).toBe(200);
    b.database.stall();
    try {
      await a.api(leaves).logOut();
      await awaitCondition(async () => (await statusOf(staying, b)) === 503, { what: 'b refuses', timeoutMs: 5_000 });
      expect(await isLive(stays, a)).toBe(true);
      // At once, not when it gives up on the database.
      const refusals = Array.from({ length: 5 }, () => statusOf(leaving, b));
      let answers: readonly number[] | undefined;
      void Promise.all(refusals).then((statuses) => {
        answers = statuses;
      });
      expect(await awaitCondition(() => answers, { what: 'b refuses at once', timeoutMs: 5_000 })).toEqual(
        refusals.map(() => 503),
      );
    } finally {
      b.database.resume();
    }
    await awaitCondition(async () => (await statusOf(staying, b)) === 200, { what: 'b serves again' });
    expect(await statusOf(leaving, b)).toBe(401);
  });
});
