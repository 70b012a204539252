/** A PostgreSQL of a test's own, which may be stopped, killed and replaced. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './folders.ts';
import { part } from './parts.ts';
import { type Program, run, start } from './programs.ts';

/** A server on 127.0.0.1 whose superuser `postgres` needs no password. */
export interface PostgresServer {
  readonly port: number;
  /** Leads to its database `postgres`. */
  readonly url: string;
  /** Runs one statement as the superuser. */
  query(statement: string): Promise<readonly Record<string, unknown>[]>;
  /** Begins again on the same port, with what it had written. */
  start(): Promise<void>;
  /** Ends all connections and shuts down in order. */
  stop(): Promise<void>;
  /** SIGKILL: nothing more is written, nobody is told. */
  kill(): Promise<void>;
  /** A standby that follows it by streaming replication, whose commits it waits for from now on. */
  startStandby(): Promise<PostgresServer>;
  /** Ends it, and removes its folder. */
  close(): Promise<void>;
}

/** Options that make a server small and quick; the machine is not expected to fail in a test. */
const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=100'];
const STANDBY_NAME = 'standby';

/** Makes and starts a server. Needs the part `postgresPrograms`. */
export async function startPostgres(): Promise<PostgresServer> {
  return startIn(makeFolder(), (data) =>
    runAs('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '-N']),
  );
}

async function startIn(
  folder: string,
  fill: (data: string) => Promise<void>,
  settings: readonly string[] = [],
): Promise<PostgresServer> {
  const data = join(folder, 'data');
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let program: Program | undefined;

  async function begin(): Promise<void> {
    const given = [...SETTINGS, `port=${port}`, ...settings].flatMap((setting) => ['-c', setting]);
    program = startAs('postgres', ['-D', data, ...given]);
    await program.saw(/ready to accept (read-only )?connections/, { in: 'stderr' });
  }

  async function query(statement: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  /** SIGINT is a fast shutdown to PostgreSQL; SIGKILL leaves its children to notice. */
  const end = async (signal: 'SIGINT' | 'SIGKILL') => void (await program?.stop({ signal, graceMs: 30_000 }));

  try {
    await fill(data);
    await begin();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    port,
    url,
    query,
    start: begin,
    stop: () => end('SIGINT'),
    kill: () => end('SIGKILL'),
    async startStandby() {
      const source = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'];
      const standby = await startIn(
        makeFolder(),
        (copy) => runAs('pg_basebackup', [...source, '-D', copy, '-R', '-X', 'stream', '-c', 'fast']),
        [`primary_conninfo=host=127.0.0.1 port=${port} user=postgres application_name=${STANDBY_NAME}`],
      );
      await query(`alter system set synchronous_standby_names = '${STANDBY_NAME}'`);
      await query('select pg_reload_conf()');
      return standby;
    },
    async close() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** PostgreSQL does not run as root: then it and its folder belong to `postgres`. */
function owner(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function makeFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-postgres-')));
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  const to = owner();
  if (to !== undefined) for (const path of [folder, join(folder, 'data')]) chownSync(path, to.uid, to.gid);
  return folder;
}

function commandAs(program: string, args: readonly string[]): readonly [string, readonly string[]] {
  const path = join(part('postgresPrograms'), program);
  const to = owner();
  if (to === undefined) return [path, args];
  // A test process that is killed leaves none behind.
  const identity = [`--reuid=${to.uid}`, `--regid=${to.gid}`, '--clear-groups', '--pdeathsig=KILL'];
  return ['setpriv', [...identity, path, ...args]];
}

const startAs = (program: string, args: readonly string[]): Program => start(...commandAs(program, args), { cwd: '/' });

async function runAs(program: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(...commandAs(program, args), { cwd: '/' });
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr}`);
}
