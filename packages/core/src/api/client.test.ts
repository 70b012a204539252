import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createId } from '../ids.ts';
import { createApiClient, createTextReader, fetchDiscovery } from './client.ts';
import {
  type DpopKeyPair,
  exportDpopKeyPair,
  generateDpopKeyPair,
  hashAccessToken,
  importDpopKeyPair,
} from './dpop.ts';
import { ApiProblemError } from './problem-error.ts';
import { registerCluster } from './register-cluster.ts';
import type { ApiFetch } from './requests.ts';

const BASE_URL = 'https://sallyport.example.com';

interface Sent {
  readonly url: string;
  readonly init: Parameters<ApiFetch>[1];
}

/** A server that answers everything alike and remembers what it was sent. */
function aServer(status: number, body: unknown): { readonly fetch: ApiFetch; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  return {
    sent,
    fetch: async (url, init) => {
      sent.push({ url, init });
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return { status, headers: { get: () => null }, text: async () => text };
    },
  };
}

describe('createApiClient', () => {
  let keys: DpopKeyPair;
  beforeAll(async () => {
    keys = await generateDpopKeyPair();
  });

  const clientOf = (fetch: ApiFetch) =>
    createApiClient({ baseUrl: `${BASE_URL}/`, fetch, accessToken: () => 'a.b.c', keys });

  it('sends a bound token with a proof for exactly this request, and follows no redirect', async () => {
    const { fetch, sent } = aServer(200, { items: [], metadata: {} });
    expect(await clientOf(fetch).listAuditEvents({ organization: 'acme', limit: 5 })).toEqual({
      items: [],
      metadata: {},
    });
    const { url, init } = sent[0] as Sent;
    expect(url).toBe(`${BASE_URL}/api/v1/organizations/acme/audit-events?limit=5`);
    expect(init).toMatchObject({ method: 'GET', redirect: 'error', headers: { authorization: 'DPoP a.b.c' } });
    const proof = init.headers['dpop'] ?? '';
    expect(decodeProtectedHeader(proof)).toMatchObject({ alg: 'ES256', typ: 'dpop+jwt' });
    expect(decodeProtectedHeader(proof).jwk).not.toHaveProperty('d');
    expect(decodeJwt(proof)).toMatchObject({
      htm: 'GET',
      htu: `${BASE_URL}/api/v1/organizations/acme/audit-events`,
      ath: await hashAccessToken('a.b.c'),
    });
  });

  it('presents nothing by itself without an access token', async () => {
    const { fetch, sent } = aServer(200, { items: [], metadata: {} });
    await createApiClient({ baseUrl: BASE_URL, fetch }).listAuditEvents({ organization: 'acme' });
    expect(sent[0]?.init.headers).toEqual({ accept: 'application/json' });
  });

  it('makes a new proof for each request', async () => {
    const { fetch, sent } = aServer(200, { items: [], metadata: { totalCount: 0, resourceVersion: '1' } });
    await clientOf(fetch).listClusters({ organization: 'acme' });
    await clientOf(fetch).listClusters({ organization: 'acme' });
    expect(sent[0]?.init.headers['dpop']).not.toBe(sent[1]?.init.headers['dpop']);
  });

  it('encodes what stands in paths, and sends bodies as JSON', async () => {
    const { fetch, sent } = aServer(500, '');
    const client = clientOf(fetch);
    await client.getCluster({ organization: 'a/../b', name: '?x#y' }).catch(() => undefined);
    await registerCluster(client, 'acme', { name: 'c1', labels: { env: 'prod' } }).catch(() => undefined);
    expect(sent[0]?.url).toBe(`${BASE_URL}/api/v1/organizations/a%2F..%2Fb/clusters/%3Fx%23y`);
    expect(sent[1]?.init).toMatchObject({
      method: 'POST',
      body: '{"apiVersion":"sallyport.dev/v1","kind":"Cluster","metadata":{"name":"c1","labels":{"env":"prod"}},"spec":{}}',
      headers: { 'content-type': 'application/json' },
    });
  });

  it('reads instants as dates', async () => {
    const body = {
      id: createId('credential'),
      clusterId: createId('cluster'),
      token: 't',
      expiresAt: '2026-01-02T03:04:05.000Z',
    };
    const credential = await clientOf(aServer(201, body).fetch).mintKubeCredential({
      organization: 'acme',
      name: 'c1',
    });
    expect(credential.expiresAt).toEqual(new Date('2026-01-02T03:04:05.000Z'));
  });

  it('rejects with the problem that the server states', async () => {
    const problem = {
      type: 'https://example.com/errors#x',
      title: 'Not permitted',
      status: 403,
      detail: 'none of your roles has the permission audit.read',
      code: 'ERR_API_FORBIDDEN',
      nextStep: 'Ask an administrator.',
    };
    const failure = await clientOf(aServer(403, problem).fetch)
      .listAuditEvents({ organization: 'acme' })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiProblemError);
    expect(failure).toMatchObject({
      code: 'ERR_API_PROBLEM',
      message: problem.detail,
      nextStep: problem.nextStep,
      problem,
    });
  });

  for (const [name, status, body] of [
    ['a page of a proxy', 502, '<html>bad gateway</html>'],
    ['JSON that is no problem', 404, { error: 'x' }],
    ['success of another form', 200, { clusters: [] }],
    ['nothing', 200, ''],
  ] as const) {
    it(`rejects ${name} as not of the API`, async () => {
      await expect(clientOf(aServer(status, body).fetch).listClusters({ organization: 'acme' })).rejects.toMatchObject({
        code: 'ERR_API_UNREACHABLE',
        message: expect.stringContaining(`${BASE_URL} answered ${status}`),
      });
    });
  }

  it('rejects with the innermost reason when the server is away', async () => {
    const reason = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const fetch: ApiFetch = () => Promise.reject(new TypeError('fetch failed', { cause: reason }));
    await expect(clientOf(fetch).whoAmI()).rejects.toMatchObject({
      code: 'ERR_API_UNREACHABLE',
      message: `${BASE_URL} can't be reached: self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)`,
    });
  });

  it("rejects with the signal's reason when it is aborted", async () => {
    const aborted = AbortSignal.abort(new Error('enough'));
    const fetch: ApiFetch = (_url, { signal }) => Promise.reject(signal?.reason as Error);
    await expect(clientOf(fetch).whoAmI({}, { signal: aborted })).rejects.toThrow('enough');
  });

  it('refuses a discovery document that is not one', async () => {
    const { fetch } = aServer(200, { issuer: BASE_URL });
    await expect(fetchDiscovery({ baseUrl: BASE_URL, fetch })).rejects.toMatchObject({ code: 'ERR_API_UNREACHABLE' });
  });
});

describe('DPoP key pairs', () => {
  it('survive being written and read', async () => {
    const keys = await generateDpopKeyPair();
    const jwk = await exportDpopKeyPair(keys);
    const again = await importDpopKeyPair(jwk);
    expect(await exportDpopKeyPair(again)).toEqual(jwk);
    expect(again.publicKey.type).toBe('public');
  });

  it('are not read from anything but a private P-256 JWK', async () => {
    const { d: _, ...publicOnly } = await exportDpopKeyPair(await generateDpopKeyPair());
    await expect(importDpopKeyPair(publicOnly)).rejects.toThrow();
    await expect(importDpopKeyPair({ kty: 'oct', k: 'AA' })).rejects.toThrow();
  });
});

describe('a text that comes piece by piece', () => {
  it('is whole for whoever begins to read it late, after the answer that it came in was collected as garbage', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    let answer: ServerResponse | undefined;
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      answer = response;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const read = createTextReader({ baseUrl: `http://127.0.0.1:${port}`, accessToken: () => 'a token' });
    const { chunks } = await read('watchMyChanges', {});
    // Each turn lets what was collected be told to whoever asked to be.
    for (let turn = 0; turn < 5; turn++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    answer?.end('event: change\n\n');
    let text = '';
    for await (const chunk of chunks) text += chunk;
    expect(text).toBe('event: change\n\n');
  });
});
