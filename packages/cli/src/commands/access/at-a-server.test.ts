import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHome } from '../../state/home.ts';
import { type RealServer, startRealServer } from '../../testing/real-server.ts';
import { runCaptured } from '../../testing/run-captured.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const folder = temporaryFolder();
let real: RealServer;
const homes = { owner: createHome(join(folder, 'owner')), viewer: createHome(join(folder, 'viewer')) };
type Person = keyof typeof homes;
const run = (who: Person, ...argv: string[]) =>
  runCaptured(argv, { env: { SALLYPORT_HOME: homes[who].folder }, userHome: homes[who].folder, cwd: folder });
async function read(who: Person, ...argv: string[]) {
  const { exitCode, stdout, stderr } = await run(who, ...argv, '-o', 'json');
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as { id: string; items: { id: string }[] };
}

const POLICY = `apiVersion: sallyport.dev/v1
kind: RequestPolicy
metadata: {name: production}
spec:
  requesters: [{kind: User, name: viewer@acme.example}]
  roles: [developer]
  scope: {kind: clusters, clusters: [production]}
  maxDuration: 8h
  maxTotalDuration: 24h
  steps: [{reviewers: [{kind: User, name: owner@acme.example}]}]
  breakGlass: {maxDuration: 1h, reviewers: [{kind: User, name: owner@acme.example}]}
`;
const WISH = ['-c', 'production', '-n', 'shop', '-r', 'developer', '-d', '1h', '--reason', 'pods hang'];

beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
  for (const who of ['owner', 'viewer'] as const) {
    const { exitCode, stderr } = await runCaptured(['login', real.url, '--ca-file', real.caFile], {
      env: { SALLYPORT_HOME: homes[who].folder },
      userHome: homes[who].folder,
      openBrowser: real.browserOf(who),
    });
    expect(exitCode, stderr).toBe(0);
  }
  expect((await run('owner', 'clusters', 'create', 'production')).exitCode).toBe(0);
  writeFileSync(join(folder, 'policy.yaml'), POLICY);
  const applied = await run('owner', 'apply', '-f', 'policy.yaml');
  expect(applied.exitCode, applied.stderr).toBe(0);
}, 60_000);
afterAll(() => real.close());

it('a real server and the commands understand one another, from the request to the end of the grant', async () => {
  expect((await read('viewer', 'access', 'roles')).items).toMatchObject([{ role: 'developer', policy: 'production' }]);
  const request = await read('viewer', 'access', 'request', ...WISH);
  expect(request).toMatchObject({ state: 'pending', may: { review: false, cancel: true } });
  expect((await read('owner', 'access', 'list', '--to-review')).items).toMatchObject([{ id: request.id }]);
  expect((await run('owner', 'whoami')).stderr).toContain('1 access request waits for your review');
  expect(await run('viewer', 'access', 'approve', request.id)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('ERR_API_REVIEW_REFUSED'),
  });
  const waited = run('viewer', 'access', 'show', request.id, '--wait', '-o', 'json');
  expect(await read('owner', 'access', 'approve', request.id)).toMatchObject({ state: 'approved' });
  const { exitCode, stdout, stderr } = await waited;
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ grant: { state: 'active' } });
  expect((await run('viewer', 'whoami')).stdout).toMatch(/developer until [\d :-]+ \((59m|1h) left\)/);
  const renewal = await read('viewer', 'access', 'renew', request.id, '-d', '1h', '--reason', 'still at it');
  expect(await read('owner', 'access', 'deny', renewal.id, '--reason', 'no')).toMatchObject({ state: 'denied' });
  expect((await read('viewer', 'grants', 'list', '--mine', '--state', 'active')).items).toHaveLength(1);
  expect(await read('owner', 'access', 'revoke', request.id, '--reason', 'done')).toMatchObject({ state: 'revoked' });
  expect((await run('viewer', 'access', 'show', renewal.id, '--wait')).exitCode).toBe(5);
}, 60_000);

it('a role that is taken in an emergency is followed up', async () => {
  const taken = await read('viewer', 'access', 'break-glass', ...WISH, '--yes');
  expect(taken).toMatchObject({ state: 'approved', followUp: { state: 'due' } });
  const [due] = (await read('owner', 'access', 'list', '--to-follow-up')).items;
  expect(due?.id).toBe(taken.id);
  const done = await read('owner', 'access', 'follow-up', taken.id, '--justified', '--reason', 'read it');
  expect(done).toMatchObject({ followUp: { state: 'justified' } });
  const gift = ['--user', 'viewer@acme.example', '-r', 'viewer', '-c', 'production', '-d', '1h', '--reason', 'on call'];
  const grant = await read('owner', 'grants', 'create', ...gift);
  expect(await read('owner', 'grants', 'revoke', grant.id, '--reason', 'done')).toMatchObject({ state: 'revoked' });
}, 60_000);
