import { request } from 'node:https';
import type { FakeKubeApiServer } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks, part, run } from '../support/index.ts';
import { startFakeCluster } from './fake-account.ts';
import { CLUSTER, ORGANIZATION, type Stack, startStack } from './stack.ts';

const OBJECT_COUNT = 5_000;
const VALUE_BYTES = 6_000;

let cluster: FakeKubeApiServer;
let stack: Stack;
let token: string;

beforeAll(async () => {
  const fake = await startFakeCluster();
  cluster = fake.cluster;
  cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many' } });
  for (let i = 0; i < OBJECT_COUNT; i++) {
    const metadata = { name: `object-${String(i).padStart(4, '0')}`, namespace: 'many' };
    cluster.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value: 'x'.repeat(VALUE_BYTES) } });
  }
  stack = await startStack({
    kubeconfig: fake.kubeconfig,
    config: { kubeHostDomain: 'kube.test', agentListen: { host: '127.0.0.1', port: 0 } },
  });
  token = await stack.token('admin');
}, 120_000);
afterAll(async () => {
  await stack?.close();
  await cluster?.close();
});

/** A GET of `path` over HTTP/1.1 to a host name of the front door. */
function get(
  hostName: string,
  path: string,
  authorization = `Bearer ${token}`,
): Promise<{ status: number; body: string }> {
  const { port } = new URL(stack.server.publicUrl);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        path,
        servername: hostName === '127.0.0.1' ? '' : hostName,
        ca: stack.server.caPem,
        checkServerIdentity:
          hostName === '127.0.0.1'
            ? () => undefined
            : (_host, certificate) => namesHost(certificate.subjectaltname, hostName),
        headers: { host: `${hostName}:${port}`, authorization },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
        response.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function namesHost(names: string | undefined, hostName: string): Error | undefined {
  const wildcard = `DNS:*.${hostName.split('.').slice(1).join('.')}`;
  return names?.split(', ').includes(wildcard) ? undefined : new Error(`the certificate is for ${names}`);
}

describe('ways to name a cluster', () => {
  it('by path prefix', async () => {
    expect((await get('127.0.0.1', `/k/${ORGANIZATION}/${CLUSTER}/version`)).status).toBe(200);
  });

  it('by the credential alone, as kubectl get --raw before 1.36 needs it', async () => {
    expect(JSON.parse((await get('127.0.0.1', '/version')).body)).toHaveProperty('gitVersion');
  });

  it('by host name, under a certificate that holds it', async () => {
    expect(JSON.parse((await get(`${CLUSTER}.kube.test`, '/version')).body)).toHaveProperty('gitVersion');
  });

  it('by a host name that is not the cluster of the credential: 403', async () => {
    const answer = await get('other.kube.test', '/version');
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('[ERR_PROXY_CLUSTER_UNKNOWN]');
  });

  it('SEC-E13 a REST path under a kube credential is a path of the cluster, never one of ours', async () => {
    const answer = await get('127.0.0.1', '/api/v1/me');
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ kind: 'Status' });
  });
});

describe('large answers', () => {
  it('carries a list of 5,000 objects and 30 MB whole', async () => {
    const { body } = await get('127.0.0.1', `/k/${ORGANIZATION}/${CLUSTER}/api/v1/namespaces/many/configmaps`);
    expect(body.length).toBeGreaterThan(OBJECT_COUNT * VALUE_BYTES);
    expect((JSON.parse(body) as { items: unknown[] }).items).toHaveLength(OBJECT_COUNT);
  }, 60_000);

  for (const version of ['kubectl', 'kubectlOld'] as const) {
    it.skipIf(lacks(version))(
      `${version} lists 5,000 objects`,
      async () => {
        const words = [
          '--kubeconfig',
          await stack.kubeconfig('admin'),
          '--namespace',
          'many',
          'get',
          'configmaps',
          '-o',
          'name',
        ];
        const listed = await run(part(version), words, { timeoutMs: 60_000 });
        expect(listed.stdout.trim().split('\n'), listed.stderr).toHaveLength(OBJECT_COUNT);
      },
      90_000,
    );
  }
});

describe('a port of its own for agents', () => {
  it('is where the agent came in', async () => {
    const { api } = await stack.person('auditor');
    const { items } = await api.listAuditEvents({ organization: ORGANIZATION, limit: 200 });
    expect(stack.server.health(stack.clusterId)).toMatchObject({ state: 'connected', tunnelCount: 1 });
    expect(items.map(({ code }) => code)).toContain('agent.enrolled');
  });
});
