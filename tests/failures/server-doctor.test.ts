import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadServerConfig } from '../../packages/server/src/config.ts';
import { examineServer } from '../../packages/server/src/doctor/examine-server.ts';
import { createServer } from '../../packages/server/src/server.ts';
import { openDatabase } from '../../packages/server/src/stores/open-store.ts';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { awaitCondition, freePort, lacks, part } from '../support/index.ts';

const DAY_MS = 86_400_000;

/** A configuration in a folder of its own, and what is found there. */
function anInstallation(more: object = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-examined-'));
  const stateDir = join(folder, 'state');
  const file = join(folder, 'server.yaml');
  const write = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const key = () => randomBytes(32).toString('base64');
  const encryptionKeyFile = write('key', key());
  let settings: object = {
    mode: 'production',
    stateDir,
    encryptionKeyFile,
    listen: '127.0.0.1:0',
    audit: { spoolMegabytes: 64 },
    ...more,
  };
  const configure = (changes: object = {}) => {
    settings = { ...settings, ...changes };
    writeFileSync(file, JSON.stringify(settings));
  };
  configure();
  const sources = { file, env: {} };
  return {
    folder,
    stateDir,
    configure,
    write,
    key,
    sources,
    config: () => loadServerConfig(sources),
    /** Checks by name; with a clock, that is what the machine's says. */
    async examine(nowMs?: number) {
      const clock = nowMs === undefined ? {} : { clock: createFakeClock(new Date(nowMs)) };
      const found = await examineServer(sources, clock);
      return new Map(found.map((check) => [check.name, check]));
    },
  };
}

type Installation = ReturnType<typeof anInstallation>;

const failedIn = (checks: Awaited<ReturnType<Installation['examine']>>) =>
  [...checks.values()].filter(({ result }) => result === 'failed').map(({ name }) => name);

/** Paths and times of everything in a folder. */
function contentOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path} ${statSync(path).mtimeMs}`;
    })
    .sort();
}

describe('a server on the embedded database', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = anInstallation();
    const server = await createServer({ config: installation.config() });
    await server.close();
  }, 60_000);
  afterAll(() => rmSync(installation.folder, { recursive: true, force: true }));
  beforeEach(() => installation.configure({ listen: '127.0.0.1:0' }));

  it('that is well is found so, and nothing of it is changed', async () => {
    const before = contentOf(installation.stateDir);
    const checks = await installation.examine();
    expect(failedIn(checks)).toEqual([]);
    expect(contentOf(installation.stateDir)).toEqual(before);
    for (const name of ['configuration', 'database', 'schema', 'encryption key', 'past', 'keys'])
      expect([name, checks.get(name)?.result]).toEqual([name, 'ok']);
    expect(JSON.stringify([...checks.values()])).not.toContain(
      installation.config().encryptionKey.reveal().toString('base64'),
    );
  }, 30_000);

  it('that runs holds its port and its database, and is not disturbed', async () => {
    installation.configure({ listen: `127.0.0.1:${await freePort()}` });
    const server = await createServer({ config: installation.config() });
    try {
      const checks = await installation.examine();
      expect(failedIn(checks)).toEqual([]);
      expect(checks.get('ports')?.detail).toContain('is held by a server of ours');
      expect(checks.get('database')?.result).toBe('skipped');
    } finally {
      await server.close();
    }
  }, 60_000);

  it('whose port is somebody else’s is told so', async () => {
    const other = createTcpServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { readonly port: number };
    installation.configure({ listen: `127.0.0.1:${port}` });
    const checks = await installation.examine();
    expect(failedIn(checks)).toEqual(['ports']);
    await new Promise((resolve) => other.close(resolve));
  }, 30_000);

  it('whose keys nobody rotated is told so', async () => {
    const checks = await installation.examine(Date.now() + 45 * DAY_MS);
    expect(failedIn(checks)).toEqual(['keys']);
    expect(checks.get('keys')?.detail).toContain('kubeCredential');
  }, 30_000);

  it('whose folder others may enter, with events of a killed server, is told so', async () => {
    chmodSync(installation.stateDir, 0o755);
    const spool = join(installation.stateDir, 'audit', 'spool', createId('replica', Date.now()));
    mkdirSync(spool, { recursive: true });
    expect(failedIn(await installation.examine())).toEqual(['state folder', 'audit spool']);
    rmSync(spool, { recursive: true });
    chmodSync(installation.stateDir, 0o700);
  }, 30_000);

  it('whose database is older than it has seen is told so', async () => {
    const { db, close } = await openDatabase(
      { kind: 'pglite', dataDir: join(installation.stateDir, 'database') },
      { encryptionKey: installation.config().encryptionKey },
    );
    await db.updateTable('change_head').set({ seq: 0 }).execute();
    await db
      .updateTable('audit_tiles')
      .set({ hashes: Buffer.alloc(32) })
      .execute();
    await close();
    const checks = await installation.examine();
    expect(failedIn(checks)).toEqual(['past']);
    expect(checks.get('past')?.nextStep).toContain('sallyport server restore');
  }, 30_000);

  it('whose encryption key is another one is told so', async () => {
    writeFileSync(join(installation.folder, 'key'), installation.key());
    expect(failedIn(await installation.examine())).toContain('encryption key');
  }, 30_000);
});

describe('a server that has not been started yet', () => {
  it('has nothing to be looked at', async () => {
    const installation = anInstallation();
    const checks = await installation.examine();
    expect(failedIn(checks)).toEqual([]);
    expect(checks.get('database')?.result).toBe('skipped');
    expect(readdirSync(installation.folder).sort()).toEqual(['key', 'server.yaml']);
    rmSync(installation.folder, { recursive: true });
  });

  it('is told all problems of its configuration, and what could not be looked at', async () => {
    const installation = anInstallation({ listen: 'nowhere', publicURL: 'x' });
    const checks = await installation.examine();
    expect(failedIn(checks)).toEqual(['configuration']);
    expect(checks.get('configuration')?.detail).toMatch(/listen[\s\S]*publicURL|publicURL[\s\S]*listen/);
    expect([...checks.values()].filter(({ result }) => result === 'ok')).toEqual([]);
    rmSync(installation.folder, { recursive: true });
  });

  it('is told of a database, signer and identity provider that do not answer, a certificate of another host, and a full disk', async () => {
    const installation = anInstallation();
    const port = await freePort();
    const own = anInstallation({ publicUrl: 'https://sallyport.example.com' });
    const server = await createServer({ config: own.config() });
    const { cert, key } = server.hostTls();
    await server.close();
    installation.configure({
      publicUrl: 'https://elsewhere.example.com',
      tls: { certFile: installation.write('tls.crt', cert), keyFile: installation.write('tls.key', key) },
      databaseUrlFile: installation.write('url', `postgres://sallyport:c4nary@127.0.0.1:${port}/x`),
      signer: { socket: join(installation.folder, 'signer.sock') },
      identityProviders: [{ name: 'okta', issuer: `https://127.0.0.1:${port}`, clientId: 'x' }],
      audit: { spoolMegabytes: 1_048_576 },
    });
    const checks = await installation.examine();
    const { bavail, bsize } = statfsSync(installation.folder);
    const full = bavail * bsize < 2 ** 40 ? ['disk'] : [];
    expect(failedIn(checks)).toEqual([...full, 'certificate', 'signer', 'database', 'identity providers']);
    expect(JSON.stringify([...checks.values()])).not.toContain('c4nary');
    // The same certificate, for its own host: it ends in a while.
    installation.configure({ publicUrl: 'https://sallyport.example.com' });
    expect(failedIn(await installation.examine())).not.toContain('certificate');
    expect(failedIn(await installation.examine(Date.now() + 10 * 365 * DAY_MS))).toContain('certificate');
    for (const { folder } of [installation, own]) rmSync(folder, { recursive: true });
  }, 60_000);
});

describe.skipIf(lacks('postgres'))('a server on PostgreSQL', () => {
  it('is told what the database is, of a clock that differs, and of a schema that is too new', async () => {
    const { url, drop } = await createPostgresDatabase(part('postgres'));
    const installation = anInstallation();
    installation.configure({ databaseUrlFile: installation.write('url', url) });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      expect((await installation.examine()).get('schema')?.detail).toContain('the first start sets it up');
      const { close } = await openDatabase(
        { kind: 'postgres', url },
        { encryptionKey: installation.config().encryptionKey },
      );
      await close();
      const checks = await installation.examine();
      expect(failedIn(checks)).toEqual([]);
      expect(checks.get('database')?.detail).toMatch(/^PostgreSQL \d+, (?:no )?TLS, /);
      expect(checks.get('schema')?.detail).toBe('up to date');
      expect(failedIn(await installation.examine(Date.now() + 120_000))).toEqual(['clock']);
      await client.query(`insert into kysely_migration (name, timestamp) values ('9999-later', '')`);
      await client.query(`update settings set value = '0.2.0' where name = 'schemaVersion'`);
      expect(failedIn(await installation.examine())).toEqual(['schema']);
    } finally {
      await client.end();
      await drop();
      rmSync(installation.folder, { recursive: true });
    }
  }, 60_000);

  it('is told of an audit log that is another one than it signed', async () => {
    const { url, drop } = await createPostgresDatabase(part('postgres'));
    const installation = anInstallation();
    installation.configure({ databaseUrlFile: installation.write('url', url) });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const server = await createServer({ config: installation.config() });
      await awaitCondition(async () => (await client.query('select from audit_checkpoints')).rows.length > 0, {
        what: 'there is a checkpoint',
      });
      await server.close();
      expect((await installation.examine()).get('audit log')?.result).toBe('ok');
      await client.query(`update audit_tiles set hashes = decode(repeat('00', octet_length(hashes)), 'hex')`);
      expect(failedIn(await installation.examine())).toEqual(['audit log']);
    } finally {
      await client.end();
      await drop();
      rmSync(installation.folder, { recursive: true });
    }
  }, 60_000);
});
