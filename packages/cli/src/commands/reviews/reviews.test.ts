import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseReviewer } from '../../reviews/reviewer.ts';
import { type FakeServer, startFakeServer } from '../../testing/fake-server.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const folder = temporaryFolder();
let server: FakeServer;
const admin = (...argv: string[]) => server.run('admin@acme.example', ['reviews', ...argv]);

beforeAll(async () => {
  server = await startFakeServer(folder);
});
afterAll(() => server.close());
beforeEach(() => {
  const { reviews, items, users } = server.fake.reviews;
  reviews.clear();
  items.clear();
  users.splice(0, users.length, 'ann@acme.example', 'bob@acme.example', 'admin@acme.example');
});

/** Starts a review, and yields the ids of its items by user. */
async function create(...more: string[]): Promise<ReadonlyMap<string, string>> {
  const { exitCode, stderr } = await admin('create', 'q4', '--organization', '-d', '14d', ...more);
  expect(exitCode, stderr).toBe(0);
  return new Map([...server.fake.reviews.items.values()].map(({ id, subject }) => [subject.name, id]));
}

describe('reviews', () => {
  it('create says what is asked, where, of whom and for how long', async () => {
    const created = await admin(
      ...['create', 'q4', '--project', 'shop', '-n', 'web', '-r', 'developer', '-r', 'viewer', '-d', '14d'],
      ...['--reviewer', 'group:auditors@corporate', '--reviewer', 'ann@acme.example', '--about', 'bindings'],
      ...['--remind-every', '3d', '--unanswered', 'remove', '--description', 'quarterly', '-o', 'json'],
    );
    expect({ exitCode: created.exitCode, stderr: created.stderr }).toEqual({
      exitCode: 0,
      stderr: 'Started: 3 to answer. See them:  sallyport reviews show q4 --items\n',
    });
    expect(JSON.parse(created.stdout)).toMatchObject({
      name: 'q4',
      scope: { kind: 'projects', projects: ['shop'], namespaces: { names: ['web'] } },
      roles: ['developer', 'viewer'],
      reviewers: [
        { kind: 'Group', name: 'auditors', identityProvider: 'corporate' },
        { kind: 'User', name: 'ann@acme.example' },
      ],
      ...{ about: 'bindings', remindEvery: '3d', onUnanswered: 'remove', description: 'quarterly' },
    });
    for (const argv of [
      ['create', 'q5', '-d', '14d'],
      ['create', 'q5', '--organization'],
      ['create', 'q5', '--organization', '-d', '0s'],
    ]) {
      const refused = await admin(...argv);
      expect([argv, refused.exitCode, refused.stdout]).toEqual([argv, 2, '']);
    }
  });

  it('reads reviewers of every kind, and refuses what names nobody', () => {
    expect(['group:a@b@corporate', 'group:ops', 'service-account:bot', 'user:group:x'].map(parseReviewer)).toEqual([
      { kind: 'Group', name: 'a@b', identityProvider: 'corporate' },
      { kind: 'Group', name: 'ops' },
      { kind: 'ServiceAccount', name: 'bot' },
      { kind: 'User', name: 'group:x' },
    ]);
    expect(() => parseReviewer('group:')).toThrow(expect.objectContaining({ code: 'ERR_CLI_USAGE' }));
  });

  it('list and show tell how far a review is, and what waits for the caller', async () => {
    const items = await create();
    expect((await admin('list')).stdout.split('\n')[1]).toMatch(/^q4 +open +all clusters +3 of 3 +0 +until /);
    expect(await admin('list', '--state', 'closed')).toMatchObject({
      exitCode: 0,
      stderr: 'There is no such access review that you may see.\n',
    });
    const card = (await admin('show', 'q4')).stdout;
    for (const line of ['Access review q4', '3 asked about', '  pending   3', '  close   sallyport reviews close q4']) {
      expect(card.split('\n')).toContain(line);
    }
    const mine = await admin('show', 'q4', '--items', '--mine', '-o', 'name');
    expect(mine.stdout.split('\n').slice(0, 2)).toEqual(
      ['ann@acme.example', 'bob@acme.example'].map((name) => `accessreviewitem/${items.get(name)}`),
    );
    expect((await admin('show', 'q4', '--mine')).exitCode).toBe(2);
    expect(await admin('show', 'nope')).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it('attest and remove answer about one or many, and tell which answers were refused', async () => {
    const items = await create();
    const [ann = '', bob = '', own = ''] = items.values();
    expect(await admin('remove', 'q4', bob, '--reason', 'left')).toMatchObject({
      ...{ exitCode: 0, stdout: `accessreviewitem/${bob} removed\n`, stderr: '' },
    });
    expect(server.fake.reviews.items.get(bob)).toMatchObject({ state: 'removed', reason: 'left' });
    const partly = await admin('attest', 'q4', ann, bob, own);
    expect(partly).toMatchObject({ exitCode: 1, stdout: `accessreviewitem/${ann} attested\n` });
    expect(partly.stderr).toContain(`${bob}: it is removed already (ERR_API_CONFLICT)`);
    expect(partly.stderr).toContain(`${own}: nobody answers about their own access (ERR_API_REVIEW_REFUSED)`);
    expect(partly.stderr).toContain('ERR_CLI_PARTLY_DONE');
    expect((await admin('remove', 'q4', ann)).exitCode).toBe(2);
    expect((await admin('remove', 'q4', '--reason', 'x')).exitCode).toBe(2);
    expect((await admin('attest', 'q4')).exitCode).toBe(2);
    expect((await admin('attest', 'q4', ann, '--all-mine')).exitCode).toBe(2);
  });

  it('attest --all-mine answers all that waits for the caller, and nothing of their own', async () => {
    const [ann = '', bob = ''] = (await create()).values();
    const { stdout, stderr } = await admin('attest', 'q4', '--all-mine', '--reason', 'the team is as it was');
    expect({ stdout, stderr }).toEqual({
      stdout: `accessreviewitem/${ann} attested\naccessreviewitem/${bob} attested\n`,
      stderr: '',
    });
    expect(await admin('attest', 'q4', '--all-mine')).toMatchObject({
      exitCode: 0,
      stderr: 'Nothing waits for you.\n',
    });
  });

  it('remind, close and report', async () => {
    await create();
    expect(await admin('remind', 'q4')).toMatchObject({
      stdout: 'accessreview/q4 open\n',
      stderr: 'Reminded: 3 are pending.\n',
    });
    expect(await admin('close', 'q4')).toMatchObject({
      stdout: 'accessreview/q4 closed\n',
      stderr: 'Closed: 0 attested, 0 removed, 3 skipped.\n',
    });
    expect(await admin('report', 'q4')).toMatchObject({ stdout: '"review"\r\n"q4"\r\n', stderr: '' });
    expect((await admin('report', 'q4', '-o', 'json')).stdout).toBe('{"type":"review","name":"q4"}\n');
    expect((await admin('report', 'q4', '-o', 'yaml')).exitCode).toBe(2);
  });
});
