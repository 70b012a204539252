import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerForever } from '../replicas/endless-upstream.ts';
import { type Replicas, startReplicas } from '../replicas/harness.ts';
import { type Relay, startRelay } from '../security/relay.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { type Caller, createCaller, expectWholeLog } from './caller.ts';

describe.skipIf(lacks('postgres'))('replicas that can not reach one another', () => {
  let replicas: Replicas;
  let between: Relay;
  let caller: Caller;
  beforeAll(async () => {
    between = await startRelay(1);
    replicas = await startReplicas({ config: { peerAddress: `127.0.0.1:${between.port}` } });
    between.turnTo(replicas.b.port);
    replicas.upstream.answer = answerForever;
    await replicas.connectAgent(replicas.b);
    caller = await createCaller(replicas);
    await awaitCondition(async () => (await caller.list(replicas.a)) === 200, {
      what: 'requests on a reach the agent',
    });
  }, 180_000);
  afterAll(async () => {
    caller?.close();
    await replicas?.close();
    await between?.close();
  }, 60_000);

  it('SEC-D23 end streams between them at once when their connection breaks off, and dial anew', async () => {
    const { a, b } = replicas;
    const [across, within] = [await caller.openEach(a, 'across'), await caller.openEach(b, 'within')];
    between.resetAll();
    const ends = await Promise.all(across.map(({ ended }) => ended));
    expect(ends.map(({ isInProtocol }) => isInProtocol)).toEqual([true, true, true]);
    for (const { reason } of ends) expect(reason).toContain('was lost while the request was under way');
    expect(await caller.list(a)).toBe(200);
    expect(within.map(({ isOpen }) => isOpen)).toEqual([true, true, true]);
  }, 120_000);

  it('SEC-D09 notice that nothing comes through, answer 503 meanwhile, and go on when the network is back', async () => {
    const { a, b } = replicas;
    const across = await caller.openEach(a, 'split');
    between.stall();
    const ends = await Promise.all(across.map(({ ended }) => ended));
    for (const { reason } of ends) expect(reason).toContain('was lost while the request was under way');
    expect(await caller.list(a)).toBe(503);
    expect(await caller.list(b)).toBe(200);
    between.resume();
    await awaitCondition(async () => (await caller.list(a)) === 200, { what: 'requests on a reach the agent again' });
    caller.close();
    await expectWholeLog(replicas, await replicas.logIn(b, 'owner'), caller);
  }, 120_000);
});
