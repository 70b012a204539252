import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ApiProblemError, exportDpopKeyPair, generateDpopKeyPair } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createHome } from '../state/home.ts';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import { runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { withCredentials } from './kept-credentials.ts';

const folder = temporaryFolder();
let real: RealServer;
let count = 0;

function aPerson(user = 'developer') {
  const home = createHome(join(folder, `home-${count++}`));
  const kubeconfig = join(home.folder, 'config');
  const env = { SALLYPORT_HOME: home.folder, KUBECONFIG: kubeconfig };
  const base = { env, userHome: home.folder, openBrowser: real.browserOf(user) };
  const run = (argv: readonly string[], more = {}) => runCaptured(argv, { ...base, ...more });
  const ok = async (argv: readonly string[], more = {}) => {
    const outcome = await run(argv, more);
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    return outcome;
  };
  return {
    home,
    account: { url: real.url, organization: 'acme', userName: `${user}@acme.example` },
    kubeconfig,
    run,
    ok,
    /** Signs in; what earlier tests left of the account's credentials is gone. */
    async login() {
      await ok(['login', real.url, '--ca-file', real.caFile]);
      await ok(['credentials', 'revoke', '--all']);
    },
    listed: async () => JSON.parse((await ok(['credentials', 'list', '-o', 'json'])).stdout).items as Listed[],
    file: () => parse(readFileSync(kubeconfig, 'utf8')) as ReadFile,
  };
}

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly cluster: string;
  readonly user: string;
}

interface ReadFile {
  readonly clusters: { readonly name: string; readonly cluster: Record<string, unknown> }[];
  readonly users: { readonly name: string; readonly user: Record<string, unknown> }[];
}

beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
  const admin = aPerson('admin');
  await admin.login();
  for (const name of ['alpha', 'beta']) await admin.ok(['clusters', 'register', name]);
}, 60_000);
afterAll(() => real.close());

describe('kube login --credential', () => {
  const SECRETS = { certificate: 'client-key-data', token: 'token' } as const;
  for (const form of ['certificate', 'token'] as const) {
    it(`${form}: writes one into a file of mode 0600, says so, and leaves foreign entries alone`, async () => {
      const { login, ok, kubeconfig, file, listed } = aPerson();
      await login();
      const foreign = '# mine\napiVersion: v1\nkind: Config\nusers:\n- name: u # keep\n  user:\n    token: "foreign"\n';
      writeFileSync(kubeconfig, foreign, { mode: 0o644 });
      const { stdout, stderr } = await ok(['kube', 'login', '--cluster', 'alpha', '--credential', form, '-o', 'json']);
      expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
      for (const line of foreign.split('\n')) expect(readFileSync(kubeconfig, 'utf8')).toContain(line);
      const [{ credential } = { credential: undefined }] = JSON.parse(stdout).items;
      expect(credential).toMatchObject({ kind: form, id: expect.stringMatching(/^crd_/) });
      const [cluster] = file().clusters;
      const ours = file().users.find(({ name }) => name === 'sallyport/acme/alpha')?.user ?? {};
      expect(Object.keys(ours)).toContain(SECRETS[form]);
      expect(ours).not.toHaveProperty('exec');
      expect(cluster?.cluster['tls-server-name']).toBe(
        form === 'certificate' ? 'certificates.sallyport.internal' : undefined,
      );
      expect(JSON.stringify(cluster)).not.toContain('insecure');
      // The person is told what the file is now, and never shown the secret.
      expect(stderr).toMatch(/now holds (a private key|a token): whoever reads it acts as you until \d{4}-/);
      expect(stdout + stderr).not.toContain(String(ours[SECRETS[form]]));
      expect(await listed()).toEqual([expect.objectContaining({ id: credential.id, kind: form, cluster: 'alpha' })]);
    });
  }

  it('revokes what the file held before when it is written again, in any form', async () => {
    const { login, ok, kubeconfig, listed, file } = aPerson();
    await login();
    await ok(['kube', 'login', '--cluster', 'alpha', '--credential', 'token', '--lifetime', '30m']);
    const [first] = await listed();
    await ok(['kube', 'login', '--cluster', 'alpha', '--credential', 'certificate']);
    const [second, ...others] = await listed();
    expect([first?.kind, second?.kind, others]).toEqual(['token', 'certificate', []]);
    await ok(['kube', 'login', '--cluster', 'alpha']);
    expect(await listed()).toEqual([]);
    expect(file().users[0]?.user).toHaveProperty('exec');
    expect(readFileSync(kubeconfig, 'utf8')).not.toMatch(/client-key-data|token|tls-server-name/);
  });

  it('writes one file for all clusters, and kube logout revokes what stood in it', async () => {
    const { login, ok, kubeconfig, listed } = aPerson();
    await login();
    const file = join(dirname(kubeconfig), 'ci.kubeconfig');
    await ok(['kube', 'login', '--all', '--credential', 'token', '--kubeconfig', file, '--set-current']);
    expect(existsSync(kubeconfig)).toBe(false);
    expect(parse(readFileSync(file, 'utf8'))).toMatchObject({ 'current-context': 'sallyport/acme/alpha' });
    expect((await listed()).map(({ cluster }) => cluster).sort()).toEqual(['alpha', 'beta']);
    const { stderr } = await ok(['kube', 'logout', '--kubeconfig', file]);
    expect(stderr).not.toContain('Not revoked');
    expect(await listed()).toEqual([]);
    expect(readFileSync(file, 'utf8')).not.toContain('token');
  });

  it('refuses a life that there is not, and writes nothing', async () => {
    const { login, run, kubeconfig, listed } = aPerson();
    await login();
    const login2 = (...words: string[]) => run(['kube', 'login', '--cluster', 'alpha', ...words]);
    expect(await login2('--lifetime', '1h')).toMatchObject({ exitCode: 2, stdout: '' });
    for (const lifetime of ['13h', '0s', 'soon']) {
      const { exitCode, stdout, stderr } = await login2('--credential', 'token', '--lifetime', lifetime);
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr).toContain('ERR_API_REQUEST_INVALID');
    }
    expect(existsSync(kubeconfig)).toBe(false);
    expect(await listed()).toEqual([]);
  });

  it('works with an API key of a service account, of which nothing is stored', async () => {
    const owner = aPerson('owner');
    await owner.login();
    await owner.ok(['service-accounts', 'create', 'ci']);
    const manifest = join(owner.home.folder, 'binding.yaml');
    writeFileSync(
      manifest,
      'apiVersion: sallyport.dev/v1\nkind: Binding\nmetadata: {name: ci}\nspec: {role: developer, subjects: [{kind: ServiceAccount, name: ci}], scope: {kind: organization}}\n',
    );
    await owner.ok(['apply', '-f', manifest]);
    const key = JSON.parse((await owner.ok(['service-accounts', 'keys', 'create', 'ci', 'k', '-o', 'json'])).stdout);
    const machine = aPerson();
    const env = {
      SALLYPORT_HOME: machine.home.folder,
      KUBECONFIG: machine.kubeconfig,
      SALLYPORT_API_KEY: key.secret as string,
      SALLYPORT_SERVER: real.url,
      SALLYPORT_CA_FILE: real.caFile,
    };
    await machine.ok(['kube', 'login', '--cluster', 'alpha', '--credential', 'token'], { env });
    expect(readFileSync(machine.kubeconfig, 'utf8')).not.toContain(key.secret);
    const { stdout } = await machine.ok(['credentials', 'list', '-o', 'json'], { env });
    expect(JSON.parse(stdout).items).toMatchObject([{ kind: 'token', user: 'serviceaccount:ci' }]);
    // And as the plugin, wherever the key is set.
    await machine.ok(['kube', 'login', '--cluster', 'alpha'], { env });
    const plugin = [
      'kube',
      'credential',
      '--server',
      real.url,
      '--account',
      'acme/serviceaccount:ci',
      '--cluster',
      'alpha',
    ];
    expect(JSON.parse((await machine.ok(plugin, { env })).stdout)).toMatchObject({ kind: 'ExecCredential' });
    const another = plugin.map((word) => (word === 'alpha' ? 'beta' : word.replace(':ci', ':another')));
    const refused = await machine.run(another, { env });
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(refused.stderr).toContain('ERR_CLI_NOT_LOGGED_IN');
  }, 20_000);
});

it('leaves out of all clusters those that there is no credential for, unless that is each of them', async () => {
  const forbidden = new ApiProblemError({
    type: 'about:blank',
    title: 'Forbidden',
    status: 403,
    code: 'ERR_API_FORBIDDEN',
    detail: 'no',
  });
  const api = {
    issueClientCertificate: () => Promise.reject(new Error('not asked')),
    mintStaticToken: async ({ name }: { readonly name: string }) => {
      if (name !== 'a') throw forbidden;
      return { id: 'crd_1', clusterId: 'clu_1', token: 't', expiresAt: new Date(0) } as never;
    },
  };
  const clusters = ['a', 'b'].map((name) => ({ name, server: `https://x.test/k/acme/${name}` }));
  const wish = { organization: 'acme', form: 'token' } as const;
  const { entries, leftOut } = await withCredentials(api, clusters, wish, true);
  expect([entries.map(({ name }) => name), leftOut]).toEqual([['a'], ['b']]);
  await expect(withCredentials(api, clusters, wish, false)).rejects.toBe(forbidden);
  await expect(withCredentials(api, clusters.slice(1), wish, true)).rejects.toBe(forbidden);
});

describe('credentials revoke', () => {
  it('SEC-E12 SEC-E19 takes one, all of one’s own, and by an administrator those of another', async () => {
    const [mine, admin] = [aPerson(), aPerson('admin')];
    for (const person of [mine, admin]) await person.login();
    const mint = (cluster: string) => mine.ok(['kube', 'login', '--cluster', cluster, '--credential', 'token']);
    const ids = async () => (await mine.listed()).map(({ id }) => id);
    for (const cluster of ['alpha', 'beta']) await mint(cluster);
    const [newest = '', older = ''] = await ids();
    expect((await mine.ok(['credentials', 'revoke', newest])).stderr).toBe('One kube credential revoked.\n');
    expect(await ids()).toEqual([older]);
    expect((await mine.run(['credentials', 'revoke', newest])).stderr).toContain('ERR_API_');
    await admin.ok(['credentials', 'revoke', older]);
    expect(await ids()).toEqual([]);

    await mint('alpha');
    expect((await mine.ok(['credentials', 'revoke', '--all'])).stderr).toBe('One kube credential revoked.\n');
    for (const cluster of ['alpha', 'beta']) await mint(cluster);
    const ofMine = ['--user', 'developer@acme.example'];
    const { stdout } = await admin.ok(['credentials', 'list', ...ofMine, '-o', 'json']);
    expect(JSON.parse(stdout).items).toHaveLength(2);
    expect((await mine.run(['credentials', 'revoke', '--user', 'admin@acme.example'])).exitCode).not.toBe(0);
    await admin.ok(['credentials', 'revoke', ...ofMine]);
    expect(await ids()).toEqual([]);
  });

  it('asks for exactly one of id, --user and --all', async () => {
    const { run } = aPerson();
    for (const words of [[], ['crd_1', '--all'], ['--user', 'x', '--all']]) {
      expect(await run(['credentials', 'revoke', ...words])).toMatchObject({ exitCode: 2, stdout: '' });
    }
  });
});

describe('a thief', () => {
  const plugin = ['kube', 'credential', '--cluster', 'alpha'];

  it('SEC-G06 has nothing from a kubeconfig with the plugin, on another machine', async () => {
    const { login, ok, kubeconfig, home, account } = aPerson();
    await login();
    await ok(['kube', 'login', '--cluster', 'alpha']);
    await ok(plugin);
    const text = readFileSync(kubeconfig, 'utf8');
    const session = JSON.parse(readFileSync(home.sessionFile(account), 'utf8'));
    for (const secret of [session.refreshToken, session.access?.token, session.dpopKey.d]) {
      expect(text).not.toContain(secret);
    }
    const elsewhere = aPerson();
    cpSync(kubeconfig, elsewhere.kubeconfig);
    const words = elsewhere.file().users[0]?.user['exec'] as { readonly args: string[] };
    const { exitCode, stdout, stderr } = await elsewhere.run(['kube', 'credential', ...words.args]);
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toContain('sallyport login');
  });

  it('SEC-E20 has nothing from the state folder without the key of its login session', async () => {
    const { login, home, account } = aPerson();
    await login();
    const thief = aPerson();
    cpSync(home.folder, thief.home.folder, { recursive: true });
    const file = thief.home.sessionFile(account);
    const { access: _, dpopKey: __, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
    // Without any key, and with one of their own beside the stolen refresh token.
    writeFileSync(file, JSON.stringify(rest));
    expect(await thief.run(plugin)).toMatchObject({ stdout: '' });
    const own = await exportDpopKeyPair(await generateDpopKeyPair());
    writeFileSync(file, JSON.stringify({ ...rest, dpopKey: own }));
    const refused = await thief.run(plugin);
    expect([refused.exitCode, refused.stdout]).toEqual([3, '']);
  });
});

describe('the plugin without a person', () => {
  it('fails at once with one line that names the login, and asks nothing, whatever kubectl says of terminals', async () => {
    for (const interactive of [true, false]) {
      const { run } = aPerson();
      let asked = 0;
      const KUBERNETES_EXEC_INFO = JSON.stringify({
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        kind: 'ExecCredential',
        spec: { interactive },
      });
      const home = createHome(join(folder, `home-${count++}`));
      const { exitCode, stdout, stderr } = await run(['kube', 'credential', '--cluster', 'alpha'], {
        env: { SALLYPORT_HOME: home.folder, KUBERNETES_EXEC_INFO },
        openBrowser: async () => {
          asked += 1;
          return true;
        },
        stdin: {
          // biome-ignore lint/correctness/useYield: reading at all is what must not happen
          async *[Symbol.asyncIterator]() {
            asked += 1;
          },
        },
      });
      expect([exitCode, stdout, asked]).toEqual([3, '', 0]);
      expect(stderr).toMatch(/^sallyport: .*sallyport login.*\n$/);
    }
  });
});
