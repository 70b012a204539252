import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome } from '../../packages/cli/src/state/home.ts';
import { type RealServer, startRealServer } from '../../packages/cli/src/testing/real-server.ts';
import { type Captured, runCaptured } from '../../packages/cli/src/testing/run-captured.ts';
import { createPostgresDatabase } from '../../packages/server/src/stores/testing.ts';
import { type Relay, startRelay } from '../security/relay.ts';
import { awaitCondition, lacks, part, temporaryFolder } from '../support/index.ts';

const COUNT = 2_000;
/** Place of the document that is refused, in the second of two files. */
const BAD = 1_234;
const IN_FIRST_FILE = 900;
/** Three lines before it, this one is where its project is named. */
const bad = (project: string) =>
  `---\napiVersion: sallyport.dev/v1\nkind: Cluster\nmetadata: {name: bulk-bad}\nspec:\n  project: ${project}\n`;
const good = (n: number) =>
  `---\napiVersion: sallyport.dev/v1\nkind: Project\nmetadata:\n  name: bulk-${n}\nspec:\n  description: of ${n}\n`;

interface Database {
  readonly name: string;
  readonly isLacking: boolean;
  /** What the server is started with; `undefined` for the embedded database. */
  open(): Promise<{ readonly url: string; readonly relay: Relay; close(): Promise<unknown> } | undefined>;
}

const DATABASES: readonly Database[] = [
  { name: 'PGlite', isLacking: false, open: async () => undefined },
  {
    name: 'PostgreSQL',
    isLacking: lacks('postgres'),
    async open() {
      const { url, drop } = await createPostgresDatabase(part('postgres'));
      const relay = await startRelay(Number(new URL(url).port || 5432));
      return { url, relay, close: () => relay.close().then(drop) };
    },
  },
];

for (const { name, isLacking, open } of DATABASES)
  describe.skipIf(isLacking)(`sallyport apply of 2,000 resources on ${name}`, () => {
    const folder = temporaryFolder('apply');
    const documents = join(folder, 'documents');
    const home = createHome(join(folder, 'home'));
    let database: Awaited<ReturnType<Database['open']>>;
    let real: RealServer;

    const run = (argv: readonly string[], more = {}): Promise<Captured> =>
      runCaptured(argv, { env: { SALLYPORT_HOME: home.folder }, userHome: home.folder, cwd: folder, ...more });
    const isThere = async (): Promise<number> => {
      const { exitCode, stdout, stderr } = await run(['get', 'projects', '--search', 'bulk-', '--all', '-o', 'name']);
      expect(exitCode, stderr).toBe(0);
      return stdout.split('\n').length - 1;
    };
    /** Writes the documents into two files; the one at {@link BAD} belongs to `project`. */
    function write(project: string): void {
      const texts = Array.from({ length: COUNT }, (_, n) => (n === BAD ? bad(project) : good(n)));
      mkdirSync(documents, { recursive: true });
      writeFileSync(join(documents, '1.yaml'), texts.slice(0, IN_FIRST_FILE).join(''));
      writeFileSync(join(documents, '2.yaml'), texts.slice(IN_FIRST_FILE).join(''));
    }

    beforeAll(async () => {
      database = await open();
      const throughRelay = database && new URL(database.url);
      if (throughRelay !== undefined) throughRelay.port = String(database?.relay.port);
      real = await startRealServer(join(folder, 'server'), throughRelay?.href);
      const login = await run(['login', real.url, '--ca-file', real.caFile], { openBrowser: real.browserOf('admin') });
      expect(login.exitCode, login.stderr).toBe(0);
    }, 60_000);
    afterAll(async () => {
      await real?.close();
      await database?.close();
    }, 30_000);

    it('changes nothing when one of them is refused, and tells its file and line', async () => {
      write('nonesuch');
      const lines: string[] = [];
      const stderr = { isTTY: true, write: (line: string) => lines.push(line) };
      const { exitCode, stdout } = await run(['apply', '-f', 'documents'], { stderr });
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      const told = lines.join('');
      expect(told).toContain('\r\u001b[KReading documents');
      expect(told).toContain('\r\u001b[KApplying 2000 resources');
      const line = (BAD - IN_FIRST_FILE) * 7 + 6;
      expect(told).toContain(`documents/2.yaml:${line}: cluster/bulk-bad: `);
      expect(told).toContain('1 of 2000 resources were refused; nothing was changed');
      expect(await isThere()).toBe(0);
    }, 60_000);

    // The embedded database has nothing between it and the server.
    if (name === 'PostgreSQL')
      it('leaves nothing half done when the database is lost in the middle', async () => {
        write('bulk-1');
        // Holds the transaction in its middle: it writes an event of each resource after the resource itself.
        const holder = new pg.Client({ connectionString: database?.url });
        const watcher = new pg.Client({ connectionString: database?.url });
        await Promise.all([holder.connect(), watcher.connect()]);
        try {
          await holder.query('begin; lock table audit_events in share mode');
          const applied = run(['apply', '-f', 'documents']);
          await awaitCondition(
            async () => {
              const { rows } = await watcher.query<{ count: string }>(
                "select count(*) from pg_stat_activity where datname = current_database() and backend_xid is not null and wait_event_type = 'Lock' and query like '%audit_events%'",
              );
              return Number(rows[0]?.count) > 0;
            },
            { what: 'the transaction has written', timeoutMs: 30_000 },
          );
          database?.relay.resetAll();
          await holder.query('rollback');
          const { exitCode, stderr } = await applied;
          expect(exitCode, stderr).not.toBe(0);
        } finally {
          await Promise.all([holder.end(), watcher.end()]);
        }
        expect(await awaitCondition(async () => String(await isThere()), { what: 'the server answers again' })).toBe(
          '0',
        );
      }, 60_000);

    it('makes all of them in one transaction, and nothing the second time', async () => {
      write('bulk-1');
      const first = await run(['apply', '-f', 'documents']);
      expect([first.exitCode, first.stderr]).toEqual([0, 'Applied: 2000 created.\n']);
      expect(await isThere()).toBe(COUNT - 1);
      expect((await run(['apply', '-f', 'documents'])).stderr).toBe('Applied: 2000 unchanged.\n');
      if (database === undefined) return;
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      // Every row carries the transaction that wrote it.
      const { rows } = await client.query(
        `select count(*)::int as count, count(distinct writer)::int as transactions from (
           select xmin::text as writer from projects where name like 'bulk-%'
           union all select xmin::text from clusters where name = 'bulk-bad'
           union all select xmin::text from audit_events where code = 'resource.created') as written`,
      );
      await client.end();
      expect(rows).toEqual([{ count: 2 * COUNT, transactions: 1 }]);
    }, 60_000);
  });
