import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../../testing/fake-server.ts';
import type { Captured } from '../../testing/run-captured.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const folder = temporaryFolder();
let server: FakeServer;
const viewer = (...argv: string[]) => server.run('viewer@acme.example', argv);
const approver = (...argv: string[]) => server.run('approver@acme.example', argv);
const access = () => server.fake.access;

const DEVELOPER = {
  ...{ role: 'developer', policy: 'shop', scope: { kind: 'organization' as const }, maxDuration: '8h' },
  ...{ maxTotalDuration: '24h', approvals: 1, mayAutoApprove: false, breakGlass: { maxDuration: '1h' } },
};
const WISH = ['--cluster', 'production', '--role', 'developer', '--duration', '1h', '--reason', 'pods hang'];

beforeAll(async () => {
  server = await startFakeServer(folder);
  server.fake.put('Role', 'developer', {
    spec: {
      kubernetes: {
        clusterRoles: ['edit'],
        rules: [{ verbs: ['get', 'list'], apiGroups: ['', 'apps'], resources: ['pods', 'deployments'] }],
        privileges: ['certificates'],
      },
    },
  });
});
afterAll(() => server.close());
beforeEach(() => {
  const { requests, grants, requestable } = access();
  requests.clear();
  grants.clear();
  requestable.splice(0, requestable.length, DEVELOPER);
  delete access().autoApproved;
});

/** Asks as the viewer, and yields the id. */
async function ask(...more: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await viewer('access', 'request', ...WISH, '-o', 'json', ...more);
  expect(exitCode, stderr).toBe(0);
  return (JSON.parse(stdout) as { id: string }).id;
}

function expectUsage({ exitCode, stdout, stderr }: Captured, text: string): void {
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain('ERR_CLI_USAGE');
  expect(stderr).toContain(text);
}

describe('access request', () => {
  it('prints the whole request as JSON on stdout, and what goes on now on stderr', async () => {
    const { exitCode, stdout, stderr } = await viewer('access', 'request', ...WISH, '--ticket', 'OPS-12', '-o', 'json');
    expect(exitCode, stderr).toBe(0);
    const request = JSON.parse(stdout) as { id: string };
    expect(request).toMatchObject({
      state: 'pending',
      requester: 'viewer@acme.example',
      role: 'developer',
      scope: { kind: 'clusters', clusters: ['production'] },
      duration: '1h',
      reason: 'pods hang',
      ticket: 'OPS-12',
    });
    expect(stderr).toBe(
      `Asked for developer on cluster production for 1h.\n${request.id} waits for: 1 approval.\nSee how it stands, or wait for it:  sallyport access show ${request.id} --wait\n`,
    );
  });

  it('prints one line for a person', async () => {
    const { stdout } = await viewer('access', 'request', ...WISH);
    expect(stdout).toMatch(/^accessrequest\/req_\w{26} pending\n$/);
  });

  it('says where, which objects, when and whom to tell', async () => {
    const id = await ask(
      ...['-n', 'shop', '--object', 'pods/web-0', '--object', 'bank/deployments.apps/web', '--start-in', '2h'],
      ...['--reviewer', 'ann@acme.example', '--reviewer', 'bob@acme.example', '--policy', 'shop'],
    );
    expect(access().requests.get(id)).toMatchObject({
      scope: { kind: 'clusters', clusters: ['production'], namespaces: { names: ['shop'] } },
      objects: [
        { resource: 'pods', namespace: 'shop', name: 'web-0' },
        { apiGroup: 'apps', resource: 'deployments', namespace: 'bank', name: 'web' },
      ],
      suggestedReviewers: ['ann@acme.example', 'bob@acme.example'],
      policy: 'shop',
    });
    const startsAt = access().requests.get(id)?.startsAt?.getTime() ?? 0;
    expect(Math.abs(startsAt - Date.now() - 7_200_000)).toBeLessThan(60_000);
  });

  it('names all flags that are missing, before it asks the server for anything', async () => {
    const calls = server.fake.calls.length;
    expectUsage(
      await viewer('access', 'request', '--role', 'developer'),
      '--cluster, --duration, --reason are missing',
    );
    expectUsage(await viewer('access', 'request', ...WISH, '--start', 'tomorrow'), '"tomorrow" is no moment');
    expectUsage(await viewer('access', 'request', ...WISH, '--start', '2020-01-01T00:00Z'), 'is over');
    expectUsage(await viewer('access', 'request', ...WISH, '--project', 'x'), 'project');
    for (const duration of ['0s', '-1h', '1.5h', '3600', 'P1D']) {
      const argv = ['-c', 'x', '-r', 'developer', '--reason', 'y', `--duration=${duration}`];
      expectUsage(await viewer('access', 'request', ...argv), `"${duration}" is no duration`);
    }
    expect(server.fake.calls.length).toBe(calls);
  });

  it('says so when a request policy approved it at once, and when none lets one ask', async () => {
    access().autoApproved = 'developer';
    const granted = await viewer('access', 'request', ...WISH, '-o', 'name');
    expect(granted).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^accessrequest\/req_\w{26}\n$/) });
    expect(granted.stderr).toMatch(/^Granted at once: developer on cluster production until .* \((59m|1h) left\)\.\n$/);
    const refused = await viewer('access', 'request', ...WISH.with(3, 'owner'));
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain(
      'no request policy lets you ask for the role owner there (ERR_API_NOT_REQUESTABLE)',
    );
  });

  it('asks a person at a terminal for what is missing', async () => {
    const typed = ['production\n', 'shop\ndevel', 'oper\n45m\nlook at the heap\n'];
    let asked = '';
    const { exitCode, stdout } = await server.run('viewer@acme.example', ['access', 'request', '-o', 'json'], {
      stdin: {
        isTTY: true,
        async *[Symbol.asyncIterator]() {
          yield* typed;
        },
      },
      stderr: { isTTY: true, write: (text) => (asked += text) },
    });
    expect(exitCode, asked).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ role: 'developer', duration: '45m', reason: 'look at the heap' },
      scope: { kind: 'clusters', clusters: ['production'], namespaces: { names: ['shop'] } },
    });
    expect(asked).toContain(
      'Cluster: Namespace, or all: Role (developer): For how long (at most 8h): Reason, for the reviewers: ',
    );
  });
});

describe('access list', () => {
  it('shows what one may see, newest first, narrowed by the flags', async () => {
    const first = await ask();
    const second = await ask('--object', 'nodes/n1');
    await viewer('access', 'cancel', first);
    const { exitCode, stdout, stderr } = await viewer('access', 'list');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {3,}/));
    expect(rows.map((row) => row.slice(0, 6))).toEqual([
      ['ID', 'STATE', 'USER', 'ROLE', 'WHERE', 'FOR'],
      [second, 'pending 0/1', 'viewer@acme.example', 'developer', 'cluster production, only nodes/n1', '1h'],
      [first, 'cancelled', 'viewer@acme.example', 'developer', 'cluster production', '1h'],
    ]);
    const names = async (...argv: string[]) => (await approver('access', 'list', '-o', 'name', ...argv)).stdout;
    expect(await names('--to-review')).toBe(`accessrequest/${second}\n`);
    expect(await names('--mine')).toBe('');
    expect(await names('--user', 'viewer@acme.example', '--state', 'cancelled,denied')).toBe(
      `accessrequest/${first}\n`,
    );
    const limited = await viewer('access', 'list', '--limit', '1', '-o', 'json');
    expect(JSON.parse(limited.stdout)).toMatchObject({ items: [{ id: second }] });
    expect(limited.stderr).toBe('1 of 2 are shown. Pass --all for the rest.\n');
  });

  it('says that there is nothing, and refuses states that there are not', async () => {
    expect(await viewer('access', 'list', '-o', 'json')).toEqual({
      exitCode: 0,
      stdout: '{\n  "items": []\n}\n',
      stderr: 'There is no such access request that you may see.\n',
    });
    expectUsage(await viewer('access', 'list', '--state', 'active'), 'Expected --state=active to be one of');
    expectUsage(await viewer('access', 'list', '--mine', '--user', 'x'), 'user');
  });
});

describe('access show', () => {
  it('shows what is asked, what the role gives, who reviews, what happened, and what one can do', async () => {
    const id = await ask('--ticket', 'OPS-12');
    const { exitCode, stdout, stderr } = await approver('access', 'show', id);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const line of [
      `Access request ${id}`,
      '  Who      viewer@acme.example',
      '  Where    cluster production',
      '  Why      pods hang',
      '  Ticket   OPS-12',
      `  Content  sha256 ${access().requests.get(id)?.contentSha256}`,
      'Role developer gives',
      '  ClusterRoles  edit',
      '  Rules         get, list pods, deployments of the groups core, apps',
      '  Privileges    certificates',
      '  1.  0 of 1 approval (it waits for this), by whoever may review here',
      `  approve  sallyport access approve ${id}`,
    ]) {
      expect(stdout.split('\n')).toContain(line);
    }
    expect((await viewer('access', 'show', id, '-o', 'jsonpath={.state}')).stdout).toBe('pending');
    await approver('access', 'approve', id, '--reason', 'go on');
    const approved = (await viewer('access', 'show', id)).stdout;
    expect(approved).toMatch(/^ {2}\d\d:\d\d \(just now\) {2}approver@acme\.example approved it: go on$/m);
    expect(approved).not.toContain('approved by');
    expect(approved).toContain(`  revoke  sallyport access revoke ${id} --reason TEXT\n`);
    await viewer('access', 'revoke', id, '--reason', 'done');
    const revoked = (await viewer('access', 'show', id)).stdout;
    expect(revoked).toMatch(/^ {2}Grant {3}gnt_\w{26}, revoked$/m);
    expect(revoked).not.toContain('You can');
  });

  it('says of what is not there that it is not', async () => {
    const { exitCode, stdout, stderr } = await viewer('access', 'show', 'req_00000000000000000000000000');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('ERR_API_NOT_FOUND');
  });

  it('SEC-E08 shows what others wrote wrapped and without a character that a terminal acts on', async () => {
    const evil = `\u001b]0;owned\u0007\u001b[2J approved by root\u202e ${'A'.repeat(400)}`;
    const id = await ask();
    access().change(id, { reason: evil, ticket: '\u001b[31mOPS', requester: 'eve\u001b[1A@acme.example' });
    const shown = [
      await approver('access', 'show', id),
      await approver('access', 'list', '-o', 'wide'),
      await approver('access', 'approve', id),
      await approver('access', 'show', id, '-o', 'json'),
    ];
    for (const { stdout, stderr, exitCode } of shown) {
      expect(exitCode, stderr).toBe(0);
      expect(stdout + stderr).not.toMatch(/(?!\n)\p{C}/u);
    }
    for (const line of shown[0]?.stdout.split('\n') ?? []) expect(line.length).toBeLessThanOrEqual(100);
    for (const line of shown[1]?.stdout.split('\n') ?? []) expect(line).not.toContain('A'.repeat(100));
  });
});

describe('access approve', () => {
  it('shows what is approved on stderr, and approves exactly that', async () => {
    const id = await ask();
    const { exitCode, stdout, stderr } = await approver('access', 'approve', id, '--reason', 'go on', '-o', 'json');
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('Role developer gives');
    expect(stderr).toMatch(/^Approved: viewer@acme\.example has developer until .*\.$/m);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'approved', reviews: [{ verdict: 'approve', reason: 'go on' }] });
  });

  it('shortens, and says what else a request waits for', async () => {
    const id = await ask();
    access().change(id, { steps: [{ name: 'leads', reviewers: ['permitted'], approvals: 2, given: 0 }] });
    const { stderr, stdout } = await approver('access', 'approve', id, '-d', '30m', '-o', 'json');
    expect(stderr).toContain(`Your approval counts. ${id} still waits for: 1 approval.`);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'pending', duration: '30m' });
  });

  it('asks a person at a terminal, who may think better of it', async () => {
    const id = await ask();
    const answer = (text: string) => ({
      stdin: {
        isTTY: true,
        async *[Symbol.asyncIterator]() {
          yield text;
        },
      },
      stderr: { isTTY: true, write: (line: string) => (asked += line) },
    });
    let asked = '';
    for (const text of ['n\n', '\n', 'yeah\n', '']) {
      const { exitCode, stdout } = await server.run('ann', ['access', 'approve', id], answer(text));
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    }
    expect(asked).toContain('Approve this? [y/N] ');
    expect(asked).toContain('ERR_CLI_NOT_CONFIRMED');
    expect(access().requests.get(id)?.state).toBe('pending');
    const { exitCode } = await server.run('ann', ['access', 'approve', id], answer('y\n'));
    expect([exitCode, access().requests.get(id)?.state]).toEqual([0, 'approved']);
  });

  it('is refused when the content changed between showing and approving', async () => {
    const id = await ask();
    const { exitCode, stdout } = await server.run('ann', ['access', 'approve', id], {
      stdin: {
        isTTY: true,
        async *[Symbol.asyncIterator]() {
          access().changeContent(id);
          yield 'y\n';
        },
      },
      stderr: { isTTY: true, write: () => true },
    });
    expect([exitCode, stdout, access().requests.get(id)?.state]).toEqual([1, '', 'pending']);
  });

  it('passes on that nobody approves their own', async () => {
    const id = await ask();
    const { exitCode, stdout, stderr } = await viewer('access', 'approve', id);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('ERR_API_REVIEW_REFUSED');
  });
});

describe('access deny and cancel', () => {
  it('deny wants a reason, and is final', async () => {
    const id = await ask();
    expectUsage(await approver('access', 'deny', id), 'reason');
    const { exitCode, stdout, stderr } = await approver('access', 'deny', id, '--reason', 'freeze', '-o', 'json');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: 'Denied: viewer@acme.example does not get developer.\n',
    });
    expect(JSON.parse(stdout)).toMatchObject({ state: 'denied', resolvedReason: 'freeze' });
    const late = await approver('access', 'approve', id);
    expect(late).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: .*ERR_API_CONFLICT/),
    });
  });

  it('cancel takes a request back', async () => {
    const id = await ask();
    const { exitCode, stdout, stderr } = await viewer('access', 'cancel', id, '--reason', 'solved', '-o', 'json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'Cancelled.\n' });
    expect(JSON.parse(stdout)).toMatchObject({ state: 'cancelled', resolvedReason: 'solved' });
  });
});

describe('access revoke', () => {
  it('ends a grant by the id of its request or its own', async () => {
    const id = await ask();
    await approver('access', 'approve', id);
    const grant = access().requests.get(id)?.grant?.id ?? '';
    const { exitCode, stdout, stderr } = await approver('access', 'revoke', id, '--reason', 'done', '-o', 'json');
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toBe(
      'Revoked: viewer@acme.example no longer has developer by this grant. What was open on it ends now.\n',
    );
    expect(JSON.parse(stdout)).toMatchObject({ id: grant, state: 'revoked', endedReason: 'done' });
    const again = await approver('access', 'revoke', grant, '--reason', 'done');
    expect([again.exitCode, again.stdout, again.stderr.includes('ERR_API_CONFLICT')]).toEqual([1, '', true]);
  });

  it('says how to take back a request that led to no grant yet', async () => {
    const id = await ask();
    expectUsage(await viewer('access', 'revoke', id, '--reason', 'x'), `sallyport access cancel ${id}`);
    expectUsage(await viewer('access', 'revoke', id), 'reason');
  });
});

describe('access renew', () => {
  it('asks for more time under a grant', async () => {
    const id = await ask();
    await approver('access', 'approve', id);
    const grant = access().requests.get(id)?.grant?.id;
    for (const either of [id, grant ?? '']) {
      const renewed = await viewer('access', 'renew', either, '-d', '1h', '--reason', 'still at it', '-o', 'json');
      expect(renewed.exitCode, renewed.stderr).toBe(0);
      expect(JSON.parse(renewed.stdout)).toMatchObject({ state: 'pending', renews: grant, reason: 'still at it' });
      expect(renewed.stderr).toContain('Asked for developer on cluster production for 1h more.');
    }
    expectUsage(await viewer('access', 'renew', id, '--reason', 'x'), 'duration');
  });
});

describe('access break-glass and follow-up', () => {
  const terminal = (answer: string) => ({
    stdin: {
      isTTY: true,
      async *[Symbol.asyncIterator]() {
        yield answer;
      },
    },
    stderr: { isTTY: true, write: () => true },
  });

  it('takes a role only from somebody who said yes, and says aloud what it does', async () => {
    const argv = ['access', 'break-glass', ...WISH, '--ticket', 'INC-1'];
    const nobody = await viewer(...argv);
    expect({ exitCode: nobody.exitCode, stdout: nobody.stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(nobody.stderr).toContain('ERR_CLI_NOT_CONFIRMED');
    expect((await server.run('viewer@acme.example', argv, terminal('y\n'))).exitCode).toBe(1);
    expect(access().requests.size).toBe(0);
    expect((await server.run('viewer@acme.example', argv, terminal('yes\n'))).exitCode).toBe(0);
    const { exitCode, stdout, stderr } = await viewer(...argv, '--yes', '-o', 'json');
    expect(exitCode, stderr).toBe(0);
    const taken = JSON.parse(stdout) as { id: string };
    expect(taken).toMatchObject({ state: 'approved', isBreakGlass: true, followUp: { state: 'due' } });
    const shown = (await viewer('access', 'show', taken.id)).stdout;
    expect(shown).toContain('took it at once');
    expect(shown).not.toContain('Review\n');
    expect(stderr).toContain('BREAK-GLASS: you are about to take a role without anybody’s approval.');
    expect(stderr).toMatch(/^The glass is broken: developer on cluster production until .*$/m);
    expect(stderr).toMatch(/^Its follow-up review is due .*\.$/m);
  });

  it('has the use reviewed by somebody else', async () => {
    await viewer('access', 'break-glass', ...WISH, '--yes');
    const id = (await approver('access', 'list', '--to-follow-up', '-o', 'jsonpath={.items[0].id}')).stdout;
    expectUsage(await approver('access', 'follow-up', id, '--reason', 'x'), '--justified or --unjustified');
    expectUsage(
      await approver('access', 'follow-up', id, '--justified', '--unjustified', '--reason', 'x'),
      'justified',
    );
    expect((await viewer('access', 'follow-up', id, '--justified', '--reason', 'x')).exitCode).toBe(1);
    const { exitCode, stdout, stderr } = await approver(
      ...['access', 'follow-up', id, '--unjustified', '--reason', 'no incident', '-o', 'json'],
    );
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: 'Reviewed: the use by viewer@acme.example was unjustified.\n',
    });
    expect(JSON.parse(stdout)).toMatchObject({ followUp: { state: 'unjustified', reason: 'no incident' } });
  });
});

describe('access roles', () => {
  it('lists what can be asked for, and on what terms', async () => {
    expect(await viewer('access', 'roles', '--cluster', 'production')).toEqual({
      exitCode: 0,
      stdout:
        'ROLE        WHERE          AT MOST   APPROVALS   BREAK-GLASS   POLICY\ndeveloper   all clusters   8h        1           1h            shop\n',
      stderr: '',
    });
    access().requestable.length = 0;
    expect(await viewer('access', 'roles', '-o', 'json')).toEqual({
      exitCode: 0,
      stdout: '{\n  "items": []\n}\n',
      stderr: 'There is nothing that you may ask for here. A request policy would have to say so.\n',
    });
  });
});
