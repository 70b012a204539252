import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import type { Captured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { createTerminal } from '../testing/terminal.ts';

const folder = temporaryFolder();
let real: RealServer;

const admin = createTerminal(folder, 'admin');
const viewer = createTerminal(folder, 'viewer');

async function ok(cli: typeof admin, ...argv: string[]): Promise<Captured> {
  const captured = await cli(argv);
  expect(captured.exitCode, captured.stderr).toBe(0);
  return captured;
}

beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
  await admin(['login', real.url, '--ca-file', real.caFile], { openBrowser: real.browserOf('admin') });
  await viewer(['login', real.url, '--ca-file', real.caFile], { openBrowser: real.browserOf('viewer') });
  await admin(['groups', 'create', 'first']);
}, 60_000);
afterAll(() => real?.close());

interface Listed {
  readonly items: readonly { readonly id: string; readonly code: string }[];
}
const listed = ({ stdout }: Captured) => (JSON.parse(stdout) as Listed).items;

describe('commands on the audit log, at a real server', () => {
  it('search by code, time, person and words, in every form', async () => {
    const logins = await ok(admin, 'audit', 'search', '--code', 'login.succeeded', '--since', '1h', '-o', 'json');
    expect(listed(logins).map(({ code }) => code)).toEqual(['login.succeeded', 'login.succeeded']);
    const own = await ok(
      admin,
      'audit',
      'search',
      '--category',
      'login',
      '--user',
      'viewer@acme.example',
      '-o',
      'name',
    );
    expect(own.stdout).toMatch(/^auditevent\/evt_\w+\n$/);
    const table = await ok(admin, 'audit', 'search', 'login', 'succeeded', '--limit', '1');
    expect(table.stdout).toMatch(/^TIME +CODE +USER/);
    expect(table.stderr).toContain('Pass --limit or --all for more');
    const none = await ok(admin, 'audit', 'search', '--until', '1d');
    expect(none.stderr).toContain('no such audit event');
  });

  it('show one event', async () => {
    const [login] = listed(await ok(admin, 'audit', 'search', '--code', 'login.succeeded', '-o', 'json'));
    const shown = await ok(admin, 'audit', 'show', login?.id ?? '');
    expect(shown.stdout).toContain('login.succeeded at ');
    expect(shown.stdout).toContain('viewer@acme.example');
    expect((await admin(['audit', 'show', 'evt_nothing'])).stderr).toContain('ERR_API_NOT_FOUND');
  });

  it('export lines of JSON and CSV, all of what is asked for', async () => {
    const lines = await ok(admin, 'audit', 'export', '--category', 'login', '--oldest');
    const events = lines.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { code: string });
    expect(events.map(({ code }) => code)).toEqual(['login.succeeded', 'login.succeeded']);
    const csv = await ok(
      admin,
      'audit',
      'export',
      '--category',
      'login',
      '-o',
      'csv',
      '--fields',
      'code,principal.userName',
    );
    expect(csv.stdout.split('\r\n').slice(0, 2)).toEqual([
      '"code","principal.userName"',
      '"login.succeeded","viewer@acme.example"',
    ]);
  });

  it('count by field and by time', async () => {
    const byUser = await ok(admin, 'audit', 'stats', '--by', 'user', '--code', 'login.succeeded');
    expect(byUser.stdout).toMatch(/VALUE +COUNT\n\S+ +1\n\S+ +1\n/);
    expect(byUser.stderr).toContain('2 events from');
    const byHour = await ok(admin, 'audit', 'stats', '--interval', '12h', '--code', 'login.succeeded', '-o', 'json');
    const { total, buckets } = JSON.parse(byHour.stdout) as { total: number; buckets: readonly { count: number }[] };
    expect([total, buckets.reduce((sum, { count }) => sum + count, 0)]).toEqual([2, 2]);
  });

  it('list calls of kubectl, of which there are none here', async () => {
    const commands = await ok(admin, 'audit', 'commands', '--since', '1d');
    expect(commands.stderr).toContain('no such call of kubectl');
  });

  it('follow what happens until they are interrupted', async () => {
    const interrupted = new AbortController();
    let shown = '';
    const done = admin(['audit', 'tail', '--code', 'resource.created', '-o', 'json'], {
      interruptSignal: () => interrupted.signal,
      stdout: {
        write(text: string) {
          shown += text;
          interrupted.abort();
          return true;
        },
      },
    });
    // Until the tail is there, which its own event in the log tells.
    await expect
      .poll(async () => (await ok(admin, 'audit', 'search', 'tailAuditEvents', '-o', 'name')).stdout, {
        timeout: 20_000,
      })
      .not.toBe('');
    await ok(admin, 'groups', 'create', 'second');
    expect((await done).exitCode).toBe(0);
    expect(JSON.parse(shown)).toMatchObject({ code: 'resource.created' });
  }, 60_000);

  it('say when the server ends a tail', async () => {
    const leaving = createTerminal(folder, 'leaving');
    await leaving(['login', real.url, '--ca-file', real.caFile], { openBrowser: real.browserOf('admin') });
    const before = (await ok(admin, 'audit', 'search', 'tailAuditEvents', '-o', 'name', '--all')).stdout;
    const done = leaving(['audit', 'tail'], { interruptSignal: () => new AbortController().signal });
    await expect
      .poll(async () => (await ok(admin, 'audit', 'search', 'tailAuditEvents', '-o', 'name', '--all')).stdout, {
        timeout: 20_000,
      })
      .not.toBe(before);
    await leaving(['logout']);
    const { exitCode, stderr } = await done;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ERR_CLI_TAIL_ENDED');
  }, 60_000);

  it('set how long what is kept, and leave the rest as it was', async () => {
    const before = (await ok(admin, 'audit', 'retention', 'get')).stdout;
    expect(before).toMatch(/^WHAT +KEPT +SET\n/);
    expect(before).toMatch(/^proxy +365d +default$/m);
    await ok(admin, 'audit', 'retention', 'set', 'proxy=90d', 'admin=forever');
    const set = await ok(admin, 'audit', 'retention', 'set', 'recordings=30d', 'proxy=default');
    expect(set.stdout).toMatch(/^proxy +365d +default$/m);
    expect(set.stdout).toMatch(/^admin +forever +yes$/m);
    expect(set.stdout).toMatch(/^recordings +30d +yes$/m);
    const data = JSON.parse((await ok(admin, 'audit', 'retention', 'get', '-o', 'json')).stdout);
    expect(data).toMatchObject({
      spec: { admin: 'forever', recordings: '30d' },
      status: { effective: { proxy: '365d' } },
    });
    expect(data.spec).not.toHaveProperty('proxy');
    const again = await ok(admin, 'audit', 'retention', 'set', 'admin=default', 'recordings=default', '-o', 'json');
    expect(JSON.parse(again.stdout)).toMatchObject({ spec: {}, status: { effective: { recordings: '365d' } } });
    for (const wrong of ['proxy=1h', 'proxy', 'proxy=soon', 'nothing=90d', 'nothing=default', '=90d']) {
      const { exitCode, stdout, stderr } = await admin(['audit', 'retention', 'set', wrong]);
      expect([wrong, exitCode, stdout, stderr]).toEqual([wrong, 2, '', expect.stringContaining('ERR_CLI_USAGE')]);
    }
    expect((await viewer(['audit', 'retention', 'set', 'proxy=90d'])).stderr).toContain('ERR_API_FORBIDDEN');
    expect((await ok(admin, 'audit', 'retention', 'get')).stdout).toBe(before);
  });

  it('order, list and release legal holds', async () => {
    const user = 'viewer@acme.example';
    const reason = 'asked for by counsel';
    const recording = 'rec_01kq5w3s8h4m2n6p7r9t1v3x5z';
    const made = await ok(
      admin,
      'audit',
      'holds',
      'create',
      'case-17',
      '--user',
      user,
      '--reason',
      reason,
      '-o',
      'json',
    );
    expect(JSON.parse(made.stdout)).toMatchObject({ name: 'case-17', reason, selection: { principal: user } });
    await ok(admin, 'audit', 'holds', 'create', 'case-18', '--since', '2026-01-31T12:00:00Z', '--reason', reason);
    await ok(admin, 'audit', 'holds', 'create', 'all-of-it', '--reason', reason);
    const list = await ok(admin, 'audit', 'holds', 'list');
    expect(list.stdout).toMatch(/^NAME +KEEPS +BY +SINCE +STATE +REASON\n/);
    expect(list.stdout).toMatch(/^all-of-it +everything +admin@acme\.example +\S+ +in force +asked for by counsel$/m);
    expect(list.stdout).toMatch(/^case-18 +from 2026-01-31T12:00:00\.000Z +/m);
    expect(list.stdout).toMatch(/^case-17 +user viewer@acme\.example +/m);
    const twice = await admin(['audit', 'holds', 'create', 'case-17', '--reason', reason]);
    expect([twice.exitCode, twice.stderr]).toEqual([1, expect.stringContaining('ERR_API_CONFLICT')]);
    for (const wrong of [
      ['--recording', 'req_nothing'],
      ['--request', recording],
    ]) {
      const { exitCode, stderr } = await admin(['audit', 'holds', 'create', 'x', '--reason', reason, ...wrong]);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('ERR_CLI_USAGE')]);
    }
    const held = await viewer(['audit', 'holds', 'create', 'mine', '--reason', reason]);
    expect(held.stderr).toContain('ERR_API_FORBIDDEN');
    for (const name of ['case-17', 'case-18', 'all-of-it']) {
      await ok(admin, 'audit', 'holds', 'release', name, '--reason', 'it is closed');
    }
    expect((await ok(admin, 'audit', 'holds', 'list')).stdout).not.toContain('case-17');
    expect((await ok(admin, 'audit', 'holds', 'list', '--all')).stdout).toMatch(/^case-17 .* released +/m);
    const gone = await admin(['audit', 'holds', 'release', 'case-17', '--reason', 'again']);
    expect([gone.exitCode, gone.stderr]).toEqual([1, expect.stringContaining('ERR_API_NOT_FOUND')]);
  });

  it('refuse a time that is none, and whoever may not read', async () => {
    const wrong = await admin(['audit', 'search', '--since', 'yesterday']);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('neither a duration nor an instant')]);
    expect((await viewer(['audit', 'search'])).stderr).toContain('ERR_API_FORBIDDEN');
  });
});
