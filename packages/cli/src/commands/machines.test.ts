import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@sallyport/core';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome } from '../state/home.ts';
import { type RealServer, startRealServer } from '../testing/real-server.ts';
import { type Captured, runCaptured } from '../testing/run-captured.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const home = createHome(join(folder, 'home'));
const ISSUER = 'https://ci.example.com';
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let real: RealServer;

const base = { env: { SALLYPORT_HOME: home.folder, SALLYPORT_KEYRING: 'off' }, userHome: home.folder, cwd: folder };
const run = (argv: readonly string[], env: Record<string, string> = {}, more = {}): Promise<Captured> =>
  runCaptured(argv, { ...base, ...more, env: { ...base.env, ...env } });
async function ok(argv: readonly string[], env: Record<string, string> = {}, more = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await run(argv, env, more);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}
const machineEnv = (name: string) => ({
  SALLYPORT_HOME: join(folder, name),
  SALLYPORT_SERVER: real.url,
  SALLYPORT_CA_FILE: real.caFile,
});

beforeAll(async () => {
  real = await startRealServer(join(folder, 'server'));
  await ok(['login', real.url, '--ca-file', real.caFile], {}, { openBrowser: real.browserOf('admin') });
  await ok(['service-accounts', 'create', 'deployer']);
  await ok([
    'create',
    'binding',
    'deployers',
    '--spec',
    'role=viewer',
    '--spec',
    'subjects=[{kind: ServiceAccount, name: deployer}]',
    '--spec',
    'scope={kind: organization}',
  ]);
});
afterAll(() => real.close());

describe('API keys of service accounts', () => {
  it('are created, used from the environment without a file, listed and revoked', async () => {
    const created = await run(['service-accounts', 'keys', 'create', 'deployer', 'ci', '--lifetime', '30d']);
    expect(created.exitCode, created.stderr).toBe(0);
    expect(created.stdout).toMatch(/^sak_\w+\n$/);
    expect(created.stderr).toContain('not shown again');
    const key = created.stdout.trim();

    const env = { ...machineEnv('machine'), SALLYPORT_API_KEY: key };
    expect(await ok(['whoami', '-o', 'jsonpath={.principal.userName}'], env)).toContain('serviceaccount:deployer');
    await ok(['clusters', 'list'], env);
    expect(existsSync(env.SALLYPORT_HOME) ? readdirSync(env.SALLYPORT_HOME) : []).toEqual([]);

    const listed = await ok(['service-accounts', 'keys', 'list', 'deployer']);
    expect(listed).toMatch(/^NAME +ID +EXPIRES +LAST USED\nci +key_\w+ /);
    expect(listed).not.toContain(key);
    expect((await run(['service-accounts', 'keys', 'revoke', 'deployer', 'ci'])).stderr).toMatch(/^Revoked ci \(key_/);
    const refused = await run(['whoami'], env);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('ERR_API_UNAUTHENTICATED');
    expect(refused.stderr).not.toContain(key);
  });

  it('print what is known of them when asked, and are limited as told', async () => {
    const text = await ok([
      'service-accounts',
      'keys',
      'create',
      'deployer',
      'limited',
      '--permission',
      'clusters.read',
      '--from',
      '127.0.0.0/8',
      '-o',
      'json',
    ]);
    expect(JSON.parse(text)).toMatchObject({
      apiKey: { name: 'limited', permissions: ['clusters.read'], ipRanges: ['127.0.0.0/8'] },
    });
    const wrong = await run(['service-accounts', 'keys', 'create', 'deployer', 'wrong', '--permission', 'nothing']);
    expect(wrong.stderr).toContain('ERR_API_REQUEST_INVALID');
    const unknown = await run(['service-accounts', 'keys', 'revoke', 'deployer', 'nosuch']);
    expect(unknown.stderr).toContain('has no API key "nosuch"');
  });

  it('give way to a profile that is named, and need a server', async () => {
    const env = { SALLYPORT_API_KEY: 'sak_none' };
    const profile = JSON.parse(await ok(['profiles', 'list', '-o', 'json'])).items[0].name as string;
    expect(await ok(['whoami', '--profile', profile, '-o', 'jsonpath={.principal.userName}'], env)).toContain(
      'admin@acme.example',
    );
    const lost = await run(['whoami'], { ...env, SALLYPORT_HOME: join(folder, 'nowhere') });
    expect(lost.stderr).toContain('SALLYPORT_SERVER');
  });
});

describe('workload identities', () => {
  const tokenFile = join(folder, 'token');
  let runs = 0;
  async function writeToken(claims: Record<string, unknown> = {}) {
    const now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({
      iss: ISSUER,
      aud: 'sallyport',
      sub: 'ci',
      iat: now,
      exp: now + 300,
      jti: `run-${++runs}`,
      ref: 'main',
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign(keys.privateKey);
    writeFileSync(tokenFile, `${token}\n`);
  }
  const login = (file: string, env: Record<string, string>) =>
    run(
      [
        'login',
        real.url,
        '--ca-file',
        real.caFile,
        '--workload-token-file',
        file,
        '--workload-identity',
        'ci',
        '--organization',
        'acme',
      ],
      env,
    );

  beforeAll(async () => {
    const document = {
      apiVersion: 'sallyport.dev/v1',
      kind: 'WorkloadIdentity',
      metadata: { name: 'ci' },
      spec: {
        issuer: ISSUER,
        audiences: ['sallyport'],
        jwks: { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one' }] },
        condition: 'claims.ref == "main"',
      },
    };
    mkdirSync(join(folder, 'files'));
    writeFileSync(join(folder, 'files', 'ci.json'), JSON.stringify(document));
    await ok(['apply', '-f', join(folder, 'files', 'ci.json')]);
  });

  it('log in with the token of their platform, and again with a new one when that session is over', async () => {
    const env = { SALLYPORT_HOME: join(folder, 'runner') };
    await writeToken();
    const done = await login('token', env);
    expect(done.exitCode, done.stderr).toBe(0);
    expect(done.stderr).toContain('as workload:ci');
    expect(await ok(['whoami', '-o', 'jsonpath={.principal.userName}'], env)).toContain('workload:ci');
    await writeToken();
    const later = { now: () => Date.now() + 3_600_000 };
    const again = await run(['whoami', '-o', 'jsonpath={.principal.userName}'], env, {
      clock: { ...systemClock, ...later },
    });
    expect(again.exitCode, again.stderr).toBe(0);
    await ok(['logout'], env);
    expect((await run(['whoami'], env)).stderr).toContain('ERR_CLI_NOT_LOGGED_IN');
  });

  it('say why a token was not taken, and never show it', async () => {
    const env = { SALLYPORT_HOME: join(folder, 'refused') };
    await writeToken({ ref: 'evil' });
    const refused = await login('token', env);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('condition of the workload identity does not hold');
    expect(refused.stderr).not.toContain('eyJ');
    expect((await login('no-such-file', env)).stderr).toContain('ERR_CLI_WORKLOAD_TOKEN');
    const half = await run(['login', real.url, '--workload-token-file', 'token'], env);
    expect(half.exitCode).not.toBe(0);
  });
});
