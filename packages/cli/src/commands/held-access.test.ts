import { join } from 'node:path';
import { createId, type GrantId } from '@sallyport/core';
import { mergeKubeconfig, mintKubeconfig, updateKubeconfigFile } from '@sallyport/core/kubeconfig';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHome } from '../state/home.ts';
import { type FakeServer, startFakeServer } from '../testing/fake-server.ts';
import { runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const home = createHome(join(folder, 'person'));
const kubeconfig = join(folder, 'kubeconfig');
let server: FakeServer;
const run = (...argv: string[]) =>
  runCaptured(argv, { env: { SALLYPORT_HOME: home.folder, SALLYPORT_KEYRING: 'off' }, userHome: folder, cwd: folder });

const MINUTE = 60_000;
function grant(role: string, minutes: number, scope: FakeServer['me']['grants'][number]['scope']) {
  const id: GrantId = createId('grant');
  return { id, role, scope, startsAt: new Date(0), endsAt: new Date(Date.now() + minutes * MINUTE) };
}

beforeAll(async () => {
  server = await startFakeServer(folder);
  await server.logIn(home, 'work', 'jo@acme.example');
  await server.logIn(home, 'other', 'ann@acme.example');
  server.fake.put('Cluster', 'alpha', { spec: { project: 'payments' } });
  server.fake.put('Cluster', 'beta', { spec: {} });
  const write = async (organization: string, clusters: readonly string[]) => {
    const minted = mintKubeconfig({
      ...{ server: server.url, organization, account: 'jo@acme.example', command: 'shim', installHint: '' },
      clusters: clusters.map((name) => ({ name, server: `${server.url}/k/${organization}/${name}` })),
    });
    await updateKubeconfigFile(kubeconfig, (text) => mergeKubeconfig(text, minted));
  };
  await write('acme', ['alpha', 'beta']);
  await write('elsewhere', ['gamma']);
});
afterAll(() => server.close());
beforeEach(() => {
  server.me.grants = [];
  server.me.pendingReviews = 0;
});

describe('what one holds for a while', () => {
  it('is told by whoami, with a warning before it ends and what waits for one’s review', async () => {
    expect((await run('whoami')).stderr).toBe('');
    const ending = grant('developer', 3.5, { kind: 'organization' });
    server.me.grants = [ending, grant('admin', 90.5, { kind: 'organization' })];
    server.me.pendingReviews = 2;
    const { exitCode, stdout, stderr } = await run('whoami');
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/developer until [\d :-]+ \(3m left\), admin until [\d :-]+ \(1h30m left\)/);
    expect(stderr).toBe(
      `Warning: developer ends in 3m. For more time:  sallyport access renew ${ending.id} --duration 1h --reason TEXT\n2 access requests wait for your review:  sallyport access list --to-review\n`,
    );
    const { grants, pendingReviews } = JSON.parse((await run('whoami', '-o', 'json')).stdout) as FakeServer['me'];
    expect([grants.map(({ role }) => role), pendingReviews]).toEqual([['developer', 'admin'], 2]);
  });

  it('is told by status for each account, with commands that name the profile', async () => {
    server.me.grants = [grant('developer', 3.5, { kind: 'organization' })];
    server.me.pendingReviews = 1;
    const { exitCode, stdout, stderr } = await run('status');
    expect(exitCode, stderr).toBe(0);
    const rows = stdout.split('\n').filter((line) => line.includes('live'));
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row).toMatch(/ developer until [\d :-]+ \(3m left\)$/);
    expect(stderr.split('\n').filter((line) => line.includes('waits for your review'))).toEqual([
      '1 access request waits for your review:  sallyport access list --to-review',
      '1 access request waits for your review:  sallyport access list --to-review --profile other',
    ]);
  });

  it('is told by kube list for each cluster that it reaches', async () => {
    server.me.grants = [
      grant('debugger', 42.5, { kind: 'clusters', clusters: ['beta'] }),
      grant('developer', 42.5, { kind: 'projects', projects: ['payments'] }),
      grant('viewer', 42.5, { kind: 'organization' }),
    ];
    const { exitCode, stdout, stderr } = await run('kube', 'list', '--kubeconfig', kubeconfig, '-o', 'json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { items } = JSON.parse(stdout) as { items: { cluster: string; grants?: { role: string }[] }[] };
    expect(items.map(({ cluster, grants }) => [cluster, grants?.map(({ role }) => role)])).toEqual([
      ['alpha', ['developer', 'viewer']],
      ['beta', ['debugger', 'viewer']],
      ['gamma', undefined],
    ]);
    const table = (await run('kube', 'list', '--kubeconfig', kubeconfig)).stdout;
    expect(table).toMatch(/ alpha .* developer until [\d :-]+ \(42m left\), viewer until /);
    expect(table).toMatch(/ gamma .* unknown$/m);
  });

  it('is unknown to kube list while the server is away, which still lists', async () => {
    const away = await startFakeServer(folder);
    const other = createHome(join(folder, 'away'));
    await away.logIn(other, 'work', 'jo@acme.example');
    await away.close();
    const file = join(folder, 'away-kubeconfig');
    const minted = mintKubeconfig({
      ...{ server: away.url, organization: 'acme', account: 'jo@acme.example', command: 'shim', installHint: '' },
      clusters: [{ name: 'alpha', server: `${away.url}/k/acme/alpha` }],
    });
    await updateKubeconfigFile(file, (text) => mergeKubeconfig(text, minted));
    const { exitCode, stdout, stderr } = await runCaptured(['kube', 'list', '--kubeconfig', file], {
      env: { SALLYPORT_HOME: other.folder, SALLYPORT_KEYRING: 'off' },
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/ alpha .* unknown$/m);
  });
});
