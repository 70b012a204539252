import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { awaitCondition, lacks, part, repository, run, temporaryFolder } from '../support/index.ts';

/** `npm run quickstart` as a person types it; npm, the shell and the program are one process group. */
function startQuickstart(args: readonly string[]) {
  const child = spawn('npm', ['run', 'quickstart', '--', ...args], {
    cwd: repository,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // As from a fresh shell: this test runs below npm, which hands its configuration down.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close');
  const kill = (signal: NodeJS.Signals) => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, signal);
  };
  process.once('exit', () => kill('SIGKILL'));
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    isOver: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      kill('SIGINT');
      const timer = setTimeout(() => kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

describe('npm run quickstart -- --json', () => {
  it('prints one line of JSON and nothing else on stdout, and its kubeconfigs work at once', async () => {
    const state = temporaryFolder('quickstart');
    const quickstart = startQuickstart(['--json', '--state', state, '--port', '0']);
    try {
      await awaitCondition(() => quickstart.stdout().includes('\n') || quickstart.isOver(), {
        what: 'the line of JSON',
        timeoutMs: 150_000,
      });
      expect(quickstart.isOver(), quickstart.stderr()).toBe(false);
      expect(quickstart.stdout().trimEnd().split('\n')).toHaveLength(1);
      const report = JSON.parse(quickstart.stdout());
      expect(report).toMatchObject({
        url: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
        caFile: expect.any(String),
        organization: expect.any(String),
        cluster: expect.any(String),
      });
      expect(Object.keys(report.users).sort()).toEqual(['admin', 'approver', 'auditor', 'developer', 'viewer']);
      for (const user of Object.values<{ home: string; kubeconfig: string }>(report.users)) {
        expect(existsSync(user.home)).toBe(true);
        expect(statSync(user.kubeconfig).mode & 0o077).toBe(0);
      }
      if (!lacks('kubectl')) {
        const words = ['--kubeconfig', report.users.viewer.kubeconfig, 'auth', 'can-i', 'list', 'pods'];
        expect(await run(part('kubectl'), words)).toMatchObject({ code: 0, stdout: 'yes\n' });
      }
    } finally {
      await quickstart.stop();
    }
    expect(quickstart.stdout().trimEnd().split('\n')).toHaveLength(1);
  }, 240_000);
});
