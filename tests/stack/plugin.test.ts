import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialFiles } from '../../packages/cli/src/kube/credential-files.ts';
import { createHome } from '../../packages/cli/src/state/home.ts';
import { runCaptured } from '../../packages/cli/src/testing/run-captured.ts';
import { lacks, part, repository, run } from '../support/index.ts';
import { startFakeCluster } from './fake-account.ts';
import { CLUSTER, ORGANIZATION, type Stack, startStack } from './stack.ts';

const AT_ONCE = 20;

// The plugin as kubectl runs it: the shim that `kube login` wrote, and behind it the built command line, a process each.
describe.skipIf(lacks('kubectl', 'kubectlOld'))('the credential plugin under real kubectls', () => {
  let cluster: Awaited<ReturnType<typeof startFakeCluster>>['cluster'];
  let stack: Stack;
  let kubeconfig: string;
  let command: (argv: readonly string[]) => ReturnType<typeof runCaptured>;
  let cache: string;

  beforeAll(async () => {
    const fake = await startFakeCluster();
    cluster = fake.cluster;
    stack = await startStack({ kubeconfig: fake.kubeconfig });
    const home = createHome(join(stack.folder, 'home'));
    kubeconfig = join(stack.folder, 'plugin.kubeconfig');
    const caFile = join(stack.folder, 'ca.pem');
    writeFileSync(caFile, stack.server.caPem);
    command = (argv) =>
      runCaptured(argv, {
        env: { SALLYPORT_HOME: home.folder, KUBECONFIG: kubeconfig },
        userHome: home.folder,
        openBrowser: stack.browserOf('admin'),
        selfCommand: [process.execPath, join(repository, 'packages/cli/bin/sallyport.js')],
      });
    for (const argv of [
      ['login', stack.server.publicUrl, '--ca-file', caFile],
      ['kube', 'login', '--cluster', CLUSTER, '--set-current'],
    ]) {
      const { exitCode, stderr } = await command(argv);
      expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
    }
    const account = { url: stack.server.publicUrl, organization: ORGANIZATION, userName: 'admin@demo.test' };
    cache = credentialFiles(home, account, CLUSTER).cache;
  }, 60_000);
  afterAll(async () => {
    await stack?.close();
    await cluster?.close();
  });

  const minted = async () => (await (await stack.person('admin')).api.listMyCredentials()).metadata.totalCount;
  const kubectl = (program: string, config = kubeconfig) =>
    run(program, ['--kubeconfig', config, 'get', 'namespaces', '-o', 'name'], { timeoutMs: 120_000 });
  /** As many at once as a script with a loop starts, of both versions. */
  const many = () =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, i) => kubectl(part(i % 2 === 0 ? 'kubectl' : 'kubectlOld'))));

  it('gets one credential for all processes that start without one, and one more once that has expired', async () => {
    const before = await minted();
    for (const [round, ends] of ['none yet', 'one that has expired'].entries()) {
      const outcomes = await many();
      for (const { code, stdout, stderr } of outcomes) {
        expect([ends, code, stderr]).toEqual([ends, 0, '']);
        expect(stdout).toContain('namespace/default');
      }
      expect(await minted()).toBe(before + round + 1);
      const [, credential] = readFileSync(cache, 'utf8').split('\n');
      writeFileSync(cache, `${Math.floor(Date.now() / 1_000) - 1}\n${credential}\n`);
    }
  }, 240_000);

  it('fails without a login session in one line that says what to do, and asks nothing', async () => {
    const kept = join(stack.folder, 'kept.kubeconfig');
    cpSync(kubeconfig, kept);
    // The session ends at the server; the context stays, and so does what the command line has of the session.
    const { exitCode } = await command(['login-sessions', 'end', '--mine']);
    expect(exitCode).toBe(0);
    for (const version of ['kubectl', 'kubectlOld'] as const) {
      const { code, stdout, stderr } = await kubectl(part(version), kept);
      expect([code, stdout]).toEqual([1, '']);
      const lines = new Set(stderr.split('\n').filter((line) => line.startsWith('sallyport: ')));
      expect([...lines]).toEqual([expect.stringContaining('sallyport login')]);
    }
  }, 120_000);
});
