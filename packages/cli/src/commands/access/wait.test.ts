import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeServer, startFakeServer } from '../../testing/fake-server.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const folder = temporaryFolder();
let server: FakeServer;
let clock: FakeClock;
const access = () => server.fake.access;
const WISH = ['-c', 'production', '-r', 'developer', '-d', '1h', '--reason', 'pods hang', '-o', 'json'];

beforeAll(async () => {
  server = await startFakeServer(folder);
  const terms = { scope: { kind: 'organization' as const }, maxDuration: '8h', maxTotalDuration: '8h' };
  access().requestable.push({ role: 'developer', policy: 'p', ...terms, approvals: 1, mayAutoApprove: false });
});
afterAll(() => server.close());
beforeEach(() => {
  access().requests.clear();
  access().grants.clear();
  clock = createFakeClock(new Date());
});

/** A command that waits, once it does. */
async function waiting(argv: readonly string[] = ['access', 'request', ...WISH, '--wait']) {
  const controller = new AbortController();
  const options = { clock, interruptSignal: () => controller.signal };
  const ended = server.run('viewer@acme.example', argv, options);
  await paused();
  const [id = ''] = access().requests.keys();
  return { id, ended, interrupt: (reason: Error) => controller.abort(reason) };
}

/** Waits until the command sleeps. */
const paused = () => vi.waitFor(() => expect(clock.pending).toBe(1), { timeout: 5_000, interval: 5 });

/** Lets the command look once more. */
async function look(ms = 1_000): Promise<void> {
  await paused();
  clock.advance(ms);
}

const approve = (id: string) => server.run('approver@acme.example', ['access', 'approve', id, '--reason', 'go on']);

describe('access request --wait', () => {
  it('ends with 0 once the access is there, with the request as it is then on stdout', async () => {
    const { id, ended } = await waiting();
    await look();
    await approve(id);
    await look();
    const { exitCode, stdout, stderr } = await ended;
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id, state: 'approved', grant: { state: 'active' } });
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      'Asked for developer on cluster production for 1h.',
      `Waiting for ${id}: 1 approval. Ctrl-C ends the waiting, not the request.`,
      'approver@acme.example approved: go on',
    ]);
    expect(stderr).toMatch(/\nGranted: developer on cluster production until .*left\)\.\n$/);
    expect(clock.pending).toBe(0);
  });

  it('goes on until the grant starts, and tells of each approval', async () => {
    const { id, ended } = await waiting(['access', 'request', ...WISH, '--start-in', '2h', '--wait']);
    access().change(id, { steps: [{ reviewers: ['permitted'], approvals: 2, given: 0 }] });
    await approve(id);
    await look();
    await paused();
    await server.run('ann@acme.example', ['access', 'approve', id]);
    await look();
    await paused();
    expect(access().requests.get(id)?.grant?.state).toBe('scheduled');
    access().start(id);
    await look();
    const { exitCode, stderr } = await ended;
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('Now it waits for: 1 approval.\n');
    expect(stderr).toContain('ann@acme.example approved\nNow it waits for: it starts ');
  });

  for (const [what, change, code, exit] of [
    ['denied', { state: 'denied', resolvedBy: 'ann', resolvedReason: 'freeze' }, 'ERR_CLI_ACCESS_DENIED', 5],
    ['expired', { state: 'expired' }, 'ERR_CLI_ACCESS_EXPIRED', 6],
    ['cancelled', { state: 'cancelled', resolvedReason: 'the role is gone' }, 'ERR_CLI_ACCESS_CANCELLED', 7],
  ] as const) {
    it(`ends with ${exit} when the request is ${what}, its id still on stdout`, async () => {
      const { id, ended } = await waiting();
      access().change(id, change);
      await look();
      const { exitCode, stdout, stderr } = await ended;
      expect({ exitCode, id: (JSON.parse(stdout) as { id: string }).id }).toEqual({ exitCode: exit, id });
      expect(stderr).toContain(`(${code})`);
      if ('resolvedReason' in change) expect(stderr).toContain(`: ${change.resolvedReason} (`);
    });
  }

  it('ends with 7 when the grant was over before anybody saw it', async () => {
    const { id, ended } = await waiting();
    await approve(id);
    await server.run('approver@acme.example', ['access', 'revoke', id, '--reason', 'a mistake']);
    await look();
    const { exitCode, stderr } = await ended;
    expect(exitCode).toBe(7);
    expect(stderr).toContain('was approved, and its grant is revoked already (ERR_CLI_ACCESS_CANCELLED)');
  });

  it('ends with 8 when its own time is over; the request goes on', async () => {
    const { id, ended } = await waiting(['access', 'request', ...WISH, '--wait', '--wait-timeout', '3s']);
    for (const _ of [1, 2, 3]) await look();
    const { exitCode, stdout, stderr } = await ended;
    expect([exitCode, (JSON.parse(stdout) as { state: string }).state]).toEqual([8, 'pending']);
    expect(stderr).toContain(`there is no access by the request ${id} after 3s; it goes on waiting`);
    expect(stderr).toContain('ERR_CLI_WAIT_TIMEOUT');
    expect(stderr).toContain(`sallyport access show ${id} --wait`);
    expect(access().requests.get(id)?.state).toBe('pending');
  });

  it('lives through a server that is away for a while', async () => {
    const { id, ended } = await waiting();
    server.drop('getAccessRequest', 3);
    for (const pause of [1_000, 1_000, 2_000]) await look(pause);
    await approve(id).then(({ exitCode }) => expect(exitCode).toBe(0));
    await look(4_000);
    const { exitCode, stderr } = await ended;
    expect(exitCode, stderr).toBe(0);
    expect(stderr.match(/still trying\./g)).toHaveLength(1);
    expect(stderr).toContain('The server answers again.\n');
  });

  it('leaves the request alone at Ctrl-C, and says how to go on', async () => {
    const { CliError } = await import('../../errors.ts');
    const { id, ended, interrupt } = await waiting();
    interrupt(new CliError({ code: 'ERR_CLI_INTERRUPTED', message: 'stopped by SIGINT' }));
    const { exitCode, stdout, stderr } = await ended;
    expect([exitCode, (JSON.parse(stdout) as { id: string }).id]).toEqual([130, id]);
    expect(stderr).toContain(`The request ${id} stays. Go on waiting:  sallyport access show ${id} --wait\n`);
    expect(stderr).toContain(`To take it back:  sallyport access cancel ${id}\n`);
    expect(access().requests.get(id)?.state).toBe('pending');
    const again = await waiting(['access', 'show', id, '--wait']);
    await approve(id);
    await look();
    expect((await again.ended).stdout).toContain(`Access request ${id}`);
  });

  it('does not wait for what is decided already', async () => {
    const { id, ended } = await waiting();
    access().change(id, { state: 'denied', resolvedReason: 'freeze' });
    await look();
    await ended;
    const { exitCode, stderr } = await server.run('viewer@acme.example', ['access', 'show', id, '--wait'], { clock });
    expect([exitCode, stderr.split('\n')[0]]).toEqual([
      5,
      `error: the request ${id} was denied: freeze (ERR_CLI_ACCESS_DENIED)`,
    ]);
  });

  it('wants no timeout without a wait', async () => {
    const { exitCode } = await server.run('viewer@acme.example', [
      'access',
      'request',
      ...WISH,
      '--wait-timeout',
      '3s',
    ]);
    expect([exitCode, access().requests.size]).toEqual([2, 0]);
  });
});

describe('a login that ends', () => {
  it('ends the waiting with 3', async () => {
    const own = await startFakeServer(folder);
    own.fake.access.requestable.push(...access().requestable);
    const ended = own.run('viewer@acme.example', ['access', 'request', ...WISH, '--wait'], { clock });
    await paused();
    own.endSessions();
    await look();
    const { exitCode, stderr } = await ended;
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toContain('stays. Go on waiting:');
    await own.close();
  });
});
