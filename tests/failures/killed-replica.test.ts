import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerForever } from '../replicas/endless-upstream.ts';
import { type ReplicaProcess, type Replicas, startReplicas } from '../replicas/harness.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { type Caller, createCaller, readLog, requestsOf } from './caller.ts';

describe.skipIf(lacks('postgres'))('a replica that is killed while streams run', () => {
  let replicas: Replicas;
  let killed: ReplicaProcess;
  let caller: Caller;
  beforeAll(async () => {
    replicas = await startReplicas();
    replicas.upstream.answer = answerForever;
    killed = await replicas.startProcess();
    for (const server of [replicas.a, killed]) await replicas.connectAgent(server);
    caller = await createCaller(replicas);
    for (const server of [replicas.a, killed]) {
      await awaitCondition(async () => (await caller.list(server)) === 200, { what: `${server.name} serves` });
    }
  }, 180_000);
  afterAll(async () => {
    caller?.close();
    await replicas?.close();
  }, 60_000);

  it('SEC-D29 ends its own streams alone, and each of its requests has its end in the audit log', async () => {
    const lost = await caller.openEach(killed, 'lost');
    const kept = await caller.openEach(replicas.a, 'kept');
    await killed.program.stop({ signal: 'SIGKILL' });
    const ends = await Promise.all(lost.map(({ ended }) => ended));
    // Nobody was left to say why: the log's last line is its own.
    expect(ends.map(({ reason }) => reason)).toEqual([undefined, 'a line', undefined]);
    expect(await caller.list(replicas.a)).toBe(200);
    expect(await caller.remove(replicas.a)).toBe(200);

    const codesIn = async (namespace: string) =>
      (await requestsOf(replicas, caller))
        .filter(({ request }) => request?.path.includes(`/namespaces/${namespace}/`))
        .map(({ code }) => code)
        .sort();
    const started = Array.from({ length: 3 }, () => 'proxy.request.started');
    const interrupted = Array.from({ length: 3 }, () => 'proxy.request.interrupted');
    // The exec was in the database before it was let through; what only reads may still be in the spool of its server.
    await awaitCondition(async () => (await codesIn('lost')).includes('proxy.request.interrupted'), {
      what: 'the lease of the killed one has ended',
      timeoutMs: 60_000,
    });
    await replicas.startProcess();
    await awaitCondition(async () => (await codesIn('lost')).length === 6, {
      what: 'what the spool kept is in the log, with its end',
      timeoutMs: 60_000,
    });
    expect(await codesIn('lost')).toEqual([...interrupted, ...started]);
    expect(await codesIn('kept')).toEqual(started);
    expect(kept.map(({ isOpen }) => isOpen)).toEqual([true, true, true]);
    const owner = await replicas.logIn(replicas.b, 'owner');
    expect(await readLog(replicas, owner, replicas.b)).toMatchObject({ holds: true, findings: [] });
  }, 120_000);
});
