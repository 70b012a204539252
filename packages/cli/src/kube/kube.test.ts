import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { createHome } from '../state/home.ts';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import { runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { credentialFiles, shimPath } from './credential-files.ts';

const folder = temporaryFolder();
let real: RealServer;
let count = 0;

function aPerson(user = 'developer') {
  const home = createHome(join(folder, `home-${count++}`));
  const kubeconfig = join(home.folder, 'config');
  const env = { SALLYPORT_HOME: home.folder, KUBECONFIG: kubeconfig };
  const base = { env, userHome: home.folder, openBrowser: real.browserOf(user) };
  const run = (argv: readonly string[], more = {}) => runCaptured(argv, { ...base, ...more });
  const account = { url: real.url, organization: 'acme', userName: `${user}@acme.example` };
  return {
    home,
    account,
    kubeconfig,
    env,
    run,
    login: () => run(['login', real.url, '--ca-file', real.caFile]),
    files: (cluster: string) => credentialFiles(home, account, cluster),
    shim: shimPath(home, account, process.platform),
  };
}

beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
  const admin = aPerson('admin');
  await admin.login();
  for (const name of ['alpha', 'beta']) {
    expect((await admin.run(['clusters', 'register', name])).exitCode).toBe(0);
  }
});
afterAll(() => real.close());

describe('clusters', () => {
  it('register prints a whole manifest with the join token, and its note on stderr', async () => {
    const admin = aPerson('admin');
    await admin.login();
    const { exitCode, stdout, stderr } = await admin.run([
      'clusters',
      'register',
      'gamma',
      '--label=env=test',
      '--ceiling=view,edit',
      '--image=registry.example/agent:1',
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^Apply the manifest in the cluster gamma before /);
    const objects = parseAllDocuments(stdout).map((document) => document.toJS());
    expect(objects.map(({ kind }) => kind)).toContain('Deployment');
    expect(stdout).toContain('registry.example/agent:1');
    expect(stdout).toContain('sallyport:edit');
    expect(stdout).not.toContain('sallyport:admin');
    expect(stdout).toContain(real.url);

    const again = await admin.run(['clusters', 'register', 'gamma']);
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toContain('ERR_API_CONFLICT');
    const rejoined = await admin.run(['clusters', 'manifest', 'gamma', '-o', 'json']);
    expect(JSON.parse(rejoined.stdout)).toMatchObject({ kind: 'List' });
    expect((await admin.run(['clusters', 'show', 'gamma', '-o', 'wide'])).stdout).toContain('env=test');
  });

  it('register is refused to somebody who may not', async () => {
    const { login, run } = aPerson();
    await login();
    const { exitCode, stdout, stderr } = await run(['clusters', 'register', 'delta']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('ERR_API_FORBIDDEN');
  });

  for (const { argv, want } of [
    { argv: ['--ceiling=root'], want: /"root" is no ceiling/ },
    { argv: ['--label=novalue'], want: /"novalue" is no label/ },
  ]) {
    it(`register refuses ${argv} before it asks the server`, async () => {
      const { exitCode, stderr } = await aPerson().run(['clusters', 'register', 'delta', ...argv]);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(want);
    });
  }

  it('list prints names, and show refuses one that there is not', async () => {
    const { login, run } = aPerson();
    await login();
    expect((await run(['clusters', 'list', '-o', 'name'])).stdout).toMatch(/cluster\/alpha\ncluster\/beta\n/);
    const unknown = await run(['clusters', 'show', 'nonesuch']);
    expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(unknown.stderr).toContain('ERR_API_NOT_FOUND');
  });
});

describe('kube login', () => {
  it('writes a context without a secret and leaves everything else byte for byte', async () => {
    const { login, run, kubeconfig, shim, home, account } = aPerson();
    await login();
    const foreign =
      '# mine\napiVersion: v1\nkind: Config\ncurrent-context: work # keep\ncontexts:\n- name: work\n  context: {cluster: c, user: u}\nclusters:\n- name: c\n  cluster:\n    server: https://c.example\nusers:\n- name: u\n  user:\n    token: "foreign"\n';
    writeFileSync(kubeconfig, foreign, { mode: 0o644 });
    const { exitCode, stdout } = await run(['kube', 'login', '--cluster', 'alpha', '-o', 'name']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'context/sallyport/acme/alpha\n' });
    const text = readFileSync(kubeconfig, 'utf8');
    for (const line of foreign.split('\n')) expect(text).toContain(line);
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
    expect(statSync(shim).mode & 0o777).toBe(0o700);
    const { refreshToken } = JSON.parse(readFileSync(home.sessionFile(account), 'utf8')) as { refreshToken: string };
    for (const written of [text, readFileSync(shim, 'utf8')]) expect(written).not.toContain(refreshToken);
    expect(parse(text)).toMatchObject({ 'current-context': 'work' });

    await run(['kube', 'login', '--all', '--set-current']);
    expect((await run(['kube', 'list', '-o', 'name'])).stdout).toMatch(/acme\/alpha\ncontext\/sallyport\/acme\/beta\n/);
    await run(['kube', 'use', 'beta']);
    expect(parse(readFileSync(kubeconfig, 'utf8'))).toMatchObject({ 'current-context': 'sallyport/acme/beta' });
    await run(['kube', 'logout', '--cluster', 'alpha']);
    expect((await run(['kube', 'list', '-o', 'name'])).stdout).not.toContain('alpha');
    const { stderr } = await run(['logout']);
    expect(stderr).toContain('sallyport/acme/beta');
    expect(readFileSync(kubeconfig, 'utf8')).toContain('token: "foreign"');
    expect((await run(['kube', 'list', '-o', 'json'])).stdout).toBe('{\n  "items": []\n}\n');
    expect(existsSync(shim)).toBe(false);
  });

  it('asks which cluster when there are several, and refuses one that there is not', async () => {
    const { login, run, kubeconfig } = aPerson();
    await login();
    const several = await run(['kube', 'login']);
    expect(several).toMatchObject({ exitCode: 2, stdout: '' });
    expect(several.stderr).toContain('alpha, beta');
    const unknown = await run(['kube', 'login', '--cluster', 'nonesuch']);
    expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(unknown.stderr).toContain('ERR_CLI_CLUSTER_UNKNOWN');
    expect(existsSync(kubeconfig)).toBe(false);
  });

  it('writes to the file that --kubeconfig names, wherever KUBECONFIG leads', async () => {
    const { login, run, kubeconfig, home } = aPerson();
    await login();
    const other = join(home.folder, 'nested', 'other');
    const { stdout } = await run(['kube', 'login', '--cluster', 'alpha', '--kubeconfig', other, '-o', 'wide']);
    expect(stdout).toContain(other);
    expect(existsSync(kubeconfig)).toBe(false);
    const listed = async () => (await run(['kube', 'list', '--kubeconfig', other, '-o', 'name'])).stdout;
    expect(await listed()).toContain('alpha');
    // A new login keeps what is known of it, a logout finds it.
    await login();
    await run(['logout']);
    expect(await listed()).toBe('');
  });

  it('kube logout --kubeconfig touches that file alone', async () => {
    const { login, run, home, shim } = aPerson();
    await login();
    const other = join(home.folder, 'other');
    await run(['kube', 'login', '--all']);
    await run(['kube', 'login', '--all', '--kubeconfig', other]);
    await run(['kube', 'logout', '--kubeconfig', other]);
    expect((await run(['kube', 'list', '--kubeconfig', other, '-o', 'name'])).stdout).toBe('');
    expect((await run(['kube', 'list', '-o', 'name'])).stdout).toContain('beta');
    expect(existsSync(shim)).toBe(true);
    expect((await run(['kube', 'logout', '--all'])).stderr).toContain('acme/beta');
    expect(existsSync(shim)).toBe(false);
  });

  it('kube use says which contexts there are when it does not know one', async () => {
    const { exitCode, stderr } = await aPerson().run(['kube', 'use', 'alpha']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ERR_CLI_CONTEXT_UNKNOWN');
  });
});

describe('kube credential', () => {
  it('prints one ExecCredential and nothing more, and caches it for the shim', async () => {
    const { login, run, files, env } = aPerson();
    await login();
    const { exitCode, stdout, stderr } = await run(['kube', 'credential', '--cluster', 'alpha']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      kind: 'ExecCredential',
      status: { token: expect.any(String), expirationTimestamp: expect.any(String) },
    });
    expect(statSync(files('alpha').cache).mode & 0o777).toBe(0o600);
    expect((await run(['kube', 'credential', '--cluster', 'alpha'])).stdout).toBe(stdout);
    const asked = { KUBERNETES_EXEC_INFO: '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"}' };
    const inV1 = await run(['kube', 'credential', '--cluster', 'alpha'], { env: { ...env, ...asked } });
    expect(JSON.parse(inV1.stdout)).toEqual({ ...JSON.parse(stdout), apiVersion: 'client.authentication.k8s.io/v1' });
  });

  it('is minted once for any number of processes that ask at the same time', async () => {
    const { login, run } = aPerson();
    await login();
    const asks = Array.from({ length: 6 }, () => run(['kube', 'credential', '--cluster', 'alpha']));
    const answers = await Promise.all(asks);
    expect(answers.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(new Set(answers.map(({ stdout }) => stdout)).size).toBe(1);
  });

  it('fails in one short line, never by a browser, and forgets the failure at the next login', async () => {
    const { login, run, files } = aPerson();
    const opened: URL[] = [];
    const openBrowser = async (url: URL) => opened.push(url) > 0;
    const notLoggedIn = await run(['kube', 'credential', '--cluster', 'alpha'], { openBrowser });
    expect(notLoggedIn).toMatchObject({ exitCode: 3, stdout: '' });
    expect(notLoggedIn.stderr).toMatch(/^sallyport: .*\(ERR_CLI_NOT_LOGGED_IN\).*\n$/);
    expect(notLoggedIn.stderr.trimEnd()).not.toContain('\n');
    expect(opened).toEqual([]);
    await login();
    const unknown = await run(['kube', 'credential', '--cluster', 'nonesuch']);
    expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(readFileSync(files('nonesuch').failure, 'utf8')).toContain('ERR_API_NOT_FOUND');
    expect(await run(['kube', 'credential', '--cluster', 'nonesuch'])).toEqual(unknown);
    await login();
    expect(existsSync(files('nonesuch').failure)).toBe(false);
  });

  it('SEC-G06 lets no name of a cluster lead out of its folder', async () => {
    const { login, run, home } = aPerson();
    await login();
    for (const name of ['../../profiles', '/etc/passwd', 'a b', 'A', '', '-x']) {
      const { exitCode, stdout } = await run(['kube', 'credential', `--cluster=${name}`]);
      expect({ exitCode, stdout }, name).toEqual({ exitCode: 2, stdout: '' });
    }
    expect(existsSync(home.kubeFolder)).toBe(false);
  });
});

describe.skipIf(process.platform === 'win32')('the credential shim under a real sh', () => {
  /** Stands in for Node and the CLI: says what it was called with, and counts how often. */
  function aRecorder(home: string): { readonly program: string; calls(): string[] } {
    const program = join(home, 'recorder.sh');
    const log = join(home, 'calls');
    mkdirSync(home, { recursive: true });
    writeFileSync(program, `#!/bin/sh\necho "$SALLYPORT_HOME $*" >>'${log}'\necho from-the-cli\n`);
    chmodSync(program, 0o700);
    return { program, calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) };
  }

  it('prints the cached credential without starting the CLI, and becomes the CLI when that has ended', async () => {
    const { login, run, shim, files, home } = aPerson();
    const recorder = aRecorder(home.folder);
    await login();
    await run(['kube', 'login', '--cluster', 'alpha'], { selfCommand: [recorder.program, 'script.js'] });
    const callShim = async () =>
      (await promisify(execFile)(shim, ['--cluster', 'alpha'], { env: { PATH: process.env['PATH'] ?? '' } })).stdout;
    const cold = `${home.folder} script.js kube credential --server ${real.url} --account acme/developer@acme.example --cluster alpha`;
    expect(await callShim()).toBe('from-the-cli\n');
    expect(recorder.calls()).toEqual([cold]);

    const { stdout } = await run(['kube', 'credential', '--cluster', 'alpha']);
    expect(await callShim()).toBe(stdout);
    expect(recorder.calls()).toEqual([cold]);

    const [, credential] = readFileSync(files('alpha').cache, 'utf8').split('\n');
    writeFileSync(files('alpha').cache, `${Math.floor(Date.now() / 1_000) - 1}\n${credential}\n`);
    expect(await callShim()).toBe('from-the-cli\n');
    expect(recorder.calls()).toEqual([cold, cold]);
  });

  it('leaves nothing but its own files in the folder of caches', async () => {
    const { login, run, shim } = aPerson();
    await login();
    await run(['kube', 'login', '--cluster', 'alpha']);
    await run(['kube', 'credential', '--cluster', 'alpha']);
    expect(readdirSync(dirname(shim)).sort()).toEqual(['alpha', 'credential.sh']);
  });
});
