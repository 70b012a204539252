import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anIdentity } from '../testing/identities.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../testing/recording-upstream.ts';
import { createTestCa, type TestCa } from '../testing/test-ca.ts';
import { createKubeUpstream } from '../upstream/node-upstream.ts';
import { formatIdentity } from './identity.ts';
import { createSecretIdentityStore } from './secret-store.ts';

const PATH = '/api/v1/namespaces/sallyport/secrets/sallyport-agent-identity';
const closers: (() => unknown)[] = [];
let ca: TestCa;
beforeAll(async () => {
  ca = await createTestCa();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** One Secret with optimistic locking, as kube-apiserver keeps it. */
async function startCluster(beforePatch: (attempt: number) => void = () => {}) {
  let version = 1;
  let attempts = 0;
  const state: { data: Record<string, string> | undefined; status?: number } = { data: undefined };
  const answer = (res: ServerResponse, status: number, body: unknown) => {
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(JSON.stringify(body));
  };
  const secret = () => ({ metadata: { resourceVersion: String(version) }, ...(state.data && { data: state.data }) });
  const server: RecordingUpstream = await startRecordingUpstream({
    ca,
    onRequest(req: IncomingMessage, res: ServerResponse) {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        if (state.status !== undefined)
          return answer(res, state.status, { kind: 'Status', message: 'secrets is forbidden' });
        if (req.url !== PATH) return answer(res, 404, {});
        if (req.method === 'GET') return answer(res, 200, secret());
        beforePatch(++attempts);
        const patch = JSON.parse(Buffer.concat(chunks).toString()) as {
          metadata: { resourceVersion: string };
          data: Record<string, string>;
        };
        if (patch.metadata.resourceVersion !== String(version)) return answer(res, 409, { message: 'conflict' });
        version += 1;
        state.data = { ...state.data, ...patch.data };
        return answer(res, 200, secret());
      });
    },
  });
  closers.push(() => server.close());
  const upstream = createKubeUpstream({
    host: '127.0.0.1',
    port: server.port,
    ca: [ca.certificatePem],
    token: () => 'agent-token',
  });
  closers.push(() => upstream.close());
  const store = () => createSecretIdentityStore({ upstream, namespace: 'sallyport', name: 'sallyport-agent-identity' });
  return {
    server,
    state,
    store,
    replace(data: Record<string, string>) {
      version += 1;
      state.data = data;
    },
  };
}

const encode = (record: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));

describe('an identity in a Secret', () => {
  it('SEC-D20 starts empty, and is there again for the next pod', async () => {
    const { store, server } = await startCluster();
    expect(await store().load()).toBeUndefined();
    const identity = await anIdentity(ca);
    expect(await store().save(identity)).toBe(identity);
    const loaded = await store().load();
    expect(loaded && formatIdentity(loaded)).toEqual(formatIdentity(identity));
    const lines = server.requests.flatMap(({ rawHeaders }) => rawHeaders);
    expect(lines.filter((line) => /^impersonate/i.test(line))).toEqual([]);
  });

  it('adopts what another replica stored at the same moment, when that is newer', async () => {
    const mine = await anIdentity(ca, { notBefore: new Date(Date.now() - 120_000) });
    const theirs = await anIdentity(ca, { clusterId: mine.clusterId, notBefore: new Date(Date.now() - 60_000) });
    const cluster = await startCluster((attempt) => {
      if (attempt === 1) cluster.replace(encode(formatIdentity(theirs)));
    });
    const standing = await cluster.store().save(mine);
    expect(standing.certificatePem).toBe(theirs.certificatePem);
    expect(cluster.state.data).toEqual(encode(formatIdentity(theirs)));
  });

  it('writes over an older identity after a conflict', async () => {
    const mine = await anIdentity(ca, { notBefore: new Date(Date.now() - 60_000) });
    const older = await anIdentity(ca, { clusterId: mine.clusterId, notBefore: new Date(Date.now() - 120_000) });
    const cluster = await startCluster((attempt) => {
      if (attempt === 1) cluster.replace(encode(formatIdentity(older)));
    });
    expect(await cluster.store().save(mine)).toBe(mine);
    expect(cluster.state.data).toEqual(encode(formatIdentity(mine)));
  });

  it('gives up after 5 conflicts, and says what kube-apiserver said', async () => {
    const cluster = await startCluster(() => cluster.replace({}));
    await expect(cluster.store().save(await anIdentity(ca))).rejects.toMatchObject({
      code: 'ERR_AGENT_IDENTITY_STORE',
      message: expect.stringContaining('status 409') as string,
    });
    cluster.state.status = 403;
    await expect(cluster.store().load()).rejects.toMatchObject({
      message: expect.stringContaining('secrets is forbidden') as string,
    });
  });
});
