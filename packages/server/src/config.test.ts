import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadServerConfig, type ServerConfigSources } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: string): string {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, content);
  return path;
}
const KEY = Buffer.alloc(32, 7).toString('base64');
const load = (sources: Partial<ServerConfigSources>) =>
  loadServerConfig({ env: { SALLYPORT_ENCRYPTION_KEY: KEY }, ...sources });
const problemsOf = (yaml: string, env: ServerConfigSources['env'] = { SALLYPORT_ENCRYPTION_KEY: KEY }): string => {
  try {
    load({ file: file(yaml), env });
  } catch (error) {
    expect(error).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      nextStep: expect.stringContaining('docs/configuration.md') as string,
    });
    return (error as Error).message;
  }
  throw new Error('the configuration was taken');
};

describe('loadServerConfig', () => {
  it('refuses a file that nests without end, and quotes nothing of one that is no YAML', () => {
    expect(problemsOf(`mode: ${'['.repeat(50_000)}`)).toContain('is nested more than 100 levels deep');
    expect(problemsOf('mode: "canary')).toMatch(/is not YAML \(line 1/);
    expect(problemsOf('mode: "canary')).not.toContain('canary');
  });

  it('takes a number of workers where there is PostgreSQL, and one for each core', () => {
    const postgres = { SALLYPORT_ENCRYPTION_KEY: KEY, SALLYPORT_DATABASE_URL: 'postgres://127.0.0.1/sallyport' };
    const workersOf = (yaml: string, env: ServerConfigSources['env'] = postgres) =>
      load({ file: file(yaml), env }).workers ?? 1;
    expect(workersOf('workers: 3')).toBe(3);
    expect(workersOf('workers: auto')).toBe(Math.min(availableParallelism(), 64));
    expect(workersOf('', { ...postgres, SALLYPORT_WORKERS: '2' })).toBe(2);
    expect(workersOf('workers: auto', { SALLYPORT_ENCRYPTION_KEY: KEY })).toBe(1);
    expect(problemsOf('workers: 2')).toContain('workers: more than one needs PostgreSQL');
    for (const bad of ['0', '65', '1.5']) expect(problemsOf(`workers: ${bad}`, postgres)).toContain('from 1 to 64');
    const address = 'workers: 2\npeers: { address: "10.0.0.7:7444" }';
    expect(problemsOf(address, postgres)).toContain('peers.listen: must be set beside peers.address');
  });

  it('takes limits of logins and lock-outs, within bounds, and leaves out what is not said', () => {
    const yaml = 'logins: { sessionLifetime: 8h, askInterval: 5m, lockOut: { maxAccountFailures: 3, firstLock: 5m } }';
    expect(load({ file: file(yaml) })).toMatchObject({
      logins: { sessionLifetimeMs: 28_800_000, askIntervalMs: 300_000 },
      lockOut: { maxAccountFailures: 3, firstLockMs: 300_000 },
    });
    expect(Object.keys(load({ file: file(yaml) }).lockOut ?? {})).toEqual(['maxAccountFailures', 'firstLockMs']);
    expect(load({})).not.toHaveProperty('lockOut');
    for (const [part, problem] of [
      ['sessionLifetime: 1s', 'logins.sessionLifetime: must be a duration from 5m to 30d'],
      ['askInterval: often', 'logins.askInterval: must be a duration from 1m to 1d'],
      ['lockOut: { maxAccountFailures: 0 }', 'logins.lockOut.maxAccountFailures'],
      ['lockOut: { maxLock: 48h }', 'logins.lockOut.maxLock: must be a duration from 1s to 1d'],
      ['lockOut: { firstLock: 2h }', 'logins.lockOut.firstLock: must not be longer than maxLock'],
      ['lockout: {}', 'logins.lockout: unknown key'],
    ] as const) {
      expect(problemsOf(`logins: { ${part} }`)).toContain(problem);
    }
  });

  it('reads the SMTP server with its password from a file, and refuses a password without TLS', () => {
    const passwordFile = file('canary-password\n');
    const smtp = (more: string) =>
      `notifications: { smtp: { host: smtp.example, from: "Sallyport <access@example.com>", ${more} } }`;
    const { notifications } = load({ file: file(smtp(`user: sallyport, passwordFile: ${passwordFile}`)) });
    expect(notifications?.smtp).toMatchObject({
      host: 'smtp.example',
      port: 587,
      security: 'starttls',
      user: 'sallyport',
    });
    expect(notifications?.smtp?.password?.reveal()).toBe('canary-password');
    expect(JSON.stringify(notifications)).not.toContain('canary');
    expect(load({ file: file(smtp('security: tls')) }).notifications?.smtp).toMatchObject({ port: 465 });
    expect(load({})).not.toHaveProperty('notifications');
    for (const [yaml, problem] of [
      [smtp(`security: none, user: a, passwordFile: ${passwordFile}`), 'a password is not sent without TLS'],
      [smtp('user: a'), 'user and passwordFile belong together'],
      ['notifications: { smtp: { host: h, from: "a\\r\\nBcc: b@example.com" } }', 'must be an address'],
      ['notifications: { allowedAddresses: [10.0.0.0/40] }', 'notifications.allowedAddresses[0]'],
    ] as const) {
      expect(problemsOf(yaml), yaml).toContain(problem);
    }
  });

  it('SEC-E09 allows no address of this machine or a private network unless it is told to', () => {
    expect(load({})).not.toHaveProperty('allowedIssuerAddresses');
    const yaml = 'allowedIssuerAddresses: [10.20.0.0/16, "fd00::/8", 192.0.2.17]';
    expect(load({ file: file(yaml) }).allowedIssuerAddresses).toEqual(['10.20.0.0/16', 'fd00::/8', '192.0.2.17']);
    expect(problemsOf('allowedIssuerAddresses: [10.20.0.1/16]')).toContain(
      'allowedIssuerAddresses[0]: "10.20.0.1/16" has bits',
    );
    expect(problemsOf('allowedIssuerAddresses: [localhost]')).toContain('neither an address nor a network');
  });

  it('fills in defaults', () => {
    const config = load({});
    expect(config).toMatchObject({
      mode: 'production',
      listen: { host: '127.0.0.1', port: 7443 },
      agentServerName: 'agents.sallyport.internal',
      organization: 'default',
      identityProviders: [],
    });
    expect(config.encryptionKey.reveal()).toEqual(Buffer.alloc(32, 7));
  });

  it('lets flags win over the environment, and that over the file', () => {
    const path = file('listen: 127.0.0.1:1\nstateDir: /file\npublicUrl: https://file.test/');
    const env = { SALLYPORT_ENCRYPTION_KEY: KEY, SALLYPORT_LISTEN: '127.0.0.1:2', SALLYPORT_STATE_DIR: '/env' };
    expect(load({ file: path, env, flags: { listen: '[::1]:3' } })).toMatchObject({
      listen: { host: '::1', port: 3 },
      stateDir: '/env',
      publicUrl: 'https://file.test',
    });
  });

  it('reads secrets from files and keeps them out of sight', () => {
    const config = load({
      file: file(`
identityProviders:
  - { name: corp, issuer: 'https://idp.test', clientId: sallyport, clientSecretFile: ${file('s3cret\n')} }
bindings:
  - { role: admin, identityProvider: corp, group: platform }
`),
    });
    expect(config.identityProviders[0]?.clientSecret?.reveal()).toBe('s3cret');
    expect(config.identityProviders[0]).toMatchObject({
      displayName: 'corp',
      userNameClaim: 'email',
      groupsClaim: 'groups',
      groupsSource: 'claims',
    });
    expect(JSON.stringify(config)).not.toContain('s3cret');
  });

  it('reports every problem at once, and the nearest known key', () => {
    const message = problemsOf('lisen: x\nmode: fast\nbindings: [{ role: king, identityProvider: a, group: b }]');
    expect(message).toContain('lisen: unknown key, did you mean listen');
    expect(message).toContain('mode: ');
    expect(message).toContain('bindings[0].role: ');
    expect(message).toMatch(/has 3 problems/);
  });

  it('refuses a binding to an identity provider that is not there', () => {
    expect(problemsOf('bindings: [{ role: admin, identityProvider: corp, group: x }]')).toContain(
      'bindings[0].identityProvider: there is no identity provider "corp"',
    );
  });

  it('SEC-H11 production mode refuses to start without an encryption key, or with a short one', () => {
    expect(problemsOf('{}', {})).toContain('production mode needs an encryption key');
    expect(problemsOf('{}', { SALLYPORT_ENCRYPTION_KEY: 'c2hvcnQ=' })).toContain('is 5 bytes, must be 32');
  });

  it('SEC-H11 production mode refuses users of the development provider', () => {
    const users = `developmentUsers: [{ email: a@b.test, name: A, passwordFile: ${file('x')} }]`;
    expect(problemsOf(users)).toContain('the development provider does not run in production mode');
  });

  it('makes an encryption key of its own in development mode, once, readable by its owner only', () => {
    const stateDir = join(folder, 'state');
    const env = { SALLYPORT_MODE: 'development', SALLYPORT_STATE_DIR: stateDir };
    const first = load({ env }).encryptionKey.reveal();
    expect(load({ env }).encryptionKey.reveal()).toEqual(first);
    expect(statSync(join(stateDir, 'encryption.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(stateDir, 'encryption.key'), 'utf8').trim()).toHaveLength(44);
  });

  it('takes former encryption keys behind the current one, and counts the one that is wrong', () => {
    const key = (fill: number) => Buffer.alloc(32, fill).toString('base64');
    const config = load({ file: file(`encryptionKeyFile: ${file(`${key(1)}\n${key(2)} ${key(3)}\n`)}`), env: {} });
    expect(config.encryptionKey.reveal()).toEqual(Buffer.alloc(32, 1));
    expect(config.formerEncryptionKeys?.map((one) => one.reveal()[0])).toEqual([2, 3]);
    expect(() => load({ file: file(`encryptionKeyFile: ${file(`${key(1)}\nAAAA`)}`), env: {} })).toThrow(
      'encryption key 2: is 3 bytes, must be 32 in base64',
    );
  });

  it('reads how often keys rotate, and refuses less than a day', () => {
    const { keyRotation } = load({ file: file('keyRotation: { oauth: 7d, frontTls: never }') });
    expect(keyRotation).toEqual({ oauth: 7 * 86_400_000, frontTls: undefined });
    for (const wrong of ['23h', 'weekly', '0d']) {
      expect(problemsOf(`keyRotation: { cookie: ${wrong} }`)).toContain('never, or a duration from 24h on');
    }
    expect(problemsOf('keyRotation: { cookies: 7d }')).toContain('keyRotation.cookies: unknown key');
  });

  it('names a file that can not be read, and one that is not YAML', () => {
    expect(() => load({ file: join(folder, 'absent') })).toThrow(/absent: can't be read \(ENOENT\)/);
    expect(() => load({ file: file('a: [') })).toThrow(/is not YAML \(line 1, column \d+\)/);
    expect(problemsOf('databaseUrlFile: /absent')).toContain("databaseUrlFile: can't read /absent (ENOENT)");
  });
});
