import { API_VERSION } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks, part, run } from '../support/index.ts';
import { startFakeCluster } from './fake-account.ts';
import { CLUSTER, ORGANIZATION, type Stack, startStack } from './stack.ts';

for (const version of ['kubectl', 'kubectlOld'] as const) {
  describe.skipIf(lacks(version))(`what ${version} prints when it is denied`, () => {
    let stack: Stack;
    let kubeconfig: string;
    let close: () => Promise<void>;

    beforeAll(async () => {
      const fake = await startFakeCluster();
      stack = await startStack({ kubeconfig: fake.kubeconfig });
      close = async () => {
        await stack.close();
        await fake.cluster.close();
      };
      const { api } = await stack.person('admin');
      await api.createRequestPolicy({
        organization: ORGANIZATION,
        body: {
          apiVersion: API_VERSION,
          kind: 'RequestPolicy',
          metadata: { name: 'in-the-shop' },
          spec: {
            requesters: [{ kind: 'Group', name: 'viewers', identityProvider: 'development' }],
            roles: ['developer', 'admin'],
            scope: { kind: 'clusters', clusters: [CLUSTER], namespaces: { names: ['shop'] } },
            maxDuration: '30m',
            steps: [{ reviewers: 'permitted' }],
          },
        },
      });
      kubeconfig = await stack.kubeconfig('viewer');
    }, 120_000);
    afterAll(() => close?.());

    const kubectl = (words: string) =>
      run(part(version), ['--kubeconfig', kubeconfig, ...words.split(' ')], { input: '', timeoutMs: 60_000 });

    const ways = () => [
      'Ask for role developer:',
      `  sallyport access request --cluster ${CLUSTER} --namespace shop --role developer --duration 30m --reason '...'`,
      `  ${stack.server.publicUrl}/access/new?cluster=${CLUSTER}&namespace=shop&role=developer`,
      'Ask for role admin:',
      `  sallyport access request --cluster ${CLUSTER} --namespace shop --role admin --duration 30m --reason '...'`,
      `  ${stack.server.publicUrl}/access/new?cluster=${CLUSTER}&namespace=shop&role=admin`,
    ];

    for (const words of [
      'delete pod web-0 -n shop',
      'exec POD -n shop -- true',
      'port-forward POD -n shop 0:80',
      'create configmap settings -n shop',
    ]) {
      it(`says how to ask, line by line: ${words}`, async () => {
        const { stdout } = await kubectl('get pods -n shop -o name');
        const { code, stderr } = await kubectl(words.replace('POD', stdout.split('\n')[0] ?? ''));
        expect(code).not.toBe(0);
        const [first = '', ...rest] = stderr.trimEnd().split('\n');
        // Viewer is a bare ceiling: what is beyond it is refused by the cluster, and how to ask is added on the way back.
        expect(first).toMatch(/User "viewer@demo\.test" cannot .* in the namespace "shop"$/);
        expect(rest).toEqual(ways());
      });
    }

    it('offers nothing where nothing may be asked for', async () => {
      for (const words of ['delete pod web-0 -n payments', 'delete node node-1']) {
        const { code, stderr } = await kubectl(words);
        expect(code, words).toBe(1);
        expect(stderr.trimEnd().split('\n'), words).toHaveLength(1);
      }
    });
  });
}
