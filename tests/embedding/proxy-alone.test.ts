import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createMemorySink } from '@sallyport/audit/sinks/memory';
import { aBinding, aCluster, aPrincipal, aRole } from '@sallyport/authz/testing';
import { createId } from '@sallyport/core';
import {
  createCapabilityVerifier,
  createCredentialIssuer,
  createCredentialVerifier,
  createSigningKeyRing,
  generateSigningKey,
} from '@sallyport/core/credentials';
import { createTestCertificateAuthority } from '@sallyport/core/testing';
import type { MemoryWorld } from '@sallyport/server';
import { createTunnel } from '@sallyport/tunnel';
import { createExchangeServer } from '@sallyport/tunnel/http';
import { createMemoryLinkPair } from '@sallyport/tunnel/memory';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fetchTrusting } from '../stack/login.ts';
import { awaitCondition } from '../support/index.ts';
import { createFront } from './mounts/proxy-alone.ts';

const issuer = 'https://portal.test';
const [principal, cluster] = [aPrincipal(), aCluster()];
const session = {
  id: createId('loginSession'),
  principalId: principal.id,
  expiresAt: new Date(Date.now() + 3_600_000),
};
const world: MemoryWorld = {
  organization: { id: principal.organizationId, name: 'acme' },
  principals: [principal],
  sessions: [session],
  clusters: [cluster],
  roles: [aRole()],
  bindings: [aBinding()],
};
const ring = () => {
  const key = generateSigningKey();
  return createSigningKeyRing({ keys: [key], activeKeyId: key.keyId });
};
const [keys, capabilityKeys, sink] = [ring(), ring(), createMemorySink()];
const authority = createTestCertificateAuthority('proxy-alone');
const { certificatePem: cert, keyPem: key } = authority.issueServer(['127.0.0.1']);
const credentials = createCredentialVerifier({ issuer, keys });
const front = createFront({ world, credentials, capabilityKeys, sink }, { cert, key });
const ask = fetchTrusting(authority.certificatePem);
let url: string;
let headers: Readonly<Record<string, string>>;

beforeAll(async () => {
  const [serverLink, agentLink] = createMemoryLinkPair();
  const capabilities = createCapabilityVerifier({ clusterId: cluster.id, keys: capabilityKeys });
  // An agent of one's own: it says as whom it would act, and stays open for a watch.
  createTunnel(agentLink, {
    role: 'agent',
    onStream: createExchangeServer((head, exchange) => {
      void capabilities.verify(head.capability).then(({ impersonation }) => {
        exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
        exchange.write(Buffer.from(`${JSON.stringify({ type: 'ADDED', object: impersonation })}\n`));
        if (!head.target.includes('watch')) exchange.end();
      });
      return { onData: (chunk) => exchange.consumed(chunk.length), onEnd() {}, onReset() {}, onRenew() {} };
    }),
  });
  front.connect(cluster.id, createTunnel(serverLink, { role: 'server' }));
  await once(front.host.listen(0, '127.0.0.1'), 'listening');
  url = `https://127.0.0.1:${(front.host.address() as AddressInfo).port}/k/acme/production/api/v1/pods`;
  const claims = {
    ...{ credentialId: createId('credential'), principalId: principal.id, loginSessionId: session.id },
    ...{ organizationId: principal.organizationId, clusterId: cluster.id },
  };
  const { token } = await createCredentialIssuer({ issuer, keys }).mint(claims, 60_000);
  headers = { authorization: `Bearer ${token.reveal()}` };
});
afterAll(() => {
  front.close();
  front.host.closeAllConnections();
  front.host.close();
});

it('carries who somebody is to the cluster, and records it', async () => {
  const answer = await ask(url, { headers });
  expect(await answer.json()).toMatchObject({ object: { user: 'ann@example.com', groups: ['sallyport:view'] } });
  await awaitCondition(() => sink.events.length >= 2, { what: 'start and outcome are recorded' });
  expect(sink.events[0]).toMatchObject({ principal: { userName: 'ann@example.com' } });
  expect((await ask(url)).status).toBe(401);
});

it('ends what is open, and lets nothing more through, once a session or a binding is gone', async () => {
  const gone: readonly (readonly [Partial<MemoryWorld>, number])[] = [
    [{ bindings: [] }, 403],
    [{ sessions: [] }, 401],
    [{ principals: [] }, 401],
    [{ clusters: [] }, 403],
  ];
  for (const [change, status] of gone) {
    front.replace(world);
    const watch = await ask(`${url}?watch=true`, { headers });
    expect(watch.status).toBe(200);
    front.replace({ ...world, ...change });
    expect(await watch.text()).toMatch(/"type":"ERROR"/);
    const refused = await ask(url, { headers });
    expect([Object.keys(change), refused.status]).toEqual([Object.keys(change), status]);
  }
});
