import { createFakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { awaitCondition, freePort } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PREFIX, type SecureStack, startSecureStack } from './harness.ts';
import { answerOf } from './http2-client.ts';
import type { UpstreamBody } from './recording-upstream.ts';
import { type Relay, startRelay } from './relay.ts';
import { askForUpgrade, behindHead, execPath, switchingHead } from './upgrade-client.ts';

// Server and agent run by a clock that goes with real time, and that these tests wind forward.
const clock = createFakeClock(new Date());
const TICK_MS = 20;
const ticking = setInterval(() => clock.advance(TICK_MS), TICK_MS);

let stack: SecureStack;
let relay: Relay;
beforeAll(async () => {
  const port = await freePort();
  relay = await startRelay(port);
  stack = await startSecureStack({
    clock,
    config: { listen: { host: '127.0.0.1', port }, publicUrl: `https://127.0.0.1:${relay.port}` },
    callersPort: port,
  });
}, 60_000);
afterAll(async () => {
  await stack?.close();
  clearInterval(ticking);
  await relay?.close();
}, 30_000);

/** Winds forward in steps, and in between lets the database answer what a step made the server ask. */
async function wind(ms: number): Promise<void> {
  for (let done = 0; done < ms; done += 1_000) {
    await clock.advanceAsync(1_000);
    // One question at a time: an answer to this one comes behind all that were asked before, and behind what they led to.
    for (let i = 0; i < 3; i += 1) await stack.store.changes.head();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function openWatchAndExec() {
  const token = await stack.token();
  const bodies: UpstreamBody[] = [];
  stack.upstream.reset();
  stack.upstream.answer = (call) => {
    if (call.request.target.includes('/exec')) {
      const pipe = call.raw(switchingHead(call, 'v5.channel.k8s.io'));
      bodies.push({ write: (bytes) => void pipe.write(bytes), end: () => void pipe.end(), cut: () => pipe.destroy() });
    } else {
      const body = call.open(200, ['Content-Type', 'application/json']);
      body.write('{"event":0}\n');
      bodies.push(body);
    }
  };
  const watch = (await stack.session()).request({
    ':path': `${PREFIX}/api/v1/pods?watch=1`,
    authorization: `Bearer ${token}`,
  });
  let seen = '';
  watch.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
  });
  const answer = answerOf(watch);
  await awaitCondition(() => seen !== '', { what: 'the watch is open', everyMs: 5 });
  const exec = await askForUpgrade(stack, { transport: 'websocket', path: execPath('quiet'), token });
  await exec.answer();
  return { bodies, watch, answer, exec, seen: () => seen };
}

it('SEC-D16 a join token ends, used or not', async () => {
  const { joinToken } = await (await stack.person('admin')).api.issueJoinToken({
    organization: ORGANIZATION,
    name: CLUSTER,
  });
  const lifeMs = new Date(joinToken.expiresAt).getTime() - clock.now();
  expect(lifeMs).toBeLessThanOrEqual(24 * 3_600_000);
  await expect(
    stack.store.transact(async (tx) => {
      clock.setWallClock(new Date(clock.now() + lifeMs + 1_000));
      const outcome = await tx.redeemJoinToken(joinToken.token);
      clock.setWallClock(new Date(clock.now() - lifeMs - 1_000));
      return outcome;
    }),
  ).resolves.toEqual({ refused: 'expired' });
});

it('SEC-C17 leaves a watch and an exec open that are quiet for six minutes, and delivers what comes then', async () => {
  const { bodies, watch, exec, seen } = await openWatchAndExec();
  await wind(6 * 60_000);
  expect(stack.server.proxy.activeCount).toBe(2);
  for (const body of bodies) body.write('{"event":1}\n');
  await awaitCondition(() => seen().includes('"event":1') && behindHead(exec.received()).includes('"event":1'), {
    what: 'the events arrive',
    timeoutMs: 2_000,
    everyMs: 5,
  });
  watch.close();
  exec.socket.destroy();
  await awaitCondition(() => stack.server.proxy.activeCount === 0, { what: 'nothing is open', everyMs: 5 });
}, 60_000);

it('SEC-C12 SEC-D09 a server that falls silent: the agent ends everything by itself, and the server tells the callers', async () => {
  const { answer, exec } = await openWatchAndExec();
  const { requests } = stack.upstream;
  // New connections too: an agent that dials anew at once would be back before anybody looked.
  relay.stall();
  const heldAt = clock.monotonicMs();
  while (stack.server.health(stack.clusterId).state === 'connected' && clock.monotonicMs() - heldAt < 90_000)
    await wind(1_000);
  // Three rounds of keepalive, and the second that this test looks every.
  expect(clock.monotonicMs() - heldAt).toBeLessThanOrEqual(47_000);
  expect((await answer).body).toContain('ERR_PROXY_TUNNEL_LOST');
  await exec.closed;
  await awaitCondition(() => requests.every(({ isOver }) => isOver), {
    what: 'the upstream is let go',
    timeoutMs: 5_000,
  });
  relay.resume();
  relay.resetAll();
  await awaitCondition(
    async () => {
      await wind(1_000);
      return stack.server.health(stack.clusterId).state === 'connected';
    },
    { what: 'the agent has dialled again', timeoutMs: 20_000 },
  );
}, 60_000);
