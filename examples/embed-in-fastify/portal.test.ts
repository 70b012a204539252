import { randomBytes } from 'node:crypto';
import { Secret } from '@sallyport/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fetchTrusting, logIn } from '../../tests/stack/login.ts';
import { awaitCondition, freePort, temporaryFolder } from '../../tests/support/index.ts';
import { startMinimal } from '../minimal/minimal.ts';
import { createPortal } from './portal.ts';

const stopping = new AbortController();
const password = new Secret(randomBytes(9).toString('base64url'));
const ada = { email: 'ada@example.com', name: 'Ada', groups: ['admins'], password };
let started: Awaited<ReturnType<typeof startMinimal>>;
let portal: ReturnType<typeof createPortal>;
let ask: typeof fetch;

beforeAll(async () => {
  const port = await freePort();
  const config = { publicUrl: `https://127.0.0.1:${port}`, agentListen: { host: '127.0.0.1', port: 0 } };
  started = await startMinimal(temporaryFolder(), [ada], stopping.signal, { config });
  portal = createPortal(started.server);
  await portal.listen({ host: '127.0.0.1', port });
  ask = fetchTrusting(started.server.caPem);
  const { server, clusterId } = started;
  await awaitCondition(() => server.health(clusterId).state === 'connected', { what: 'the agent connects' });
}, 60_000);
afterAll(async () => {
  stopping.abort();
  await started?.stopped;
  portal?.server.closeAllConnections();
  await portal?.close();
});

it('gives whoever signs in through the portal a way to the cluster', async () => {
  const { publicUrl, caPem } = started.server;
  const { api } = await logIn(publicUrl, caPem, ada.email, password.reveal());
  const { token } = await api.mintKubeCredential({ organization: 'default', name: 'demo' });
  const path = `${publicUrl}/k/default/demo/api/v1/namespaces/default/configmaps`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'by-portal' } });
  expect((await ask(path, { method: 'POST', headers, body })).status).toBe(201);
  expect(await (await ask(`${path}/by-portal`, { headers })).json()).toMatchObject({ metadata: { name: 'by-portal' } });
});

it('keeps its own routes, with bodies that fastify reads', async () => {
  const { publicUrl } = started.server;
  expect(await (await ask(publicUrl)).text()).toContain('sallyport login');
  const headers = { 'content-type': 'application/json' };
  const kept = await ask(`${publicUrl}/notes`, { method: 'POST', headers, body: '{"a":1}' });
  expect(await kept.json()).toEqual({ kept: { a: 1 } });
  expect((await ask(`${publicUrl}/nowhere`)).status).toBe(404);
});
