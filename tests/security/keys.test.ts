import { systemClock } from '@sallyport/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rotateKey } from '../../packages/server/src/pki/rotate-keys.ts';
import type { KeyPurpose } from '../../packages/server/src/stores/key-contracts.ts';
import { awaitCondition, freePort } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PREFIX, type SecureStack, startSecureStack } from './harness.ts';
import { answerOf, openSession } from './http2-client.ts';
import { type Relay, startRelay } from './relay.ts';

let stack: SecureStack;
let relay: Relay;
beforeAll(async () => {
  const port = await freePort();
  relay = await startRelay(port);
  stack = await startSecureStack({
    config: { listen: { host: '127.0.0.1', port }, publicUrl: `https://127.0.0.1:${relay.port}` },
    callersPort: port,
  });
}, 60_000);
afterAll(async () => {
  await stack?.close();
  await relay?.close();
}, 30_000);

/** Rotates with nothing left of the former key, and waits until server and agent have noticed. */
async function replaceKey(purpose: KeyPurpose, noticed: string): Promise<void> {
  const seen = () => stack.log.filter((line) => JSON.stringify(line).includes(noticed)).length;
  const before = seen();
  await rotateKey({ store: stack.store, clock: systemClock }, purpose, 'emergency');
  await awaitCondition(() => seen() > before, { what: noticed, everyMs: 20 });
}

/** A request over a connection of its own, which believes what the server's CA file says now. */
async function statusNow(token: string): Promise<number> {
  const session = await openSession({ port: stack.port, caPem: stack.server.caPem });
  try {
    const stream = session.request({ ':path': `${PREFIX}/api/v1/pods`, authorization: `Bearer ${token}` });
    return (await answerOf(stream)).status;
  } finally {
    session.close();
  }
}

it('an agent follows a voided capability key over its open connection, and requests go on', async () => {
  const token = await stack.token();
  expect(await statusNow(token)).toBe(200);
  await replaceKey('capability', 'what the agent trusts has changed');
  expect(await statusNow(token)).toBe(200);
});

it('SEC-E19 a kube credential is refused once its signing key was voided, and a new one is taken', async () => {
  const token = await stack.token();
  expect(await statusNow(token)).toBe(200);
  await replaceKey('kubeCredential', 'took over changed keys');
  expect(await statusNow(token)).toBe(401);
  const { api } = await stack.person('admin');
  const minted = await api.mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER });
  expect(await statusNow(minted.token)).toBe(200);
});

it('SEC-D23 an agent that knows the new CA comes back under it when its connection breaks', async () => {
  const { api } = await stack.person('developer');
  const { token } = await api.mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER });
  const formerCa = stack.server.caPem;
  await replaceKey('frontTls', 'what the agent trusts has changed');
  expect(stack.server.caPem).not.toBe(formerCa);
  // The agent learns the new CA first; the front takes it up on its own.
  await awaitCondition(
    () =>
      openSession({ port: stack.port, caPem: formerCa }).then(
        (session) => void session.destroy(),
        () => true,
      ),
    { what: 'the front no longer shows a certificate of the former CA' },
  );
  relay.resetAll();
  await awaitCondition(() => stack.server.health(stack.clusterId).state === 'disconnected', {
    what: 'the tunnel is gone',
  });
  await awaitCondition(() => stack.server.health(stack.clusterId).state === 'connected', { what: 'the agent is back' });
  expect(await statusNow(token)).toBe(200);
});

it('SEC-D21 every agent is nobody once the agent CA was voided: tunnels end at once, and none is opened again', async () => {
  // Refused in the handshake, or by the gateway as long as the former CA is still among those that it asks for.
  const failedDials = () =>
    stack.log.filter((line) => /dial failed|a tunnel was refused/.test(JSON.stringify(line))).length;
  const before = failedDials();
  await replaceKey('agentCa', 'took over changed keys');
  const isConnected = () => stack.server.health(stack.clusterId).state === 'connected';
  await awaitCondition(() => !isConnected(), { what: 'the tunnel is gone' });
  // How long the agent waits between dials grows with each loss.
  await awaitCondition(() => failedDials() > before, { what: 'the agent has tried again', timeoutMs: 45_000 });
  expect(isConnected()).toBe(false);
}, 60_000);
