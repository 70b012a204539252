import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { AuditEvent } from '@sallyport/audit';
import { Secret } from '@sallyport/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../packages/server/src/stores/open-store.ts';
import { awaitCondition, temporaryFolder } from '../support/index.ts';
import { PREFIX, PROTOCOLS, type SecureStack, startSecureStack } from './harness.ts';
import { soleValueOf } from './recording-upstream.ts';
import { askForUpgrade, execPath, openUpgraded, TRANSPORTS } from './upgrade-client.ts';

const PODS = '/api/v1/namespaces/shop/pods';
/** What ends the account of a request, once. */
const OUTCOMES: readonly string[] = [
  'proxy.request.completed',
  'proxy.request.denied',
  'proxy.request.interrupted',
] satisfies AuditEvent['code'][];

const folder = temporaryFolder('audit-evasion');
const encryptionKey = new Secret(randomBytes(32));
let stack: SecureStack;
let token: string;
const known = new Set<string>();

beforeAll(async () => {
  stack = await startSecureStack({ folder, config: { encryptionKey } });
  token = await stack.token('developer');
}, 60_000);
afterAll(() => stack?.close(), 30_000);
beforeEach(async () => {
  stack.upstream.reset();
  for (const { id } of await stack.auditEvents(1_000)) known.add(id);
});

/** Events since the test began that are of somebody's requests to the cluster, by request. */
async function accounts(): Promise<ReadonlyMap<string, readonly AuditEvent[]>> {
  const byRequest = new Map<string, AuditEvent[]>();
  for (const event of await stack.auditEvents(1_000)) {
    if (known.has(event.id) || event.request === undefined || !event.code.startsWith('proxy.')) continue;
    if (event.principal?.userName.startsWith('sallyport:') === true) continue;
    byRequest.set(event.request.id, [...(byRequest.get(event.request.id) ?? []), event]);
  }
  return byRequest;
}

/**
 * Waits until `count` requests have their outcome, and holds the log against what the upstream heard, by the ids that it was told:
 * one start and one outcome each, and a start of nothing else. Yields the outcomes.
 */
async function expectParity(count: number): Promise<readonly AuditEvent[]> {
  const settled = await awaitCondition(
    async () => {
      const all = await accounts();
      const outcomes = [...all.values()].filter((events) => events.some(({ code }) => OUTCOMES.includes(code)));
      return outcomes.length === count && all.size === count ? all : undefined;
    },
    { what: `${count} requests have an outcome each`, timeoutMs: 15_000 },
  );
  const heard = stack.upstream.requests.map(({ rawHeaders }) => soleValueOf(rawHeaders, 'audit-id') ?? 'nothing');
  const started: string[] = [];
  const ended: AuditEvent[] = [];
  for (const [id, events] of settled) {
    const codes = events.map(({ code }) => code);
    expect(
      codes.filter((code) => OUTCOMES.includes(code)),
      id,
    ).toHaveLength(1);
    ended.push(...events.filter(({ code }) => OUTCOMES.includes(code)));
    const starts = codes.filter((code) => code === 'proxy.request.started');
    expect(starts.length, `${id}: ${codes}`).toBe(codes.includes('proxy.request.denied') ? 0 : 1);
    if (starts.length > 0) started.push(id);
  }
  expect(started.toSorted()).toEqual(heard.toSorted());
  return ended;
}

for (const protocol of PROTOCOLS) {
  describe(`over ${protocol}`, () => {
    it('SEC-G01 has reads, writes and what goes through a proxy subresource, once each', async () => {
      for (const path of [PODS, `${PODS}/web/proxy/metrics?a=b`, '/version']) {
        expect((await stack.call(protocol, { token, path })).status).toBe(200);
      }
      const body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}';
      const path = '/api/v1/namespaces/shop/configmaps';
      const headers = ['Content-Type', 'application/json'];
      expect((await stack.call(protocol, { token, method: 'POST', path, headers, body })).status).toBe(200);
      await expectParity(4);
    });

    it('SEC-G01 has what is refused before it is routed, and what was asked for by no path of ours', async () => {
      expect((await stack.call(protocol, { token, path: '/k/demo/other/api', isWhole: true })).status).toBe(403);
      expect((await stack.call(protocol, { token: 'not-a-token', path: PODS })).status).toBe(401);
      expect((await stack.call(protocol, { token, path: `${PODS}/%2e%2e/secrets` })).status).toBe(400);
      const outcomes = await expectParity(3);
      expect(outcomes.map(({ code }) => code)).toEqual(outcomes.map(() => 'proxy.request.denied'));
    });

    it('SEC-G01 has the longest path that is taken, and a longer one never gets through', async () => {
      const longest = `${PODS}?labelSelector=${'a'.repeat(6_000)}`;
      expect((await stack.call(protocol, { token, path: longest })).status).toBe(200);
      const tooLong = `${PODS}/${'a'.repeat(1_000_000)}`;
      const answer = await stack.call(protocol, { token, path: tooLong }).then(
        ({ status }) => status,
        () => 'cut off',
      );
      // By what reads requests, before there is one: a reset stream has no status at all.
      expect([0, 400, 414, 431, 'cut off']).toContain(answer);
      const all = await expectParity(1);
      for (const { request } of all) expect(request?.path.length).toBeLessThanOrEqual(2_048);
    });
  });
}

it('SEC-G01 has an answer that its caller did not wait for', async () => {
  stack.upstream.answer = (call) => void call.open(200, ['Content-Type', 'application/json']).write('{');
  const connection = await stack.connect();
  connection.write(`GET ${PREFIX}${PODS} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  await connection.until('the answer began', (bytes) => bytes.includes('200 OK'));
  connection.reset();
  const [outcome] = await expectParity(1);
  expect(outcome?.outcome?.ended).toBe('cancelled');
});

for (const transport of TRANSPORTS) {
  it(`SEC-G01 has an exec over ${transport}, and one that is refused`, async () => {
    const { caller } = await openUpgraded(stack, { transport, path: execPath('web'), token });
    caller.reset();
    const [outcome] = await expectParity(1);
    expect(outcome).toMatchObject({ code: 'proxy.request.completed', outcome: { status: 101 } });
    const refused = await askForUpgrade(stack, { transport, path: execPath('web'), token: 'not-a-token' });
    expect((await refused.answer()).status).toBe(401);
    await expectParity(2);
  });
}

// The last one: it ends the stack.
it('SEC-G01 has what ran when its server stopped, with its outcome', async () => {
  stack.upstream.answer = (call) => void call.open(200, ['Content-Type', 'application/json']).write('{}\n');
  const connection = await stack.connect();
  connection.write(
    `GET ${PREFIX}${PODS}?watch=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  await connection.until('the watch is open', (bytes) => bytes.includes('200 OK'));
  const [id] = await awaitCondition(
    async () => {
      const ids = [...(await accounts()).keys()];
      return ids.length > 0 ? ids : undefined;
    },
    {
      what: 'its start is in the log',
    },
  );
  await stack.close();
  const store = await openStore({ kind: 'pglite', dataDir: join(folder, 'server', 'database') }, { encryptionKey });
  try {
    const ofIt = (await store.listAudit({ limit: 1_000 })).filter(({ request }) => request?.id === id);
    expect(ofIt.map(({ code }) => code).toSorted()).toEqual(['proxy.request.completed', 'proxy.request.started']);
  } finally {
    await store.close();
  }
}, 60_000);
