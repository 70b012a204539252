import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import { createKeyAndRequest } from '@sallyport/core/credentials';
import { formatKubeconfig, type KubeconfigCluster, mintKubeconfig } from '@sallyport/core/kubeconfig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks, part, run, start, temporaryFolder } from '../support/index.ts';
import { createClusterAccount } from './cluster-account.ts';
import { startFakeCluster } from './fake-account.ts';
import { defineKubectlSuite, SERVE_GREETING, TICK } from './kubectl-suite.ts';
import { CLUSTER, ORGANIZATION, type Stack, startStack } from './stack.ts';

const FORMS = ['certificate', 'token'] as const;
type Form = (typeof FORMS)[number];

/** A kubeconfig that holds a credential of the administrator, as `sallyport kube login --credential` writes it. */
async function writeKubeconfig(stack: Stack, form: Form) {
  const { api } = await stack.person('admin');
  const of = { organization: ORGANIZATION, name: CLUSTER };
  const entry = await (async (): Promise<Omit<KubeconfigCluster, 'name' | 'server'>> => {
    if (form === 'token') {
      const { token, ...held } = await api.mintStaticToken({ ...of, body: {} });
      return { caPem: stack.server.caPem, credential: { kind: 'token', ...held, token: new Secret(token) } };
    }
    const { csrPem, privateKeyPem } = createKeyAndRequest('anybody');
    const { id, expiresAt, ca, certificate, tlsServerName } = await api.issueClientCertificate({
      ...of,
      body: { csr: csrPem },
    });
    const credential = { kind: 'certificate', id, expiresAt, certificatePem: certificate, privateKeyPem } as const;
    return { caPem: ca, tlsServerName, credential };
  })();
  const server = `${stack.server.publicUrl}/k/${ORGANIZATION}/${CLUSTER}`;
  const minted = mintKubeconfig({
    server: stack.server.publicUrl,
    organization: ORGANIZATION,
    clusters: [{ name: CLUSTER, server, ...entry }],
    command: '',
    currentCluster: CLUSTER,
  });
  const path = join(stack.folder, `${form}.kubeconfig`);
  writeFileSync(path, formatKubeconfig(minted), { mode: 0o600 });
  return { path, id: entry.credential?.id ?? '' };
}

// Every connection that kubectl opens must name the host of client certificates: requests, watches and each kind of switch.
for (const version of ['kubectl', 'kubectlOld'] as const) {
  const features = { top: true, debug: version === 'kubectl' };
  defineKubectlSuite(`${version} with a client certificate`, lacks(version), features, async () => {
    const { cluster, kubeconfig } = await startFakeCluster();
    const stack = await startStack({ kubeconfig });
    return {
      kubectl: part(version),
      kubeconfig: (await writeKubeconfig(stack, 'certificate')).path,
      image: 'busybox',
      serve: TICK,
      async close() {
        await stack.close();
        await cluster.close();
      },
    };
  });
}

defineKubectlSuite(
  'kubectl with a client certificate, on a real cluster',
  lacks('cluster', 'image', 'kubectl'),
  { top: true },
  async () => {
    const account = await createClusterAccount(temporaryFolder());
    const stack = await startStack({ kubeconfig: account.kubeconfig });
    return {
      kubectl: part('kubectl'),
      kubeconfig: (await writeKubeconfig(stack, 'certificate')).path,
      image: part('image'),
      serve: SERVE_GREETING,
      async close() {
        await stack.close();
        await account.remove();
      },
    };
  },
);

describe.skipIf(lacks('kubectl', 'kubectlOld'))('a kubeconfig that holds its credential', () => {
  let cluster: Awaited<ReturnType<typeof startFakeCluster>>['cluster'];
  let stack: Stack;
  beforeAll(async () => {
    const fake = await startFakeCluster();
    cluster = fake.cluster;
    stack = await startStack({ kubeconfig: fake.kubeconfig });
  }, 60_000);
  afterAll(async () => {
    await stack?.close();
    await cluster?.close();
  });

  for (const form of FORMS) {
    it(`SEC-E19 works in every kubectl (${form}) until it is revoked, which ends what runs under it`, async () => {
      const { path, id } = await writeKubeconfig(stack, form);
      const versions = [part('kubectl'), part('kubectlOld')];
      const get = (kubectl: string, words: readonly string[]) =>
        run(kubectl, ['--kubeconfig', path, ...words], { input: '' });
      for (const kubectl of versions) {
        for (const words of [
          ['get', 'namespaces'],
          ['get', '--raw', '/api/v1/namespaces'],
        ]) {
          const { code, stdout, stderr } = await get(kubectl, words);
          expect([code, stderr]).toEqual([0, '']);
          expect(stdout).toContain('default');
        }
      }
      const watches = versions.map((kubectl) =>
        start(kubectl, ['--kubeconfig', path, 'get', 'namespaces', '--watch'], { input: '' }),
      );
      for (const watch of watches) await watch.saw(/default/);

      await (await stack.person('admin')).api.revokeMyCredential({ id });
      for (const watch of watches) expect((await watch.ended).stdout).toContain('the credential was revoked');
      for (const kubectl of versions) {
        const { code, stderr } = await get(kubectl, ['get', 'namespaces']);
        expect([code, stderr]).toEqual([1, expect.stringContaining('the credential was revoked')]);
      }
    }, 60_000);
  }
});
