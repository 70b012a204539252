import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS, migrate } from '../../packages/server/src/stores/migrations/index.ts';
import { openDatabase } from '../../packages/server/src/stores/open-store.ts';
import { answerForever } from '../replicas/endless-upstream.ts';
import { type Replicas, startReplicas } from '../replicas/harness.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { createCaller, expectWholeLog } from './caller.ts';
import { additive, NEXT_MINOR } from './next-minor.ts';

describe.skipIf(lacks('postgres'))('replicas beside one of the next minor version', () => {
  let replicas: Replicas;
  beforeAll(async () => {
    replicas = await startReplicas();
    replicas.upstream.answer = answerForever;
    await replicas.connectAgent(replicas.a);
  }, 120_000);
  afterAll(() => replicas?.close(), 30_000);

  /** What a server of another version does to the database when it starts. */
  async function migrateAs(version: string): Promise<void> {
    const location = { kind: 'postgres', url: replicas.databaseUrl } as const;
    const { db, close } = await openDatabase(location, { encryptionKey: replicas.encryptionKey });
    try {
      await migrate(db, { migrations: { ...MIGRATIONS, [NEXT_MINOR]: additive }, version });
    } finally {
      await close();
    }
  }

  it('go on, may be started again, and write a whole log; two minor versions on, they do not start', async () => {
    await migrateAs('0.1.0');
    const caller = await createCaller(replicas);
    const owner = await replicas.logIn(replicas.b, 'owner');
    await awaitCondition(async () => (await caller.list(replicas.a)) === 200, { what: 'a serves' });
    expect(await caller.remove(replicas.a)).toBe(200);
    const started = await replicas.startProcess();
    await replicas.connectAgent(started);
    await awaitCondition(async () => (await caller.list(started)) === 200, { what: 'the one that was started serves' });
    expect(await caller.remove(started)).toBe(200);
    await expectWholeLog(replicas, owner, caller);
    await started.program.stop();

    await migrateAs('0.2.0');
    expect(await caller.remove(replicas.a)).toBe(200);
    await expect(replicas.startProcess()).rejects.toThrow(/the schema was made by version 0\.2\.0/);
  }, 120_000);
});
