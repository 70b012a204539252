import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, lacks, part, run, temporaryFolder } from '../support/index.ts';
import { createClusterAccount } from './cluster-account.ts';
import { uniqueName } from './kubectl-suite.ts';
import { ORGANIZATION, type Stack, startStack } from './stack.ts';

describe.skipIf(lacks('cluster', 'kubectl'))('changes in audit, with kubectl on a real cluster', () => {
  const namespace = uniqueName('changes');
  let account: Awaited<ReturnType<typeof createClusterAccount>>;
  let stack: Stack;
  let kubeconfig: string;
  beforeAll(async () => {
    account = await createClusterAccount(temporaryFolder());
    stack = await startStack({ kubeconfig: account.kubeconfig });
    kubeconfig = await stack.kubeconfig('admin');
    await kubectl('create', 'namespace', namespace);
  }, 120_000);
  afterAll(async () => {
    if (stack !== undefined) await kubectl('delete', 'namespace', namespace, '--wait=false');
    await stack?.close();
    await account?.remove();
  }, 60_000);

  async function kubectl(...argv: readonly string[]): Promise<void> {
    const done = await run(part('kubectl'), [...argv, '--kubeconfig', kubeconfig]);
    expect(done.code, done.stderr).toBe(0);
  }

  it('SEC-G03 what kubectl writes is told with its way back, and no secret of it', async () => {
    const file = join(stack.folder, 'objects.json');
    const apply = async (mode: string, password: string) => {
      const items = [
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' }, data: { mode, api_key: password } },
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web' }, stringData: { password } },
      ];
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
      await kubectl('apply', '-n', namespace, '-f', file);
    };
    await apply('prod', 'canary-one');
    await apply('test', 'canary-two');
    await kubectl('delete', '-n', namespace, 'secret', 'web');
    const { api } = await stack.person('admin');
    const told = async () => {
      const { items } = await api.listAuditEvents({ organization: ORGANIZATION, code: 'proxy.request.completed' });
      return items.filter(({ change, request }) => change !== undefined && request?.path.includes(namespace));
    };
    await awaitCondition(async () => (await told()).length >= 5, { what: 'the changes in the audit log' });
    const changes = (await told()).toReversed();
    expect(changes.map(({ request }) => `${request?.method} ${request?.attributes?.resource}`)).toEqual(
      expect.arrayContaining([
        'POST configmaps',
        'POST secrets',
        'PATCH configmaps',
        'PATCH secrets',
        'DELETE secrets',
      ]),
    );
    const patched = changes.find(({ request }) => request?.method === 'PATCH')?.change;
    expect(patched?.patch).toContainEqual({ op: 'replace', path: '/data/mode', value: 'test' });
    const text = JSON.stringify(changes);
    for (const secret of ['canary-one', 'canary-two']) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString('base64'));
    }
  }, 60_000);
});
