import { randomBytes } from 'node:crypto';
import { ApiException, CoreV1Api, Watch } from '@kubernetes/client-node';
import { Secret } from '@sallyport/core';
import { API_VERSION, createApiClient } from '@sallyport/core/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fetchTrusting, logIn, type Person } from '../../tests/stack/login.ts';
import { awaitCondition, temporaryFolder } from '../../tests/support/index.ts';
import { startMinimal } from '../minimal/minimal.ts';
import { clientFor, mintFor } from './kubeconfig-minting.ts';

const organization = 'default';
const cluster = 'demo';
const name = 'inventory';
const stopping = new AbortController();
let running: Awaited<ReturnType<typeof startMinimal>>;
let admin: Person['api'];
let kubeconfig: string;

beforeAll(async () => {
  const password = new Secret(randomBytes(9).toString('base64url'));
  const ada = { email: 'ada@example.com', name: 'Ada', groups: ['admins'], password };
  running = await startMinimal(temporaryFolder(), [ada], stopping.signal);
  const { server, clusterId } = running;
  await awaitCondition(() => server.health(clusterId).state === 'connected', { what: 'the agent connects' });
  admin = (await logIn(server.publicUrl, server.caPem, ada.email, password.reveal())).api;
  await admin.createServiceAccount({
    organization,
    body: { apiVersion: API_VERSION, kind: 'ServiceAccount', metadata: { name }, spec: {} },
  });
  await admin.createBinding({
    organization,
    body: {
      apiVersion: API_VERSION,
      kind: 'Binding',
      metadata: { name },
      spec: { role: 'viewer', subjects: [{ kind: 'ServiceAccount', name }], scope: { kind: 'organization' } },
    },
  });
  const { secret } = await admin.createApiKey({ organization, name, body: { name: 'script', lifetime: '1h' } });
  const { publicUrl: baseUrl, caPem } = server;
  const api = createApiClient({ baseUrl, fetch: fetchTrusting(caPem), accessToken: () => secret });
  kubeconfig = await mintFor(api, { baseUrl, organization, cluster, caPem, lifetime: '10m' });
}, 60_000);
afterAll(async () => {
  stopping.abort();
  await running?.stopped;
});

it('lists and watches with @kubernetes/client-node, as the account and no more', async () => {
  const config = clientFor(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const [pod] = (await core.listPodForAllNamespaces()).items;
  const { namespace = '', name: podName = '' } = pod?.metadata ?? {};
  expect(podName).not.toBe('');

  const seen: string[] = [];
  const watch = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/pods`,
    {},
    (type) => seen.push(type),
    () => {},
  );
  await awaitCondition(() => seen.includes('ADDED'), { what: 'the watch tells of a pod' });
  watch.abort();

  const refused = core.deleteNamespacedPod({ namespace, name: podName });
  await expect(refused).rejects.toThrow(ApiException);
  await expect(refused).rejects.toMatchObject({
    code: 403,
    body: expect.stringContaining('"serviceaccount:inventory\\" cannot delete resource'),
  });
});

it('holds no key to anything else: once the key of the account is gone, the file opens nothing', async () => {
  expect(kubeconfig).not.toContain('sak_');
  const [key] = (await admin.listApiKeys({ organization, name })).items;
  await admin.revokeApiKey({ organization, name, id: key?.id ?? '' });
  const core = clientFor(kubeconfig).makeApiClient(CoreV1Api);
  await awaitCondition(
    () =>
      core.listNamespacedPod({ namespace: 'default' }).then(
        () => false,
        (error: unknown) => error instanceof ApiException && error.code === 401,
      ),
    { what: 'the credential is refused' },
  );
});
