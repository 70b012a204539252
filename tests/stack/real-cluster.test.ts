import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { lacks, part, temporaryFolder } from '../support/index.ts';
import { createClusterAccount } from './cluster-account.ts';
import { defineKubectlSuite, SERVE_GREETING } from './kubectl-suite.ts';
import { startStack } from './stack.ts';

// The whole path to a real cluster, with the oldest kubectl that is supported and a current one.
for (const version of ['kubectl', 'kubectlOld'] as const) {
  const skip = lacks('cluster', 'auditLog', 'image', 'kubectl', version);
  defineKubectlSuite(
    `${version} through the tunnel to a real cluster`,
    skip,
    { top: true, witness: true },
    async () => {
      const account = await createClusterAccount(temporaryFolder());
      const stack = await startStack({ kubeconfig: account.kubeconfig });
      return {
        kubectl: part(version),
        kubeconfig: await stack.kubeconfig('admin'),
        image: part('image'),
        serve: SERVE_GREETING,
        witness: async (namespace) => {
          const seen = requestsIn(namespace, account.userName);
          const verbs = new Set(
            seen.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}/${objectRef?.subresource ?? ''}`),
          );
          for (const expected of [
            'create pods/exec',
            'create pods/attach',
            'create pods/portforward',
            'get pods/log',
            'watch pods/',
            'patch configmaps/',
          ]) {
            expect([...verbs]).toContain(expected);
          }
          for (const event of seen) {
            expect(event.impersonatedUser, event.requestURI).toMatchObject({
              username: 'admin@demo.test',
              groups: ['sallyport:cluster-admin', 'system:authenticated'],
            });
          }
        },
        async close() {
          await stack.close();
          await account.remove();
        },
      };
    },
  );
}

interface KubeAuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string; readonly groups?: readonly string[] };
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly namespace?: string };
}

/** What the cluster's audit log has of an account's requests in a namespace. */
function requestsIn(namespace: string, userName: string): KubeAuditEvent[] {
  return readFileSync(part('auditLog'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(namespace))
    .map((line) => JSON.parse(line) as KubeAuditEvent)
    .filter(({ user, objectRef }) => user.username === userName && objectRef?.namespace === namespace);
}
