import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PREFIX, type SecureStack, startSecureStack } from './harness.ts';
import { FRAME, frame } from './http2-client.ts';
import { FLOODS, type FloodTarget, flood, INITIAL_WINDOW_SIZE, setting, uint32 } from './http2-floods.ts';

/** Far more than any flood gets across before it is noticed, in bytes. */
const ENOUGH_BYTES = 200_000_000;
const AGENT_WINDOW_BYTES = 32 * 1024 * 1024;

let stack: SecureStack;
beforeAll(async () => {
  stack = await startSecureStack();
  await stack.token('developer');
}, 120_000);
afterAll(() => stack?.close(), 30_000);

/** What a caller with a credential can send to the public listener. */
async function publicListener(): Promise<FloodTarget> {
  return {
    ...stack.target,
    head: [
      ...[':method', 'POST', ':scheme', 'https', ':authority', 'x', ':path', `${PREFIX}/api/v1/namespaces/a/pods`],
      ...['content-type', 'application/json', 'authorization', `Bearer ${await stack.token()}`],
    ],
  };
}

/** What an agent with its certificate can send to the listener of agents. */
async function agentListener(): Promise<FloodTarget> {
  const identity = JSON.parse(readFileSync(join(stack.folder, 'agent', 'identity.json'), 'utf8'));
  return {
    port: stack.port,
    caPem: stack.server.caPem,
    serverName: 'agents.sallyport.internal',
    certificate: { certificatePem: identity['tls.crt'], keyPem: identity['tls.key'] },
    greeting: Buffer.concat([
      setting(INITIAL_WINDOW_SIZE, AGENT_WINDOW_BYTES),
      frame(FRAME.windowUpdate, 0, 0, uint32(AGENT_WINDOW_BYTES)),
    ]),
    head: [
      ...[
        ':method',
        'POST',
        ':scheme',
        'https',
        ':authority',
        'x',
        ':path',
        '/sallyport.agent.v1.AgentGateway/Connect',
      ],
      ...['content-type', 'application/grpc', 'te', 'trailers'],
    ],
  };
}

for (const [listener, targetOf] of [
  ['the public listener', publicListener],
  ['the listener of agents', agentListener],
] as const) {
  describe(`a flood on ${listener}`, () => {
    it.each(FLOODS.map((what) => [what.name, what] as const))(
      'SEC-F01 of %s ends its connection, while others are served',
      async (_, what) => {
        const target = await targetOf();
        let isOver = false;
        const others = (async () => {
          const token = await stack.token('developer');
          const statuses: number[] = [];
          // A server that is short of time decides nothing while it is unsure, says 503 and is asked again, as kubectl does.
          do statuses.push((await stack.call('h2', { token })).status);
          while (!isOver || statuses.at(-1) === 503);
          return statuses.filter((status) => status !== 503);
        })();
        const ended = flood(target, what, (sentBytes) => sentBytes > ENOUGH_BYTES).finally(() => {
          isOver = true;
        });
        // The rejection of a flood that was not ended is what the test tells, once the others have ended.
        const [outcome, statuses] = await Promise.allSettled([ended, others]);
        expect(outcome).toMatchObject({ status: 'fulfilled', value: { wasAnswered: what.isDeaf !== true } });
        expect(statuses).toMatchObject({ status: 'fulfilled' });
        expect(new Set((statuses as { value: number[] }).value)).toEqual(new Set([200]));
      },
      60_000,
    );
  });
}
