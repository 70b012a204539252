import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome } from '../../packages/cli/src/state/home.ts';
import { runCaptured } from '../../packages/cli/src/testing/run-captured.ts';
import { awaitCondition, lacks, type Program, part, start } from '../support/index.ts';
import { startFakeCluster } from './fake-account.ts';
import { TICK, uniqueName } from './kubectl-suite.ts';
import { type Stack, startStack } from './stack.ts';

interface Listed {
  readonly items: readonly { readonly id: string; readonly state: string; readonly command?: readonly string[] }[];
}

// What an auditor does at the command line with sessions that an administrator has through kubectl.
for (const version of ['kubectl', 'kubectlOld'] as const) {
  describe.skipIf(lacks(version))(`sessions of ${version}`, () => {
    const namespace = uniqueName('sessions');
    let cluster: Awaited<ReturnType<typeof startFakeCluster>>['cluster'];
    let stack: Stack;
    let kubeconfig: string;
    let home: string;
    const kubectl = (words: readonly string[]): Program =>
      start(part(version), ['--kubeconfig', kubeconfig, '-n', namespace, ...words], { input: '' });
    const auditor = (argv: readonly string[]) =>
      runCaptured(argv, {
        env: { SALLYPORT_HOME: home },
        userHome: home,
        openBrowser: stack.browserOf('auditor'),
      });
    async function list(...flags: string[]): Promise<Listed['items']> {
      const { stdout, stderr } = await auditor(['sessions', 'list', '-o', 'json', '-n', namespace, ...flags]);
      return stdout === '' ? expect.fail(stderr) : (JSON.parse(stdout) as Listed).items;
    }

    beforeAll(async () => {
      const fake = await startFakeCluster();
      cluster = fake.cluster;
      stack = await startStack({ kubeconfig: fake.kubeconfig });
      kubeconfig = await stack.kubeconfig('admin');
      home = createHome(join(stack.folder, 'home')).folder;
      const caFile = join(stack.folder, 'ca.pem');
      writeFileSync(caFile, stack.server.caPem);
      const { exitCode, stderr } = await auditor(['login', stack.server.publicUrl, '--ca-file', caFile]);
      expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
      for (const words of [
        ['create', 'namespace', namespace],
        ['run', 'web', '--image=busybox', '--', 'sh', '-c', TICK],
        ['wait', '--for=condition=Ready', 'pod/web', '--timeout=60s'],
      ]) {
        const { code, stderr: said } = await kubectl(words).ended;
        expect([code, said]).toEqual([0, expect.any(String)]);
      }
    }, 120_000);
    afterAll(async () => {
      await stack?.close();
      await cluster?.close();
    });

    it('SEC-G04 are exported as they were, and played without anything that acts on a terminal', async () => {
      const hostile = '\\033]0;owned\\007\\033]52;c;eA==\\007\\033[6n\\033[31mred\\033[0m';
      const { code } = await kubectl(['exec', 'web', '--', 'sh', '-c', `printf '${hostile}'`]).ended;
      expect(code).toBe(0);
      const [first] = await awaitCondition(
        async () => {
          const items = await list('--state', 'complete');
          return items.length > 0 && items;
        },
        { what: 'the session is recorded' },
      );
      const id = first?.id ?? expect.fail('no session');
      const exported = await auditor(['sessions', 'export', id]);
      const [header, ...events] = exported.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(header.version).toBe(2);
      const printed = events.filter(([, kind]) => kind === 'o').map(([, , data]) => data);
      expect(printed.join('')).toBe('\u001b]0;owned\u0007\u001b]52;c;eA==\u0007\u001b[6n\u001b[31mred\u001b[0m');
      const played = await auditor(['sessions', 'play', id, '--no-tty', '--speed', '100']);
      expect([played.exitCode, played.stderr]).toEqual([0, '']);
      expect(played.stdout).toBe('\u001b[31mred\u001b[0m\u001b[0m');
      const shown = await auditor(['sessions', 'show', id]);
      expect(shown.stdout).toContain('Exit code');
      expect(shown.stdout).not.toContain('\u001b');
    }, 90_000);

    it('are watched while they run, and ended with a reason that kubectl prints within a second', async () => {
      const exec = kubectl(['exec', 'web', '--', 'sh', '-c', 'echo before; sleep 60; echo after']);
      await exec.saw(/before/);
      const [session] = await list('--running');
      const id = session?.id ?? expect.fail('no running session');
      const join = auditor(['sessions', 'join', id]);
      const { api } = await stack.person('admin');
      // The auditor may watch and not end; the administrator ends.
      const refused = await auditor(['sessions', 'terminate', id, '--reason', 'no']);
      expect(refused.exitCode).not.toBe(0);
      await api.terminateMySession({ id, body: { reason: 'not agreed upon' } });
      const sinceMs = Date.now();
      const { code, stdout, stderr } = await exec.ended;
      expect(Date.now() - sinceMs).toBeLessThan(1_000);
      expect([code === 0, stdout]).toEqual([false, 'before\n']);
      expect(stderr).toContain('admin@demo.test ended this session: "not agreed upon"');
      const joined = await join;
      expect(joined.exitCode).toBe(0);
      expect(joined.stdout).toContain('before');
      expect(joined.stderr).toContain('The session is over');
      expect(await list('--running')).toEqual([]);
    }, 90_000);

    it('are found by what was printed', async () => {
      await kubectl(['exec', 'web', '--', 'sh', '-c', 'echo needle in the haystack']).ended;
      const { stdout } = await awaitCondition(
        async () => {
          const found = await auditor(['sessions', 'search', '"NEEDLE in" haystack', '-n', namespace, '--no-headers']);
          return found.stdout !== '' && found;
        },
        { what: 'the recording can be searched' },
      );
      expect(stdout).toContain('needle in the haystack');
    }, 90_000);
  });
}
