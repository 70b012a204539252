import { createFakeKubeApiServer, type FakeKubeApiServer } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { accessCases } from './access-cases.ts';
import { formCases } from './form-cases.ts';
import { objectCases } from './object-cases.ts';
import { patchCases } from './patch-cases.ts';
import { forgetPods, podCases } from './pod-cases.ts';
import { createTarget, readConnection, type Target } from './target.ts';
import { watchCases } from './watch-cases.ts';

const suites = {
  objects: objectCases,
  forms: formCases,
  patches: patchCases,
  watches: watchCases,
  access: accessCases,
  pods: podCases,
};

const kubeconfig = process.env['SALLYPORT_TEST_KUBECONFIG'];

async function createNamespace(target: Target): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: target.namespace } };
  await target.send('POST', '/api/v1/namespaces', { body });
  // Pods need the default service account, which a controller makes.
  const path = `/api/v1/namespaces/${target.namespace}/serviceaccounts?watch=true&fieldSelector=metadata.name%3Ddefault`;
  const watch = await target.stream(path);
  await watch.next();
  watch.close();
}

function run(target: () => Target): void {
  for (const [suite, cases] of Object.entries(suites)) {
    describe(suite, () => {
      for (const one of cases) it(one.name, () => one.run(target()), 90_000);
    });
  }
}

describe('Kubernetes contract of the fake API server', () => {
  let fake: FakeKubeApiServer;
  let target: Target;
  beforeAll(async () => {
    fake = createFakeKubeApiServer();
    const url = await fake.listen();
    const facts = {
      name: 'fake',
      minor: 36,
      namespace: 'contract',
      image: 'busybox:1',
      forgetHistory: () => fake.compact(),
    };
    target = createTarget({ url, ca: fake.caPem, token: 'admin-token' }, facts);
    await createNamespace(target);
  });
  afterAll(async () => {
    forgetPods();
    await fake.close();
  });
  run(() => target);
});

describe.skipIf(kubeconfig === undefined)(
  kubeconfig === undefined
    ? 'Kubernetes contract of a real cluster: set SALLYPORT_TEST_KUBECONFIG to a kubeconfig with cluster-admin to run it'
    : 'Kubernetes contract of a real cluster',
  () => {
    let target: Target;
    beforeAll(async () => {
      const connection = readConnection(kubeconfig ?? '');
      const namespace = `sallyport-contract-${process.pid}`;
      const image = process.env['SALLYPORT_TEST_IMAGE'] ?? 'kcluster.local/busybox:1';
      const facts = { name: 'real', minor: 0, namespace, image };
      const { json } = await createTarget(connection, facts).send('GET', '/version');
      target = createTarget(connection, { ...facts, minor: Number.parseInt(json.minor, 10) });
      await createNamespace(target);
    });
    afterAll(async () => {
      forgetPods();
      await target.send('DELETE', `/api/v1/namespaces/${target.namespace}`);
    });
    run(() => target);
  },
);
