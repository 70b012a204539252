import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerForever } from '../replicas/endless-upstream.ts';
import { type Replica, type Replicas, startReplicas } from '../replicas/harness.ts';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type Caller, createCaller, expectWholeLog } from './caller.ts';

describe.skipIf(lacks('postgresPrograms'))('a database that fails under two replicas', () => {
  let database: PostgresServer;
  let replicas: Replicas;
  let owner: Person;
  let caller: Caller;
  beforeAll(async () => {
    database = await startPostgres();
    replicas = await startReplicas({ postgresUrl: database.url });
    replicas.upstream.answer = answerForever;
    for (const replica of both()) await replicas.connectAgent(replica);
    owner = await replicas.logIn(replicas.a, 'owner');
    caller = await createCaller(replicas);
    await serving();
  }, 180_000);
  afterAll(async () => {
    caller?.close();
    await replicas?.close();
    await database?.close();
  }, 120_000);

  const both = (): readonly Replica[] => [replicas.a, replicas.b];
  const answered = (status: number, how: (on: Replica) => Promise<number> = caller.list) =>
    Promise.all(
      both().map((replica) =>
        awaitCondition(async () => (await how(replica)) === status, {
          what: `${replica.name} answers ${status}`,
          timeoutMs: 60_000,
        }),
      ),
    );
  const serving = () => answered(200);

  it('is restarted: streams go on, decisions wait for it, and nothing is lost', async () => {
    const streams = (await Promise.all(both().map((replica) => caller.openEach(replica, `r-${replica.name}`)))).flat();
    await database.kill();
    await answered(503);
    await answered(503, caller.remove);
    expect(streams.filter(({ isOpen }) => !isOpen)).toEqual([]);
    await database.start();
    await serving();
    await answered(200, caller.remove);
    expect(streams.filter(({ isOpen }) => !isOpen)).toEqual([]);
    caller.close();
    await Promise.all(streams.map(({ ended }) => ended));
    await expectWholeLog(replicas, owner, caller);
  }, 120_000);

  it('SEC-D29 is away for longer than a capability lives: open streams end in their protocols, and all comes back', async () => {
    const streams = (await Promise.all(both().map((replica) => caller.openEach(replica, `a-${replica.name}`)))).flat();
    for (const { database: way } of both()) way.stall();
    try {
      await answered(503);
      // Nothing renews what they stand on, and no frame waits for the database.
      const ends = await Promise.all(streams.map(({ ended }) => ended));
      for (const { reason, isInProtocol } of ends) {
        expect(reason).toContain('access has ended. Run the command again if you still may.');
        expect(isInProtocol).toBe(true);
      }
      await answered(503, caller.remove);
    } finally {
      for (const { database: way } of both()) way.resume();
    }
    await serving();
    await answered(200, caller.remove);
    await expectWholeLog(replicas, owner, caller);
  }, 240_000);
});
