import { randomBytes } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import { createApiClient, registerCluster } from '@sallyport/core/api';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { developmentConfig, type ServerConfig } from '../../packages/server/src/config.ts';
import { backUpDatabase, putBackupBack } from '../../packages/server/src/restore/backup.ts';
import { restoreDatabase } from '../../packages/server/src/restore/restore-database.ts';
import { createServer, type SallyportServer } from '../../packages/server/src/server.ts';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { fetchTrusting, logIn, type Person } from '../stack/login.ts';
import { freePort, lacks, part, temporaryFolder } from '../support/index.ts';

const organization = 'demo';
const CLUSTER = 'prod';
const PEOPLE = ['owner', 'developer', 'viewer', 'leaver', 'mover'] as const;
type Name = (typeof PEOPLE)[number];
const emailOf = (name: Name) => `${name}@demo.test`;
const password = randomBytes(18).toString('base64url');
const apiVersion = 'sallyport.dev/v1' as const;

/** Where a database is, and how somebody who runs it copies it and puts the copy back. */
interface Database {
  readonly config: Partial<ServerConfig>;
  backUp(config: ServerConfig): Promise<void>;
  putBack(config: ServerConfig): Promise<void>;
  drop(): Promise<void>;
}

function embedded(folder: string): Database {
  const backup = join(folder, 'backup');
  return {
    config: {},
    backUp: async (config) => void (await backUpDatabase(config, backup)),
    putBack: async (config) => void (await putBackupBack(config, backup)),
    drop: async () => {},
  };
}

async function postgres(serverUrl: string): Promise<Database> {
  const { url, drop } = await createPostgresDatabase(serverUrl);
  const name = new URL(url).pathname.slice(1);
  const administer = async (...statements: readonly string[]) => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  return {
    config: { databaseUrl: new Secret(url) },
    backUp: () => administer(`create database ${name}_backup template ${name}`),
    putBack: () => administer(`drop database ${name} with (force)`, `create database ${name} template ${name}_backup`),
    async drop() {
      await administer(`drop database if exists ${name}_backup with (force)`);
      await drop();
    },
  };
}

describe.each([
  { name: 'PGlite', open: async (folder: string) => embedded(folder), isSkipped: false },
  { name: 'PostgreSQL', open: () => postgres(part('postgres')), isSkipped: lacks('postgres') },
])('a backup of yesterday, on $name', ({ open, isSkipped }) => {
  describe.skipIf(isSkipped)('that is restored', () => {
    let folder: string;
    let database: Database;
    let config: ServerConfig;
    let server: SallyportServer | undefined;
    beforeAll(async () => {
      folder = temporaryFolder('restored');
      database = await open(folder);
      config = developmentConfig({
        stateDir: join(folder, 'state'),
        listen: { host: '127.0.0.1', port: await freePort() },
        organization,
        bindings: [
          { role: 'owner', identityProvider: 'development', group: 'owner' },
          { role: 'developer', identityProvider: 'development', group: 'developer' },
          { role: 'member', identityProvider: 'development', group: 'viewer' },
        ],
        developmentUsers: PEOPLE.map((name) => ({
          email: emailOf(name),
          name,
          password: new Secret(password),
          groups: [name === 'leaver' ? 'developer' : name === 'mover' ? 'viewer' : name],
        })),
        ...database.config,
      });
    }, 60_000);
    afterAll(async () => {
      await server?.close();
      await database?.drop();
    }, 60_000);

    const startServer = async () => {
      server = await createServer({ config });
      return server;
    };
    const stop = async () => {
      await server?.close();
      server = undefined;
    };
    const running = () => {
      if (server === undefined) throw new Error('no server runs');
      return server;
    };
    const signIn = (name: Name) => logIn(running().publicUrl, running().caPem, emailOf(name), password);
    /** 503 says that it is allowed, and that no agent is there to do it. */
    async function ask(token: string, method = 'GET'): Promise<number> {
      const { publicUrl, caPem } = running();
      const url = `${publicUrl}/k/${organization}/${CLUSTER}/api/v1/namespaces/default/pods/web`;
      const answer = await fetchTrusting(caPem)(url, { method, headers: { authorization: `Bearer ${token}` } });
      await answer.body?.cancel();
      return answer.status;
    }
    const mint = async ({ api }: Person) => (await api.mintKubeCredential({ organization, name: CLUSTER })).token ?? '';
    const whoAmI = (api: Person['api']) =>
      api.whoAmI().then(
        () => 200,
        (error: { readonly problem?: { readonly status: number } }) => error.problem?.status,
      );
    const aBinding = (name: string, user: Name, role: string) => ({
      apiVersion,
      kind: 'Binding' as const,
      metadata: { name },
      spec: {
        role,
        subjects: [{ kind: 'User' as const, name: emailOf(user) }],
        scope: { kind: 'organization' as const },
      },
    });

    it('SEC-H13 is refused until it was made fit, and brings back nothing that was revoked since', async () => {
      await startServer();
      const [owner, developer, viewer, leaver, mover] = [
        await signIn('owner'),
        await signIn('developer'),
        await signIn('viewer'),
        await signIn('leaver'),
        await signIn('mover'),
      ];
      await registerCluster(owner.api, organization, { name: CLUSTER });
      expect(await ask(await mint(viewer), 'DELETE')).toBe(403);
      expect(await ask(await mint(mover), 'DELETE')).toBe(403);
      const grant = await owner.api.createGrant({
        organization,
        body: {
          ...{ user: viewer.email, role: 'developer', duration: '8h', reason: 'the shop is down' },
          scope: { kind: 'clusters', clusters: [CLUSTER] },
        },
      });
      await owner.api.createBinding({ organization, body: aBinding('of-mover', 'mover', 'developer') });
      await owner.api.createServiceAccount({
        organization,
        body: { apiVersion, kind: 'ServiceAccount', metadata: { name: 'robot' }, spec: {} },
      });
      const key = await owner.api.createApiKey({ organization, name: 'robot', body: { name: 'k' } });
      const robot = () =>
        createApiClient({
          baseUrl: running().publicUrl,
          fetch: fetchTrusting(running().caPem),
          accessToken: () => key.secret,
        });
      const tokens = [await mint(developer), await mint(viewer), await mint(leaver), await mint(mover)] as const;
      for (const token of tokens) expect(await ask(token, 'DELETE')).toBe(503);
      expect(await whoAmI(robot())).toBe(200);
      await stop();
      await database.backUp(config);

      // What is taken away after the backup.
      await startServer();
      const again = await signIn('owner');
      await again.api.revokeGrant({ organization, id: grant.id, body: { reason: 'the shop is up' } });
      await again.api.revokeApiKey({ organization, name: 'robot', id: key.apiKey.id });
      await again.api.deleteBinding({ organization, name: 'of-mover' });
      const { spec, metadata } = await again.api.getUser({ organization, name: leaver.email });
      await again.api.updateUser({
        organization,
        name: leaver.email,
        body: { apiVersion, kind: 'User', metadata: { name: metadata.name }, spec: { ...spec, disabled: true } },
      });
      await again.api.createBinding({ organization, body: aBinding('of-later', 'viewer', 'auditor') });
      const stillThere = await signIn('developer');
      await stillThere.api.logOut();
      await stop();

      await database.putBack(config);
      await expect(createServer({ config })).rejects.toMatchObject({ code: 'ERR_STORE_ROLLED_BACK' });

      const report = await restoreDatabase(config);
      expect(report).toMatchObject({ endedGrants: 1, removed: [] });
      expect(report.endedLoginSessions).toBeGreaterThanOrEqual(PEOPLE.length + 1);
      await startServer();
      for (const token of tokens) expect(await ask(token)).toBe(401);
      // The CA of the front door is another one as well; whoever trusts it is still nobody.
      const trusting = fetchTrusting(running().caPem);
      for (const person of [owner, developer, viewer, leaver, mover]) {
        expect(await whoAmI(person.over(trusting))).toBe(401);
        await expect(person.refresh(trusting)).rejects.toThrow();
      }
      expect(await whoAmI(robot())).toBe(401);
      const back = await signIn('owner');
      expect((await back.api.listClusters({ organization })).items.map(({ metadata: { name } }) => name)).toEqual([
        CLUSTER,
      ]);
      // Standing configuration is what it was last, not what it was in the backup.
      const bindings = (await back.api.listBindings({ organization })).items.map(({ metadata: { name } }) => name);
      expect(bindings).not.toContain('of-mover');
      expect(bindings).toContain('of-later');
      await expect(signIn('leaver')).rejects.toThrow(/disabled|ERR_LOGIN_DISABLED/);
      expect(await ask(await mint(await signIn('developer')), 'DELETE')).toBe(503);
      for (const name of ['viewer', 'mover'] as const)
        expect(await ask(await mint(await signIn(name)), 'DELETE'), name).toBe(403);
      const [ended] = (await back.api.listGrants({ organization })).items;
      expect(ended).toMatchObject({ id: grant.id, state: 'revoked' });
      await stop();
      // The second start is one like any other.
      await startServer();
      await stop();
    }, 180_000);

    it('SEC-H13 is not made fit without the notes of a server, unless somebody says so', async () => {
      cpSync(join(folder, 'state', 'past'), join(folder, 'past'), { recursive: true });
      rmSync(join(folder, 'state', 'past'), { recursive: true });
      await database.putBack(config);
      await expect(restoreDatabase(config)).rejects.toMatchObject({ code: 'ERR_RESTORE_REFUSED' });
      cpSync(join(folder, 'past'), join(folder, 'state', 'past'), { recursive: true });
      await expect(createServer({ config })).rejects.toMatchObject({ code: 'ERR_STORE_ROLLED_BACK' });
      rmSync(join(folder, 'state', 'past'), { recursive: true });
      expect(await restoreDatabase(config, { withoutNotes: true })).toMatchObject({ broughtUpToDate: 0 });
      await startServer();
      await stop();
    }, 120_000);
  });
});
