import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Secret } from '@sallyport/core';
import { API_VERSION } from '@sallyport/core/api';
import { expect, it } from 'vitest';
import { fetchTrusting, logIn } from '../../tests/stack/login.ts';
import { awaitCondition, temporaryFolder } from '../../tests/support/index.ts';
import { startMinimal } from '../minimal/minimal.ts';
import { listPodsUnderGrant } from './script-grants.ts';

const organization = 'default';
const cluster = 'demo';

it('asks, approves, uses and gives back, in under 40 lines', async () => {
  const stopping = new AbortController();
  const password = new Secret(randomBytes(9).toString('base64url'));
  const ada = { email: 'ada@example.com', name: 'Ada', groups: ['admins'], password };
  const { server, clusterId, stopped } = await startMinimal(temporaryFolder(), [ada], stopping.signal);
  await awaitCondition(() => server.health(clusterId).state === 'connected', { what: 'the agent connects' });
  const { api } = await logIn(server.publicUrl, server.caPem, ada.email, password.reveal());
  const keyOf = async (name: string) => {
    const document = { apiVersion: API_VERSION, kind: 'ServiceAccount', metadata: { name }, spec: {} } as const;
    await api.createServiceAccount({ organization, body: document });
    return (await api.createApiKey({ organization, name, body: { name: 'script', lifetime: '1h' } })).secret;
  };
  const requesterKey = await keyOf('inventory');
  const reviewerKey = await keyOf('gatekeeper');
  await api.createRequestPolicy({
    organization,
    body: {
      apiVersion: API_VERSION,
      kind: 'RequestPolicy',
      metadata: { name: 'inventory' },
      spec: {
        requesters: [{ kind: 'ServiceAccount', name: 'inventory' }],
        roles: ['viewer'],
        scope: { kind: 'clusters', clusters: [cluster] },
        maxDuration: '1h',
        steps: [{ reviewers: [{ kind: 'ServiceAccount', name: 'gatekeeper' }] }],
      },
    },
  });
  const options = { baseUrl: server.publicUrl, organization, cluster, requesterKey, reviewerKey };
  const pods = await listPodsUnderGrant({ ...options, fetch: fetchTrusting(server.caPem) });
  expect(pods.length).toBeGreaterThan(0);
  const { items } = await api.listGrants({ organization });
  expect(items).toMatchObject([{ state: 'revoked', role: 'viewer', endedReason: 'the inventory is done' }]);
  const lines = readFileSync(new URL('./script-grants.ts', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines.length).toBeLessThan(40);
  stopping.abort();
  await stopped;
}, 60_000);
