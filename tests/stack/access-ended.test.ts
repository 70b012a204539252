import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  awaitCondition,
  lacks,
  type Outcome,
  type Program,
  part,
  run,
  start,
  temporaryFolder,
} from '../support/index.ts';
import { type ClusterAccount, createClusterAccount } from './cluster-account.ts';
import { TICK, uniqueName } from './kubectl-suite.ts';
import { CLUSTER, ORGANIZATION, type Stack, startStack } from './stack.ts';

const ROLE = 'on-call';
/** Time enough for four programs to start, in seconds. */
const SHORT_GRANT_S = 25;

// What people see of the end of a grant, with the oldest kubectl that is supported and a current one.
for (const version of ['kubectl', 'kubectlOld'] as const) {
  const skip = lacks('cluster', 'auditLog', 'image', 'kubectl', version);
  describe.skipIf(skip)(`${version} under a grant on a real cluster`, () => {
    const namespace = uniqueName('ended');
    let account: ClusterAccount;
    let stack: Stack;
    let kubeconfig: string;
    const admin = (words: readonly string[], input = '') =>
      run(part('kubectl'), ['--kubeconfig', part('cluster'), '-n', namespace, ...words], { input, timeoutMs: 90_000 });
    const as = (words: readonly string[]): Program =>
      start(part(version), ['--kubeconfig', kubeconfig, '-n', namespace, ...words], { input: '' });

    beforeAll(async () => {
      account = await createClusterAccount(temporaryFolder());
      await admin(['create', 'namespace', namespace]);
      await awaitCondition(async () => (await admin(['get', 'serviceaccount', 'default'])).code === 0, {
        what: 'the namespace has its default service account',
      });
      const applied = await admin(['apply', '-f', '-'], aPod());
      expect(applied.code, applied.stderr).toBe(0);
      const ready = await admin(['wait', '--for=condition=Ready', 'pod/web', '--timeout=80s']);
      expect(ready.code, ready.stderr).toBe(0);
      // By then it serves its port.
      await awaitCondition(async () => (await admin(['logs', 'web'])).stdout.includes('tick'), {
        what: 'the pod is up',
      });
      stack = await startStack({ kubeconfig: account.kubeconfig });
      const { api } = await stack.person('admin');
      await api.createRole({
        organization: ORGANIZATION,
        body: {
          apiVersion: 'sallyport.dev/v1',
          kind: 'Role',
          metadata: { name: ROLE },
          // Another ceiling than that of the role which the person has for good.
          spec: { kubernetes: { clusterRoles: ['cluster-admin'] } },
        },
      });
      kubeconfig = await stack.kubeconfig('viewer');
    }, 180_000);
    afterAll(async () => {
      await stack?.close();
      await admin(['delete', 'pods', '--all', '--force', '--grace-period=0', '--wait=false']);
      await admin(['delete', 'namespace', namespace, '--wait=false']);
      await account?.remove();
    }, 60_000);

    const grant = async (seconds: number) => {
      const { api } = await stack.person('admin');
      return api.createGrant({
        organization: ORGANIZATION,
        body: {
          user: 'viewer@demo.test',
          role: ROLE,
          scope: { kind: 'clusters', clusters: [CLUSTER], namespaces: { names: [namespace] } },
          duration: `${seconds}s`,
          reason: 'the shop is down',
        },
      });
    };

    /** Opens one stream of each kind, and waits until each has something to lose. */
    async function openAll() {
      // Secrets are what the role for good does not show.
      const watch = as(['get', 'secrets', '--watch']);
      const exec = as(['exec', '-i', 'web', '--', 'sh', '-c', 'echo in; sleep 1000']);
      const logs = as(['logs', '-f', 'web', '--tail=1']);
      const forward = as(['port-forward', 'pod/web', '0:8080']);
      const { api } = await stack.person('admin');
      const from = new Date(Date.now() - 1_000).toISOString();
      await Promise.all([exec.saw(/in/), logs.saw(/tick/), watch.saw(/NAME/)]);
      // It shows a list first, and asks for the watch after that.
      await awaitCondition(
        async () => {
          const asked = { organization: ORGANIZATION, code: 'proxy.request.started', verb: 'watch', from } as const;
          const { items } = await api.listAuditEvents(asked);
          return items.some(({ request }) => request?.path.includes(`/namespaces/${namespace}/secrets`));
        },
        { what: 'the watch is open' },
      );
      const [, port] = await forward.saw(/Forwarding from 127\.0\.0\.1:(\d+)/);
      const socket = connect(Number(port), '127.0.0.1');
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      socket.on('error', () => {});
      return { watch, exec, logs, forward, socket };
    }

    async function expectEnds(
      { watch, exec, logs, forward, socket }: Awaited<ReturnType<typeof openAll>>,
      reason: RegExp,
    ): Promise<void> {
      const [watched, executed, logged, forwarded] = await Promise.all(
        [watch, exec, logs, forward].map(({ ended }) => ended),
      );
      socket.destroy();
      const told = (outcome: Outcome | undefined) => `${outcome?.stdout}${outcome?.stderr}`;
      expect(told(executed)).toMatch(reason);
      expect(executed?.code).toBe(1);
      expect(told(watched)).toMatch(reason);
      expect(told(logged)).toMatch(reason);
      expect(told(forwarded)).toMatch(/lost connection to pod/);

      const { api } = await stack.person('viewer');
      const ended = await awaitCondition(
        async () => {
          const { items } = await api.listMyEndedStreams();
          const mine = items.filter((item) => item.namespace === namespace && reason.test(item.reason));
          return mine.length >= 4 && mine;
        },
        { what: 'all four are told of' },
      );
      expect(ended.map(({ resource }) => resource).sort()).toEqual([
        'pods/exec',
        'pods/log',
        'pods/portforward',
        'secrets',
      ]);
    }

    async function expectNothingMore(since: Date): Promise<void> {
      const refused = await run(part(version), ['--kubeconfig', kubeconfig, '-n', namespace, 'get', 'secrets'], {});
      expect(refused.code).toBe(1);
      const after = requestsOf(namespace, 'viewer@demo.test').filter(
        ({ requestReceivedTimestamp, impersonatedUser }) =>
          new Date(requestReceivedTimestamp) > since && impersonatedUser?.groups?.includes('sallyport:cluster-admin'),
      );
      expect(after).toEqual([]);
    }

    it('SEC-C12 ends exec, logs -f, get -w and port-forward when it is revoked, with the reason', async () => {
      const { id } = await grant(3_600);
      const open = await openAll();
      const { api } = await stack.person('admin');
      await api.revokeGrant({ organization: ORGANIZATION, id, body: { reason: 'the shop is up again' } });
      await expectEnds(
        open,
        new RegExp(
          `the grant ${id} of role ${ROLE} was revoked by admin@demo.test at [\\d:TZ-]+: \\\\?"the shop is up again`,
        ),
      );
      await expectNothingMore(new Date());
    }, 120_000);

    it('SEC-C12 ends them when it ends by the clock, after a warning', async () => {
      const { id, endsAt } = await grant(SHORT_GRANT_S);
      const warned = await run(part(version), ['--kubeconfig', kubeconfig, '-n', namespace, 'get', 'secrets'], {});
      expect(warned.stderr).toContain(`Warning: grant ${id} of role ${ROLE} ends at ${endsAt.toISOString()}`);
      const open = await openAll();
      await expectEnds(open, new RegExp(`the grant ${id} of role ${ROLE} ended at`));
      expect(Date.now()).toBeGreaterThanOrEqual(endsAt.getTime());
      await expectNothingMore(endsAt);
    }, 120_000);

    function aPod(): string {
      return JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web' },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'main',
              image: part('image'),
              imagePullPolicy: 'IfNotPresent',
              command: ['sh', '-c', `mkdir -p /tmp/www; httpd -p 8080 -h /tmp/www; ${TICK}`],
            },
          ],
        },
      });
    }
  });
}

interface KubeAuditEvent {
  readonly requestURI: string;
  readonly requestReceivedTimestamp: string;
  readonly impersonatedUser?: { readonly username: string; readonly groups?: readonly string[] };
}

/** What the cluster's audit log has of a person's requests in a namespace. */
function requestsOf(namespace: string, userName: string): readonly KubeAuditEvent[] {
  return readFileSync(part('auditLog'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(`/namespaces/${namespace}/`))
    .map((line) => JSON.parse(line) as KubeAuditEvent)
    .filter(({ impersonatedUser }) => impersonatedUser?.username === userName);
}
