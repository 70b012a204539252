import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createHome } from '../state/home.ts';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import { type Captured, runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const home = createHome(join(folder, 'home'));
let real: RealServer;

const base = { env: { SALLYPORT_HOME: home.folder, EDITOR: 'ed' }, userHome: home.folder, cwd: folder };
const run = (argv: readonly string[], more = {}): Promise<Captured> => runCaptured(argv, { ...base, ...more });
async function ok(argv: readonly string[], more = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await run(argv, more);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}
const input = (text: string) => ({
  stdin: {
    async *[Symbol.asyncIterator]() {
      yield text;
    },
  },
});
const project = (name: string, description = `of ${name}`) =>
  `---\napiVersion: sallyport.dev/v1\nkind: Project\nmetadata:\n  name: ${name}\nspec:\n  description: ${description}\n`;

beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
  await ok(['login', real.url, '--ca-file', real.caFile], { openBrowser: real.browserOf('admin') });
});
afterAll(() => real.close());

describe('commands on resources, at a real server', () => {
  it('create, show, list, change and delete one', async () => {
    const created = await ok(['projects', 'create', 'payments', '--label', 'team=pay', '--spec', 'description=Cards']);
    expect(created).toMatch(/^NAME +CLUSTERS +SHARED +DESCRIPTION\npayments +0 +0 +Cards\n$/);
    expect(await ok(['get', 'project', 'payments', '-o', 'jsonpath={.metadata.labels.team}'])).toBe('pay');
    expect(await ok(['get', 'projects', '-l', 'team=pay', '-o', 'name'])).toBe('project/payments\n');
    expect(await ok(['projects', 'list', '--search', 'Cards', '--no-headers', '-o', 'name'])).toBe(
      'project/payments\n',
    );
    const openEditor = async (_: string, file: string) => {
      writeFileSync(file, readFileSync(file, 'utf8').replace('Cards', 'Card payments'));
      return 0;
    };
    expect((await run(['edit', 'project/payments'], { openEditor })).stderr).toBe('Changed payments.\n');
    expect(await ok(['projects', 'show', 'payments', '-o', 'jsonpath={.spec.description}'])).toBe('Card payments');
    expect(await ok(['projects', 'delete', 'payments'])).toBe('project/payments deleted\n');
    const gone = await run(['get', 'project', 'payments']);
    expect(gone).toMatchObject({ exitCode: 1, stdout: '' });
    expect(gone.stderr).toContain('ERR_API_NOT_FOUND');
  });

  it('tell what is wrong with the words, before anything is asked', async () => {
    for (const [argv, message] of [
      [['get', 'projekts'], /there is no kind "projekts"/],
      [['edit', 'projects'], /0 resources are named/],
      [['delete', 'projects'], /no resource is named/],
      [['delete'], /either names or -f FILE/],
      [['create', 'project', 'A B'], /metadata\.name: use at most 63/],
      [['projects', 'list', 'extra'], /extra/],
      [['apply'], /filename/],
      [['apply', '-f', '-', '--prune'], /set/],
    ] as const) {
      const { exitCode, stdout, stderr } = await run(argv);
      expect({ exitCode, stdout }, argv.join(' ')).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(message);
    }
  });

  it('show every kind as a table, wide, and as a document', async () => {
    await ok(['clusters', 'register', 'alpha']);
    for (const kind of [
      'installation',
      'orgs',
      'projects',
      'clusters',
      'idp',
      'users',
      'sa',
      'wi',
      'groups',
      'roles',
      'bindings',
    ]) {
      const { exitCode, stderr } = await run(['get', kind]);
      // The administrator of an organization has no say over the installation.
      const isAbove = kind === 'installation';
      expect(exitCode, `${kind}: ${stderr}`).toBe(isAbove ? 1 : 0);
      if (!isAbove) await ok(['get', kind, '-o', 'wide', '--all']);
    }
    expect(await ok(['get', 'projects,clusters', '-o', 'name'])).toContain('cluster/alpha\n');
    expect(await ok(['roles', 'list', '--limit', '1', '--no-headers'])).toMatch(/^\S+ +yes /);
    expect((await run(['roles', 'list', '--limit', '1'])).stderr).toMatch(/^1 of \d+ are shown\. Pass --all/);
  });
});

describe('apply, at a real server', () => {
  it('makes, changes and leaves alone, from files, folders and standard input', async () => {
    mkdirSync(join(folder, 'access', 'deeper'), { recursive: true });
    writeFileSync(join(folder, 'access', 'one.yaml'), project('one') + project('two'));
    writeFileSync(
      join(folder, 'access', 'deeper', 'role.json'),
      JSON.stringify({
        apiVersion: 'sallyport.dev/v1',
        kind: 'Role',
        metadata: { name: 'reader' },
        spec: { permissions: ['clusters.read'] },
      }),
    );
    const apply = ['apply', '-R', '-f', 'access', '-f', '-', '--no-headers', '-o', 'wide'];
    const dry = await run([...apply, '--dry-run'], input(project('three')));
    expect(dry.stdout).toBe(
      [
        'role/reader     created   access/deeper/role.json:1',
        'project/one     created   access/one.yaml:2',
        'project/two     created   access/one.yaml:9',
        'project/three   created   -:2',
        '',
      ].join('\n'),
    );
    expect(dry.stderr).toBe('Dry run, nothing was changed: 4 created.\n');
    expect((await run(['get', 'project', 'one'])).exitCode).toBe(1);
    const first = await run(apply, input(project('three')));
    expect(first).toMatchObject({ exitCode: 0, stdout: dry.stdout, stderr: 'Applied: 4 created.\n' });
    const again = await run(apply, input(project('three', 'changed')));
    expect(again.stderr).toBe('Applied: 3 unchanged, 1 updated.\n');
  });

  it('shows a difference as a diff, with exit code 1, and none with 0', async () => {
    expect(await run(['diff', '-f', 'access'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const { exitCode, stdout, stderr } = await run(
      ['diff', '-f', '-'],
      input(project('one', 'other') + project('new')),
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(stdout).toContain('--- live/project/one\n+++ -:2 project/one\n');
    expect(stdout).toContain('-  description: of one\n+  description: other\n');
    expect(stdout).toContain('--- /dev/null\n+++ -:9 project/new\n');
  });

  it('tells every problem with file and line, and changes nothing', async () => {
    const text = `${project('four')}${project('five').replace('description', 'descripton')}${project('six').replace('Project', 'Projct')}`;
    writeFileSync(join(folder, 'bad.yaml'), text);
    const { exitCode, stdout, stderr } = await run(['apply', '-f', 'bad.yaml']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('bad.yaml:14: project/five: spec has no field "descripton"\n');
    expect(stderr).toContain('bad.yaml:17: there is no kind "Projct"; did you mean "Project"?\n');
    expect(stderr).toContain('2 problems in 3 documents; nothing was sent');
    expect(stderr).toContain('ERR_CLI_DOCUMENT_INVALID');
    expect((await run(['get', 'project', 'four'])).exitCode).toBe(1);
  });

  it('tells what only the server can know with file and line, and changes nothing', async () => {
    const binding =
      '---\napiVersion: sallyport.dev/v1\nkind: Binding\nmetadata: {name: lost}\nspec:\n  role: nonesuch\n  subjects:\n    - {kind: Group, name: nobody}\n  scope: {kind: organization}\n';
    const { exitCode, stdout, stderr } = await run(['apply', '-f', '-'], input(project('seven') + binding));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^-:1\d: binding\/lost: .*nonesuch/m);
    expect(stderr).toContain('ERR_CLI_APPLY_REFUSED');
    expect((await run(['get', 'project', 'seven'])).exitCode).toBe(1);
  });

  it('refuses a document that somebody else has changed since', async () => {
    const seen = await ok(['get', 'project', 'one', '-o', 'yaml']);
    await ok(['apply', '-f', '-'], input(project('one', 'meanwhile')));
    const { exitCode, stderr } = await run(['apply', '-f', '-'], input(seen.replace('of one', 'mine')));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^-:\d+: project\/one: .*\(ERR_API_(CONFLICT|PRECONDITION)\)/m);
    expect(await ok(['get', 'project', 'one', '-o', 'jsonpath={.spec.description}'])).toBe('meanwhile');
  });

  it('prunes what a set no longer describes once that is confirmed, and never without', async () => {
    const set = ['--set', 'team', '-f', '-'];
    await ok(['apply', ...set], input(project('kept') + project('pruned')));
    const asked = await run(['apply', '--prune', ...set], input(project('kept')));
    expect(asked).toMatchObject({ exitCode: 1, stdout: '' });
    expect(asked.stderr).toContain(
      'These 1 of the set team are no longer described and will be deleted:\n  project/pruned\n',
    );
    expect(asked.stderr).toContain('ERR_CLI_NOT_CONFIRMED');
    await ok(['get', 'project', 'pruned']);
    const stderr = { isTTY: true, write: () => true };
    const answer = (text: string) => ({ stderr, stdin: { ...input(text).stdin, isTTY: true } });
    writeFileSync(join(folder, 'kept.yaml'), project('kept'));
    const fromFile = ['apply', '--prune', '--set', 'team', '-f', 'kept.yaml'];
    expect((await run(fromFile, answer('no\n'))).exitCode).toBe(1);
    await ok(['get', 'project', 'pruned']);
    expect((await run(fromFile, answer('yes\n'))).stdout).toMatch(/project\/pruned +deleted/);
    expect((await run(['get', 'project', 'pruned'])).exitCode).toBe(1);
    for (const name of ['kept', 'one', 'two']) await ok(['get', 'project', name]);
  });

  it('applies what it exported without a change', async () => {
    await ok(['create', 'group', 'oncall', '--spec', 'users=[admin@acme.example]']);
    await ok([
      'create',
      'binding',
      'oncall',
      '--spec',
      'role=reader',
      '--spec',
      'subjects=[{kind: Group, name: oncall}]',
      '--spec',
      'scope.kind=organization',
    ]);
    const exported = await ok(['export']);
    const kinds = parseAllDocuments(exported).map((document) => (document.toJS() as { kind: string }).kind);
    for (const kind of ['Project', 'Cluster', 'User', 'Group', 'Role', 'Binding']) expect(kinds).toContain(kind);
    const again = await run(['apply', '-f', '-', '-o', 'json'], input(exported));
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stderr).toBe(`Applied: ${kinds.length} unchanged.\n`);
    expect(await ok(['export', 'roles'])).not.toContain('kind: Group');
    expect((JSON.parse(await ok(['export', 'groups', '-o', 'json'])) as { items: unknown[] }).items).toHaveLength(1);
  });

  it('deletes what documents describe, and says what was gone already', async () => {
    writeFileSync(join(folder, 'some.yaml'), project('some-1') + project('some-2') + project('nonesuch'));
    await ok(['apply', '-f', '-'], input(project('some-1') + project('some-2')));
    const first = await run(['delete', '-f', 'some.yaml']);
    expect(first).toMatchObject({ exitCode: 1, stdout: 'project/some-1 deleted\nproject/some-2 deleted\n' });
    expect(first.stderr).toContain('1 of 3 resources could not be deleted');
    expect(first.stderr).toContain('ERR_CLI_PARTLY_DONE');
    expect(await run(['delete', '-f', 'some.yaml', '--ignore-not-found'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe('accounts at a real server', () => {
  it('stand side by side, each with its own session, and contexts act as the one that wrote them', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    const second = await run(['login', real.url, '--profile', 'dev'], { openBrowser: real.browserOf('developer') });
    expect(second.stderr).toContain('The profile is called dev.\n');
    const who = (argv: readonly string[]) => ok(['whoami', '-o', 'name', ...argv]);
    expect(await who([])).toBe('user/developer@acme.example\n');
    expect(await who(['--profile', new URL(real.url).host])).toBe('user/admin@acme.example\n');
    await ok(['kube', 'login', '--cluster', 'alpha', '--kubeconfig', kubeconfig]);
    await ok(['accounts', 'use', 'admin@acme.example']);
    expect(await who([])).toBe('user/admin@acme.example\n');
    expect(readFileSync(kubeconfig, 'utf8')).toContain('account: developer@acme.example');
    const contexts = await ok(['kube', 'list', '--kubeconfig', kubeconfig, '-o', 'wide', '--no-headers']);
    expect(contexts).toContain('developer@acme.example');
    expect((await run(['logout'])).stderr).toBe(`Logged out of ${real.url}, as admin@acme.example.\n`);
    expect(await who([])).toBe('user/developer@acme.example\n');
    expect((await run(['logout'])).stderr).toContain('Removed sallyport/acme/alpha from your kubeconfig.');
  });

  it('do not take the name of another account’s profile', async () => {
    await ok(['login', real.url, '--ca-file', real.caFile, '--profile', 'mine'], {
      openBrowser: real.browserOf('admin'),
    });
    const other = await run(['login', real.url, '--profile', 'mine'], { openBrowser: real.browserOf('viewer') });
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain('the profile "mine" is acme/admin@acme.example');
    expect(await ok(['whoami', '-o', 'name'])).toBe('user/admin@acme.example\n');
    // Another server: nobody has to sign in to learn that.
    const elsewhere = await run(['login', '127.0.0.1:1', '--profile', 'mine']);
    expect(elsewhere.exitCode).toBe(2);
    expect(elsewhere.stderr).toContain(`the profile "mine" is acme/admin@acme.example at ${real.url}`);
  });
});

describe('completion at a real server', () => {
  it('finds names by a process of its own', async () => {
    const { runComplete } = await import('../completion/run-complete.ts');
    const { aContext } = await import('../testing/run-captured.ts');
    let stdout = '';
    const context = aContext({
      ...base,
      stdout: { write: (text) => (stdout += text) },
      runDetached: async (args) => void (await runComplete(args.slice(1), context)),
    });
    await runComplete(['--', 'clusters', 'show', 'al'], context);
    expect(stdout).toBe('alpha\n');
  });
});
