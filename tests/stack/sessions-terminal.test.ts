import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome } from '../../packages/cli/src/state/home.ts';
import { runCaptured } from '../../packages/cli/src/testing/run-captured.ts';
import { lacks, part, repository, run, start, startInTerminal, type TerminalProgram } from '../support/index.ts';
import { startFakeCluster } from './fake-account.ts';
import { listRecordings, recordingOf } from './recordings.ts';
import { type Stack, startStack } from './stack.ts';

const SALLYPORT = join(repository, 'packages/cli/bin/sallyport.js');
/** What acts on a terminal, or reorders what it shows. */
const HOSTILE = '\\033]0;owned\\007\\033]52;c;eA==\\007\\033[6n\\033[31mred\\033[0m';
// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal begins with ESC.
const ACTS = /\u001b\]|\u001b\[6n|\u0007|\u202e/;

// The command line as a program in a terminal of its own, as people have it.
describe.skipIf(lacks('kubectl'))('recorded sessions in a terminal', () => {
  let stack: Stack;
  let closeCluster: () => Promise<void>;
  let kubeconfig: string;
  let home: string;
  /** Of a session that says one, two after six seconds, and three after six more. */
  let id: string;
  const kubectl = (...words: readonly string[]) => ['--kubeconfig', kubeconfig, ...words];
  const environment = () => ({ SALLYPORT_HOME: home, LANG: 'C.UTF-8' });
  /** Runs a command line, then says how it left the terminal. */
  function sallyport(...argv: readonly string[]): TerminalProgram {
    const script = '"$0" "$@"; code=$?; stty -a; exit $code';
    return startInTerminal('sh', ['-c', script, process.execPath, SALLYPORT, ...argv], { env: environment() });
  }
  function expectRestored(shown: string): void {
    expect(shown).toMatch(/ icanon/);
    expect(shown).toMatch(/ echo /);
    expect(shown).not.toMatch(/-icanon|-echo |-isig/);
  }

  beforeAll(async () => {
    const fake = await startFakeCluster();
    closeCluster = () => fake.cluster.close();
    stack = await startStack({ kubeconfig: fake.kubeconfig });
    kubeconfig = await stack.kubeconfig('admin');
    home = createHome(join(stack.folder, 'home')).folder;
    const caFile = join(stack.folder, 'ca.pem');
    writeFileSync(caFile, stack.server.caPem);
    const login = { env: { SALLYPORT_HOME: home }, userHome: home, openBrowser: stack.browserOf('admin') };
    const { exitCode, stderr } = await runCaptured(['login', stack.server.publicUrl, '--ca-file', caFile], login);
    expect(exitCode, stderr).toBe(0);
    const made = await run(part('kubectl'), kubectl('run', 'web', '--image=busybox', '--', 'sleep', '3600'));
    expect(made.code, made.stderr).toBe(0);
    const script = 'echo one; sleep 6; echo two; sleep 6; echo three';
    const { session } = await recordingOf(stack, 'exec', () =>
      run(part('kubectl'), kubectl('exec', 'web', '--', 'sh', '-c', script)),
    );
    id = session.id;
  }, 180_000);
  afterAll(async () => {
    await stack?.close();
    await closeCluster?.();
  });

  it('play faster, and leave out what is idle', async () => {
    const played = sallyport('sessions', 'play', id, '--speed', '4', '--idle-limit', '4s');
    await played.saw(/one/);
    const sinceMs = performance.now();
    const { code, stdout } = await played.ended;
    const tookMs = performance.now() - sinceMs;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/one[\s\S]*two[\s\S]*three/)]);
    // Two pauses of four seconds, four times as fast.
    expect(tookMs).toBeGreaterThan(1_800);
    expect(tookMs).toBeLessThan(8_000);
    expectRestored(stdout);
  }, 60_000);

  it('stand still while they are paused, and go on by keys', async () => {
    const played = sallyport('sessions', 'play', id, '--speed', '6');
    await played.saw(/one/);
    played.type(' ');
    // Twice the time in which the next would have come.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(played.stdout()).not.toContain('two');
    played.type(' ');
    await played.saw(/two/);
    // Ten seconds on: past three, and so to the end.
    played.type('\u001b[C');
    const { code, stdout } = await played.ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining('three')]);
    expectRestored(stdout);
  }, 60_000);

  it.each([
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
  ])(
    'are left by %s, with the terminal as it was',
    async (_, key) => {
      const played = sallyport('sessions', 'play', id);
      await played.saw(/one/);
      played.type(key);
      const { stdout } = await played.ended;
      expect(stdout).not.toContain('two');
      expectRestored(stdout);
    },
    60_000,
  );

  it('SEC-G04 are watched without anything that acts on the terminal, and left while they go on', async () => {
    const script = `printf '${HOSTILE}'; echo; echo ready; sleep 60`;
    const exec = start(part('kubectl'), kubectl('exec', 'web', '--', 'sh', '-c', script));
    await exec.saw(/ready/);
    const [session] = await listRecordings(stack);
    const joined = sallyport('sessions', 'join', session?.id ?? expect.fail('no session'));
    await joined.saw(/ready/);
    joined.type('q');
    const { code, stdout } = await joined.ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining('You left; the session goes on.')]);
    expect(stdout).toContain('red');
    expect(stdout).not.toMatch(ACTS);
    expectRestored(stdout);
    expect((await listRecordings(stack))[0]).toMatchObject({ id: session?.id, state: 'recording' });
    await exec.stop();
  }, 60_000);

  it('SEC-G04 are listed, shown and exported without anything that acts on the terminal', async () => {
    const command = `: \u001b]0;owned\u0007\u202e; printf '${HOSTILE}\u009b31m\u202e'`;
    const { session } = await recordingOf(stack, 'exec', () =>
      run(part('kubectl'), kubectl('exec', 'web', '--', 'sh', '-c', command)),
    );
    for (const words of [
      ['list', '-o', 'wide'],
      ['show', session.id],
      ['export', session.id],
      ['search', 'red'],
    ]) {
      const { code, stdout } = await sallyport('sessions', ...words).ended;
      expect([words[0], code]).toEqual([words[0], 0]);
      expect([words[0], stdout.match(ACTS), stdout.includes('\u009b')]).toEqual([words[0], null, false]);
    }
  }, 60_000);

  it('are exported to a reader that leaves early, without a word', async () => {
    const { session } = await recordingOf(stack, 'exec', () =>
      run(part('kubectl'), kubectl('exec', 'web', '--', 'head', '-c', '2000000', '/dev/zero')),
    );
    const pipe = 'set -o pipefail; "$0" "$@" | head -n 1';
    const words = ['-c', pipe, process.execPath, SALLYPORT, 'sessions', 'export', session.id];
    const { code, stdout, stderr } = await run('bash', words, { env: environment() });
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ version: 2 });
  }, 60_000);
});
