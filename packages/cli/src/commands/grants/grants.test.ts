import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../../testing/fake-server.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const folder = temporaryFolder();
let server: FakeServer;
const admin = (...argv: string[]) => server.run('admin@acme.example', argv);
const GIFT = ['--user', 'ann@acme.example', '-r', 'developer', '-c', 'production', '-d', '2h', '--reason', 'on call'];

beforeAll(async () => {
  server = await startFakeServer(folder);
});
afterAll(() => server.close());
beforeEach(() => server.fake.access.grants.clear());

async function create(...more: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await admin('grants', 'create', ...GIFT, ...more, '-o', 'json');
  expect(exitCode, stderr).toBe(0);
  return (JSON.parse(stdout) as { id: string }).id;
}

describe('grants', () => {
  it('create gives a role for a while, now or later', async () => {
    const { exitCode, stdout, stderr } = await admin('grants', 'create', ...GIFT, '-n', 'shop', '-o', 'json');
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ state: 'active', user: 'ann@acme.example', role: 'developer', reason: 'on call' },
      scope: { kind: 'clusters', clusters: ['production'], namespaces: { names: ['shop'] } },
    });
    expect(stderr).toMatch(/^Granted: ann@acme\.example has developer until .* \((1h59m|2h) left\)\.\n$/);
    const later = await create('--start-in', '1h');
    expect(server.fake.access.grants.get(later)?.state).toBe('scheduled');
    const missing = await admin('grants', 'create', ...GIFT.slice(0, 4), '-d', '2h', '--reason', 'x');
    expect(missing).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('--cluster is missing') });
  });

  it('list shows how long each lasts, narrowed by the flags', async () => {
    const active = await create();
    const later = await create('--start-in', '1h');
    const { exitCode, stdout, stderr } = await admin('grants', 'list');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {3,}/));
    expect(rows.map((row) => row.slice(0, 5))).toEqual([
      ['ID', 'STATE', 'USER', 'ROLE', 'WHERE'],
      [later, 'scheduled', 'ann@acme.example', 'developer', 'cluster production'],
      [active, 'active', 'ann@acme.example', 'developer', 'cluster production'],
    ]);
    expect(rows[1]?.[5]).toMatch(/^from .* until /);
    expect(rows[2]?.[5]).toMatch(/^until .* \((1h59m|2h) left\)$/);
    const names = async (...argv: string[]) => (await admin('grants', 'list', '-o', 'name', ...argv)).stdout;
    expect(await names('--state', 'active')).toBe(`grant/${active}\n`);
    expect(await names('--user', 'ann@acme.example', '--limit', '1')).toBe(`grant/${later}\n`);
    expect(await admin('grants', 'list', '--mine')).toMatchObject({
      exitCode: 0,
      stderr: 'There is no such grant that you may see.\n',
    });
    expect((await admin('grants', 'list', '--state', 'pending')).exitCode).toBe(2);
  });

  it('show and revoke take the id of a grant', async () => {
    const id = await create();
    const shown = await admin('grants', 'show', id);
    expect({ exitCode: shown.exitCode, stderr: shown.stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const line of [
      `Grant ${id}`,
      '  Request  none: granted directly',
      `  revoke  sallyport grants revoke ${id} --reason TEXT`,
    ]) {
      expect(shown.stdout.split('\n')).toContain(line);
    }
    const revoked = await admin('grants', 'revoke', id, '--reason', 'done', '-o', 'name');
    expect(revoked).toMatchObject({ exitCode: 0, stdout: `grant/${id}\n` });
    expect((await admin('grants', 'show', id)).stdout).toMatch(/^ {2}Ended {4}.* by admin@acme\.example: done$/m);
    expect(await admin('grants', 'revoke', id, '--reason', 'done')).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await admin('grants', 'revoke', id)).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await admin('grants', 'show', 'gnt_nope')).toMatchObject({ exitCode: 1, stdout: '' });
  });
});
