/** How long streams live on after a group lost its members: on the replica that was told, and on the other one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awaitCondition } from '../tests/support/conditions.ts';
import type { Ground } from './configurations.ts';
import { driver, runProcess } from './processes.ts';
import { NAME, type Replicas, startReplicas } from './replicas.ts';
import { inRounds } from './rounds.ts';
import type { Run } from './run.ts';
import { percentile } from './statistics.ts';
import type { StreamsOptions, StreamsResult } from './streams-process.ts';
import { startWatchUpstream } from './upstream.ts';

const ID = 'access-lost';
const MEMBERS = 5;
/** Of each member, and of one who keeps the access, on each replica. */
const WATCHES = 30;
const LOGS = 10;

/** Takes the rounds of this measure, when it is wanted. Needs PostgreSQL. */
export async function measureAccessLost(ground: Ground, run: Run): Promise<void> {
  if (!run.isWanted(ID)) return;
  mkdirSync(ground.folder);
  const upstream = await startWatchUpstream(ground.pki);
  const serverUrl = process.env['SALLYPORT_TEST_POSTGRES_URL'] ?? '';
  const replicas = await startReplicas({ ...ground, upstreamPort: upstream.port }, serverUrl, MEMBERS);
  try {
    // The first one finds code that no engine has compiled yet.
    await takeAccess(replicas, ground.folder).catch((error: unknown) => run.failed(ID, error));
    const rounds = await inRounds(
      run.roundCount,
      async () => figuresOf(await takeAccess(replicas, ground.folder)),
      (error) => run.failed(ID, error),
    );
    run.goal({
      id: 'access-lost',
      title: `end of ${MEMBERS * (WATCHES + LOGS)} watches and logs on each of two replicas, after the commit by SCIM on the first`,
      unit: 'ms',
      goal: 'p99 at most 1,000',
      rounds,
    });
  } finally {
    await replicas.close();
    await upstream.close();
  }
}

/** Lets the members in, opens their streams, and takes them out again. */
async function takeAccess(replicas: Replicas, folder: string): Promise<StreamsResult> {
  const { provisioning, developers, memberIds, members, owner } = replicas;
  const path = `/Groups/${developers}`;
  await provisioning.patch(path, { op: 'add', path: 'members', value: memberIds.map((value) => ({ value })) });
  const mint = async (person: typeof owner) => {
    const tokens = await Promise.all(
      replicas.replicas.map((replica) =>
        awaitCondition(() => person.over(replica.fetch).mintKubeCredential({ organization: NAME, name: NAME }), {
          what: `${person.email} has access on ${replica.name}`,
          everyMs: 10,
        }),
      ),
    );
    return tokens[0]?.token ?? '';
  };
  const options: StreamsOptions = {
    replicas: replicas.replicas.map(({ name, port }) => ({
      name,
      target: { port, caPem: replicas.caPem, prefix: `/k/${NAME}/${NAME}` },
    })),
    losing: await Promise.all(members.map(mint)),
    staying: [await mint(owner)],
    watchCount: WATCHES,
    logCount: LOGS,
    databaseUrl: replicas.databaseUrl,
    change: provisioning.patchRequest(path, { op: 'remove', path: 'members' }),
  };
  const file = join(folder, 'streams.json');
  writeFileSync(file, JSON.stringify(options), { mode: 0o600 });
  return JSON.parse(await runProcess(process.execPath, [driver('streams-process'), file])) as StreamsResult;
}

function figuresOf(result: StreamsResult): Record<string, number> {
  return Object.fromEntries(
    Object.entries(result).flatMap(([name, times]) => [
      [`${name} p50`, percentile(times, 0.5)],
      [`${name} p99`, percentile(times, 0.99)],
      [`${name} max`, percentile(times, 1)],
    ]),
  );
}
