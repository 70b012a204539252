/** See `run.mjs`. */
import { randomInt } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseAuditEvent } from '@sallyport/audit';
import { Secret } from '@sallyport/core';
import { openDatabase } from '../../packages/server/src/stores/open-store.ts';
import { createClusterAccount } from '../stack/cluster-account.ts';
import { awaitCondition, part, run } from '../support/index.ts';
import { compare, type SeenRequest } from './compare.ts';
import { logFaults, openRequests } from './database.ts';
import { type Ending, type Place, work } from './load.ts';
import { createRandom, type Random } from './random.ts';
import { startReplicas } from './replicas.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '3' }, seed: { type: 'string' } } });
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const forMs = Number(values.minutes) * 60_000;
const PEOPLE: Readonly<Record<string, string>> = Object.fromEntries(
  ['ada', 'bob', 'cyd', 'dot', 'eve', 'fay'].map((name) => [
    `${name}@acme.test`,
    name === 'eve' ? 'viewers' : 'admins',
  ]),
);
const CREDENTIAL_MS = 4 * 60_000;
/** Share of the commands that ends as it should although servers and agents are killed all the time. */
const MIN_SHARE = 0.75;

const say = (text: string) => process.stdout.write(`${text}\n`);
const random = createRandom(seed);
const folder = mkdtempSync(join(tmpdir(), 'sallyport-completeness-'));
const auditLog = part('auditLog');
const { size: auditFrom, ino: auditFile } = statSync(auditLog);
const account = await createClusterAccount(folder);
const place: Place = { namespace: account.name, pod: 'worked-on' };
const asAdmin = (...words: readonly string[]) =>
  run(part('kubectl'), ['--kubeconfig', part('cluster'), '-n', place.namespace, ...words]);
const greet = 'mkdir -p /tmp/www; httpd -p 8080 -h /tmp/www; while :; do echo tick; sleep 1; done';
await asAdmin(
  'run',
  place.pod,
  `--image=${part('image')}`,
  '--image-pull-policy=IfNotPresent',
  '--command',
  '--',
  'sh',
  '-c',
  greet,
);
await asAdmin('wait', '--for=condition=Ready', `pod/${place.pod}`, '--timeout=60s');
say(`seed ${seed}, ${values.minutes} minutes`);
const replicas = await startReplicas(folder, account.kubeconfig, PEOPLE);

let isOver = false;
const commands: Record<Ending | 'whileAway', number> = { well: 0, refused: 0, cut: 0, whileAway: 0, failed: 0 };
const kills: Record<string, number> = {};
const unexplained: string[] = [];

async function somebody(email: string, index: number): Promise<void> {
  const worker = {
    email,
    mayWrite: PEOPLE[email] === 'admins',
    folder: join(folder, `worker-${index}`),
    random: createRandom(seed + index + 1),
  };
  mkdirSync(worker.folder);
  const kubeconfigs = replicas.sites.map((_, i) => join(worker.folder, `kubeconfig-${i}`));
  let mintAtMs = 0;
  while (!isOver) {
    if (performance.now() >= mintAtMs) {
      await mint(email, kubeconfigs, worker.random);
      mintAtMs = performance.now() + CREDENTIAL_MS;
    }
    // As behind a load balancer; with nothing to send them to, people wait.
    const listening = await awaitCondition(
      () => {
        const [first, ...others] = replicas.sites.filter(({ isListening }) => isListening);
        return first && ([first, ...others] as const);
      },
      { what: 'a server listens', timeoutMs: 120_000 },
    );
    const site = worker.random.pick(listening);
    const startedAtMs = performance.now();
    const { ending, what } = await work(
      { ...worker, kubeconfig: kubeconfigs[replicas.sites.indexOf(site)] ?? '' },
      place,
    );
    // A server that gets no time on a busy machine, and so no word of its database, decides nothing: as it should.
    const isStale = what.includes('[ERR_PROXY_SNAPSHOT_STALE]');
    const isExplained = ending === 'failed' && (isStale || site.wasAwaySince(startedAtMs));
    commands[isExplained ? 'whileAway' : ending] += 1;
    if (ending === 'failed' && !isExplained) unexplained.push(`${email} by ${site.server.name}: ${what}`);
  }
}

/** A server that is away just now is asked again, or the other one, for as long as the credential before this one lives. */
async function mint(email: string, paths: readonly string[], { below }: Random): Promise<void> {
  await awaitCondition(() => replicas.writeKubeconfigs(email, below(replicas.sites.length), paths).then(() => true), {
    what: `${email} has a credential`,
    everyMs: 500,
    timeoutMs: CREDENTIAL_MS,
  });
}

async function killer(): Promise<void> {
  const [first, ...others] = replicas.sites.flatMap(({ server, agent }) => [server, agent]);
  if (first === undefined) return;
  while (!isOver) {
    for (let waitedMs = 0, pauseMs = 3_000 + random.below(9_000); waitedMs < pauseMs && !isOver; waitedMs += 200)
      await after(200);
    if (isOver) return;
    // Now and then several at once, so that nobody is left who could notice.
    const victims = new Set(
      random.below(5) === 0 ? [1, 2, 3].map(() => random.pick([first, ...others])) : [random.pick([first, ...others])],
    );
    for (const { name } of victims) kills[name] = (kills[name] ?? 0) + 1;
    await Promise.all([...victims].map((victim) => victim.restart()));
  }
}

const working = [...Object.keys(PEOPLE).map(somebody), killer()];
setTimeout(() => {
  isOver = true;
}, forMs);
let faults: readonly string[];
try {
  await Promise.all(working);
  const database = await openDatabase(
    { kind: 'postgres', url: replicas.databaseUrl },
    { encryptionKey: new Secret(replicas.encryptionKey) },
  );
  try {
    const open = () => openRequests(database);
    const stillOpen = await awaitCondition(async () => (await open()).length === 0, {
      what: 'nothing is open any more',
      timeoutMs: 90_000,
      everyMs: 500,
    }).then(
      () => [],
      () => open(),
    );
    await replicas.stop();
    const rows = await database.db
      .selectFrom('audit_events')
      .select('event')
      .where('code', 'like', 'proxy.%')
      .execute();
    const left = await open();
    const result = compare(
      await seenByCluster(),
      rows.map(({ event }) => parseAuditEvent(event)),
    );
    const ended = commands.well + commands.refused + commands.cut;
    const share = ended / (ended + commands.whileAway + commands.failed);
    faults = [
      ...result.faults,
      ...unexplained,
      ...(await logFaults(database)),
      ...stillOpen.map((request) => `open although nobody works any more: ${request}`),
      ...left.map((request) => `open after an orderly end: ${request}`),
      ...(share < MIN_SHARE
        ? [`${Math.round(share * 100)} % of the commands ended as they should, floor is ${MIN_SHARE * 100} %`]
        : []),
    ];
    say(JSON.stringify({ commands, kills, ...result, faults: faults.length }));
  } finally {
    await database.close();
  }
} finally {
  await replicas.stop().catch(() => {});
  await replicas.drop();
  await account.remove();
  rmSync(folder, { recursive: true, force: true });
}
for (const fault of faults.slice(0, 50)) say(fault);
say(faults.length === 0 ? 'complete: each log has what the other has' : `${faults.length} faults (seed ${seed})`);
process.exit(faults.length === 0 ? 0 : 1);

/** What the cluster's log has of requests that our agents made in somebody's name. */
async function seenByCluster(): Promise<readonly SeenRequest[]> {
  if (statSync(auditLog).ino !== auditFile) throw new Error(`${auditLog} was rotated during the run`);
  const seen: SeenRequest[] = [];
  for await (const line of createInterface({ input: createReadStream(auditLog, { start: auditFrom }) })) {
    if (!line.includes(account.userName)) continue;
    const event = JSON.parse(line) as KubeAuditEvent;
    if (event.user.username !== account.userName || event.impersonatedUser === undefined) continue;
    seen.push({ auditId: event.auditID, stage: event.stage, what: `${event.verb} ${event.requestURI.slice(0, 200)}` });
  }
  return seen;
}

interface KubeAuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
}
