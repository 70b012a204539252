import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createHome } from '../../state/home.ts';
import { type RealServer, startRealServer } from '../../testing/real-server.ts';
import { type Captured, runCaptured } from '../../testing/run-captured.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const folder = temporaryFolder();
let real: RealServer;

/** Somebody without any other right on clusters. */
const GUEST = 'installation-admin';
const homes = { owner: createHome(join(folder, 'owner')), guest: createHome(join(folder, 'guest')) };
const runAs = (who: keyof typeof homes, argv: readonly string[]): Promise<Captured> =>
  runCaptured(argv, { env: { SALLYPORT_HOME: homes[who].folder }, userHome: homes[who].folder, cwd: folder });
const run = (...argv: string[]) => runAs('owner', argv);

const EDIT = `apiVersion: sallyport.dev/v1
kind: Role
metadata: {name: pods-only}
spec:
  kubernetes:
    clusterRoles: [edit]
    rules:
      - {verbs: [get, list], apiGroups: [''], resources: [pods]}
      - {verbs: [get], nonResourceUrls: [/version]}
---
apiVersion: sallyport.dev/v1
kind: Binding
metadata: {name: guest}
spec:
  role: pods-only
  subjects: [{kind: User, name: installation-admin@acme.example}]
  scope: {kind: clusters, clusters: [production]}
---
apiVersion: sallyport.dev/v1
kind: Binding
metadata: {name: guest-member}
spec:
  role: member
  subjects: [{kind: User, name: installation-admin@acme.example}]
  scope: {kind: organization}
`;

beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
  for (const who of ['owner', 'guest'] as const) {
    const { exitCode, stderr } = await runCaptured(['login', real.url, '--ca-file', real.caFile], {
      env: { SALLYPORT_HOME: homes[who].folder },
      userHome: homes[who].folder,
      openBrowser: real.browserOf(who === 'guest' ? GUEST : who),
    });
    expect(exitCode, stderr).toBe(0);
  }
  await run('clusters', 'create', 'production');
  writeFileSync(join(folder, 'edit.yaml'), EDIT);
  expect((await run('apply', '-f', 'edit.yaml')).exitCode).toBe(0);
  await recordRequests();
}, 60_000);
afterAll(() => real.close());

/** Asks a cluster whose agent is away: each request is decided, recorded and then refused. */
async function recordRequests(): Promise<void> {
  const { stdout, stderr } = await runAs('guest', ['kube', 'credential', '--cluster', 'production']);
  const token = (JSON.parse(stdout || stderr) as { status: { token: string } }).status.token;
  const ask = async (method: string, path: string) => {
    const answer = await real.browserFetch(`${real.url}/k/acme/production${path}`, {
      method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}` },
    });
    return [answer.status, await answer.text()] as const;
  };
  const pods = '/api/v1/namespaces/shop/pods';
  for (const [method, path] of [
    ['GET', pods],
    ['GET', pods],
    ['GET', `${pods}/web-0`],
    ['GET', '/version'],
  ] as const) {
    expect(await ask(method, path)).toEqual([503, expect.stringContaining('ERR_PROXY_AGENT_AWAY')]);
  }
  expect(await ask('DELETE', `${pods}/web-0`)).toEqual([403, expect.stringContaining('ERR_PROXY_DENIED')]);
}

describe('policy explain', () => {
  it('shows what each document has to say, for oneself and for others', async () => {
    const own = await runAs('guest', ['policy', 'explain', 'list', 'pods', '-n', 'shop', '-c', 'production']);
    expect(own.exitCode, own.stderr).toBe(0);
    expect(own.stdout).toMatch(/^Binding\/guest +role pods-only rules\[0\] +allows$/m);
    expect(own.stderr).toMatch(/^Allowed: list pods in namespace shop, under sallyport:edit/);
    const others = await run(
      ...['policy', 'explain', 'get', 'pods/exec', 'web-0', '-n', 'bank', '-c', 'production'],
      ...['--user', 'viewer@acme.example'],
    );
    expect(others.stderr).toContain('there is no user "viewer@acme.example" for you');
    const refused = await run(
      ...['policy', 'explain', 'get', 'secrets', 'db', '-n', 'shop', '-c', 'production', '-o', 'json'],
      ...['--user', 'installation-admin@acme.example'],
    );
    expect(refused.exitCode, refused.stderr).toBe(0);
    expect(JSON.parse(refused.stdout).items).toContainEqual(
      expect.objectContaining({ source: 'Binding/guest', outcome: 'notCovered' }),
    );
  });

  it('tells nobody about others who may not read what access is made of', async () => {
    const { exitCode, stderr } = await runAs('guest', [
      ...['policy', 'explain', 'list', 'pods', '-c', 'production', '--user', 'owner@acme.example'],
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ERR_API_FORBIDDEN');
  });

  it('says what is wrong with the words', async () => {
    expect((await run('policy', 'explain', 'list', '-c', 'production')).exitCode).toBe(2);
    expect((await run('policy', 'explain', 'get', '/a//b', '-c', 'production')).stderr).toContain('empty segment');
    expect((await run('policy', 'explain', 'list', 'pods', '-c', 'nowhere')).stderr).toContain('ERR_API_NOT_FOUND');
  });
});

describe('policy simulate', () => {
  it('shows a table of what somebody may do, as it is and as it would be', async () => {
    const args = ['policy', 'simulate', '-c', 'production', '-n', 'shop', '--user', 'installation-admin@acme.example'];
    const row = (stdout: string, name: string) => stdout.split('\n').find((line) => line.startsWith(`${name} `));
    const before = await run(...args);
    expect(before.exitCode, before.stderr).toBe(0);
    writeFileSync(
      join(folder, 'denied.yaml'),
      `apiVersion: sallyport.dev/v1
kind: AccessPolicy
metadata: {name: no-lists}
spec:
  subjects: everyone
  scope: {kind: organization}
  deny: [{rules: [{verbs: [list], apiGroups: [''], resources: [pods]}]}]
`,
    );
    const after = await run(...args, '-f', 'denied.yaml');
    const answers = (stdout: string) => row(stdout, 'pods')?.split(/ +/).slice(1, 3);
    expect([answers(before.stdout), answers(after.stdout)]).toEqual([
      ['yes', 'yes'],
      ['yes', 'no'],
    ]);
  });
});

describe('policy diff', () => {
  it('lists who would gain and lose what they asked for, and changes nothing', async () => {
    writeFileSync(join(folder, 'changed.yaml'), EDIT.replace('verbs: [get, list]', 'verbs: [get, delete]'));
    const { exitCode, stdout, stderr } = await run('policy', 'diff', '-f', 'changed.yaml', '-o', 'json');
    expect([exitCode, stderr.split('\n')[0]]).toEqual([
      1,
      '5 requests decided again, 0 of people or clusters that are gone left out.',
    ]);
    const items = JSON.parse(stdout).items as { change: string; action: string; count: number }[];
    expect(items.map(({ change, action, count }) => [change, action, count])).toEqual([
      ['loses', 'list pods in namespace shop', 2],
      ['gains', 'delete pods web-0 in namespace shop', 1],
    ]);
    expect((await run('policy', 'diff', '-f', 'edit.yaml')).exitCode).toBe(0);
    writeFileSync(join(folder, 'role.yaml'), EDIT.split('---')[0] ?? '');
    const without = await run('policy', 'diff', '-f', 'role.yaml', '--delete', 'Binding/guest', '-o', 'json');
    expect(JSON.parse(without.stdout).items).toHaveLength(3);
    const both = await run('policy', 'diff', '-f', 'edit.yaml', '--delete', 'Binding/guest');
    expect(both.stderr).toContain('is among the resources too');
  });

  it('compares only what access is made of', async () => {
    writeFileSync(
      join(folder, 'project.yaml'),
      'apiVersion: sallyport.dev/v1\nkind: Project\nmetadata: {name: x}\nspec: {}\n',
    );
    expect((await run('policy', 'diff', '-f', 'project.yaml')).stderr).toContain('ERR_API_REQUEST_INVALID');
    expect((await run('policy', 'diff', '-f', 'edit.yaml', '--since', '400d')).stderr).toContain('limit is 90d');
    expect((await runAs('guest', ['policy', 'diff', '-f', 'edit.yaml'])).stderr).toContain('ERR_API_FORBIDDEN');
  });
});

describe('policy suggest', () => {
  it('prints a role, and says that what never ran is nothing to go by', async () => {
    const { exitCode, stdout, stderr } = await run('policy', 'suggest', 'installation-admin@acme.example');
    expect(exitCode, stderr).toBe(0);
    expect(parse(stdout)).toMatchObject({ kind: 'Role', spec: { kubernetes: { rules: [] } } });
    expect(stderr).toContain('From 0 requests of installation-admin@acme.example.');
    expect(stderr).toContain('Note: nothing was done in that time');
  });
});
