import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessLimits } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, lacks, part, run, start, temporaryFolder } from '../support/index.ts';
import { createClusterAccount } from './cluster-account.ts';
import { uniqueName } from './kubectl-suite.ts';
import { CLUSTER, ORGANIZATION, type Stack, startStack } from './stack.ts';

/** kubectl 1.20 shows the body of no refused watch, whatever server refuses it. */
const STREAM_REFUSED = {
  kubectl:
    /auditor@demo\.test may have 1 stream .* at one time and has as many; .*role limited-\S+ .*\[ERR_PROXY_TOO_MANY_STREAMS\]/,
  kubectlOld: /Error from server \(TooManyRequests\): the server has received too many requests/,
};

for (const version of ['kubectl', 'kubectlOld'] as const) {
  describe.skipIf(lacks('cluster', version))(`${version} under limits, on a real cluster`, () => {
    const name = uniqueName('limited');
    let account: Awaited<ReturnType<typeof createClusterAccount>>;
    let stack: Stack;
    const events = join(temporaryFolder(), 'events.ndjson');
    let kubeconfig: string;
    let cache: string;

    const head = { apiVersion: 'sallyport.dev/v1' as const, metadata: { name } };
    const aRole = (limits: AccessLimits) => ({
      ...head,
      kind: 'Role' as const,
      spec: {
        permissions: ['clusters.read' as const, 'credentials.create' as const],
        kubernetes: { clusterRoles: ['edit'], limits },
      },
    });
    beforeAll(async () => {
      account = await createClusterAccount(temporaryFolder());
      const sinks = [{ name: 'events', file: { path: events } }];
      stack = await startStack({ kubeconfig: account.kubeconfig, config: { audit: { sinks } } });
      await stack.person('auditor');
      const { api } = await stack.person('admin');
      const body = aRole({ requestsPerSecond: 1, burst: 30 });
      await api.createRole({ organization: ORGANIZATION, body });
      await api.createBinding({
        organization: ORGANIZATION,
        body: {
          ...head,
          kind: 'Binding',
          spec: {
            role: name,
            subjects: [{ kind: 'User', name: 'auditor@demo.test' }],
            scope: { kind: 'clusters', clusters: [CLUSTER] },
          },
        },
      });
      kubeconfig = await stack.kubeconfig('auditor');
      cache = temporaryFolder();
    }, 120_000);
    afterAll(async () => {
      await stack?.close();
      await account?.remove();
    }, 60_000);

    const words = (...more: readonly string[]) => ['--kubeconfig', kubeconfig, '--cache-dir', cache, ...more];
    const kubectl = (...more: readonly string[]) => run(part(version), words(...more), { timeoutMs: 60_000 });
    /** How often somebody was refused for one of the limits. */
    const refused = (code: string) =>
      (existsSync(events) ? readFileSync(events, 'utf8') : '')
        .split('\n')
        .filter((line) => line.includes('proxy.request.denied') && line.includes(code))
        .reduce((sum, line) => sum + (JSON.parse(line) as { details: { count: number } }).details.count, 0);

    it('SEC-F07 waits silently for what it asks beyond the burst, and has its answer as if there were no limit', async () => {
      // Discovery from nothing is 39 requests here.
      const { code, stdout, stderr } = await kubectl('get', 'namespaces', '-o', 'name');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('namespace/default\n');
      await awaitCondition(() => refused('ERR_PROXY_RATE_LIMITED') >= 10, { what: 'the refusals are in the log' });
    }, 90_000);

    it('SEC-F07 is told the limit at once when it opens one stream too many, as soon as the role says so', async () => {
      const { api } = await stack.person('admin');
      await api.updateRole({ organization: ORGANIZATION, name, body: aRole({ concurrentStreams: 1 }) });
      const watching = start(part(version), words('get', 'configmaps', '--watch-only', '-v=6'));
      try {
        await watching.saw(/watch=true.*200 OK/, { in: 'stderr' });
        const second = await kubectl('get', 'configmaps', '--watch-only');
        expect(second.code).toBe(1);
        expect(second.stderr).toMatch(STREAM_REFUSED[version]);
        expect((await kubectl('get', 'configmaps')).code).toBe(0);
      } finally {
        await watching.stop();
      }
      await awaitCondition(() => refused('ERR_PROXY_TOO_MANY_STREAMS') === 1, { what: 'the refusal is in the log' });
      const next = start(part(version), words('get', 'configmaps', '--watch-only', '-v=6'));
      try {
        await next.saw(/watch=true.*200 OK/, { in: 'stderr' });
      } finally {
        await next.stop();
      }
    }, 90_000);
  });
}
