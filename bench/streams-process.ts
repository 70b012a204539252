/**
 * Opens streams on several replicas, takes the basis from most of them, and tells how long each lived on: one process, so that
 * one clock measures all of it. Argument: a file with JSON, {@link StreamsOptions}. Prints one line: JSON,
 * {@link StreamsResult}.
 */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { ScimRequest } from '../tests/replicas/provisioning.ts';
import { createStreamOpener, type OpenStream, type StreamTarget } from '../tests/replicas/streams.ts';
import { fetchTrusting } from '../tests/stack/login.ts';

/** What the process takes. */
export interface StreamsOptions {
  readonly replicas: readonly { readonly name: string; readonly target: Omit<StreamTarget, 'token'> }[];
  /** Kube credentials of those who lose their access, and of those who keep it. */
  readonly losing: readonly string[];
  readonly staying: readonly string[];
  /** Streams of each credential on each replica. */
  readonly watchCount: number;
  readonly logCount: number;
  readonly databaseUrl: string;
  /** The request that takes the basis away. */
  readonly change: ScimRequest;
}

/** Milliseconds from the commit of the change to the end of each stream that stood on it, by replica, in ascending order. */
export type StreamsResult = Readonly<Record<string, readonly number[]>>;

const options = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as StreamsOptions;
const { losing, staying, replicas, change } = options;

/** A stream that neither comes nor goes must not keep the whole run waiting. */
const GIVE_UP_MS = 30_000;

async function within<T>(what: () => string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${GIVE_UP_MS} ms: ${what()}`)), GIVE_UP_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

let openCount = 0;

async function openAll(target: Omit<StreamTarget, 'token'>, tokens: readonly string[]): Promise<OpenStream[]> {
  const opened = tokens.map((token) => {
    const opener = createStreamOpener({ ...target, token });
    const many = (kind: 'watch' | 'log', count: number) =>
      Array.from({ length: count }, async (_, i) => {
        const stream = await opener.open(kind, `${kind}-${i}`);
        openCount += 1;
        return stream;
      });
    return Promise.all([...many('watch', options.watchCount), ...many('log', options.logCount)]);
  });
  return (await Promise.all(opened)).flat();
}

const database = new pg.Client({ connectionString: options.databaseUrl });
await database.connect();
const told: { readonly seq: string; readonly at: number }[] = [];
database.on('notification', ({ payload = '' }) => told.push({ seq: payload, at: performance.now() }));
await database.query('listen sallyport_changes');

const open = await within(
  () => `${openCount} streams have opened, and no more`,
  Promise.all(
    replicas.map(async ({ name, target }) => ({
      name,
      losing: await openAll(target, losing),
      staying: await openAll(target, staying),
    })),
  ),
);
const doFetch = fetchTrusting(replicas[0]?.target.caPem ?? '', replicas[0]?.target.port);
const answered = doFetch(change.url, change);
const ends = await within(
  () =>
    open.map((each) => `on ${each.name} ${each.losing.filter(({ isOpen }) => isOpen).length} are still open`).join(),
  Promise.all(
    open.map(async ({ name, losing: streams }) => ({
      name,
      ends: await Promise.all(streams.map(({ ended }) => ended)),
    })),
  ),
);
const { status } = await within(() => 'the change was not answered', answered);
if (status >= 300) throw new Error(`the change was answered ${status}`);
const badly = ends.flatMap((each) => each.ends).filter(({ isInProtocol }) => !isInProtocol);
if (badly.length > 0) throw new Error(`${badly.length} streams did not end in their protocol`);
const gone = open.flatMap(({ staying: streams }) => streams).filter(({ isOpen }) => !isOpen);
if (gone.length > 0) throw new Error(`${gone.length} streams ended that had not lost anything`);
// The database tells of a change as it commits it; which of them it was, the feed says.
const { rows } = await database.query<{ seq: string }>(
  "select seq from change_feed where records ? 'groups' and seq = any($1::bigint[]) order by seq",
  [told.map(({ seq }) => seq)],
);
const commit = told.find(({ seq }) => seq === rows[0]?.seq);
if (commit === undefined) throw new Error('the database told of no change of a group');
const result: StreamsResult = Object.fromEntries(
  ends.map((each) => [each.name, each.ends.map(({ at }) => at - commit.at).sort((x, y) => x - y)]),
);
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
