/** How long what people have open lives on after the grant that it goes by was revoked: kubectl on a real cluster. */
import { get } from 'node:http';
import { join } from 'node:path';
import { type Sallyport, startSallyport } from './configurations.ts';
import { type BenchProcess, freePort, startProcess } from './processes.ts';
import { onRealCluster, type RealCluster, writeKubeconfig } from './real-cluster.ts';
import type { Run } from './run.ts';

const ID = 'grant-revoked';
/** Name of the organization, and of its cluster. */
const BENCH = 'bench';
/** What is open when the grant is revoked. */
const KINDS = ['exec', 'logs -f', 'get -w', 'port-forward'] as const;
type Kind = (typeof KINDS)[number];
type PerKind<Value> = Readonly<Record<Kind, Value>>;

/** When one kind ended, in milliseconds. */
interface End {
  /** Since the request to revoke was begun. */
  readonly fromCall: number;
  /** Since it was answered; negative when the stream was over by then. */
  readonly fromAnswer: number;
}

/** Takes the rounds of this measure, when it is wanted. Needs a real cluster and kubectl. */
export async function measureGrantRevoked(folder: string, run: Run): Promise<void> {
  if (!run.isWanted(ID)) return;
  await onRealCluster(ID, folder, run, async (cluster) => {
    const sallyport = await startSallyport({ folder: join(folder, ID), delayMs: 0 }, cluster.agentKubeconfig);
    try {
      await measureOn(cluster, sallyport, folder, run);
    } finally {
      await sallyport.close();
    }
  });
}

async function measureOn(cluster: RealCluster, sallyport: Sallyport, folder: string, run: Run): Promise<void> {
  // Whom a grant is for is known once they have signed in. The first round finds code that no engine has compiled yet.
  await sallyport.signIn('member');
  await revokeUnderStreams(sallyport, cluster, folder);
  const ends: PerKind<End>[] = [];
  for (let i = 0; i < run.manyRoundCount; i += 1) {
    await revokeUnderStreams(sallyport, cluster, folder).then(
      (end) => ends.push(end),
      (error: unknown) => run.failed(ID, error),
    );
  }
  for (const kind of KINDS) {
    const row = { unit: 'ms', goal: 'p99 at most 1,000' };
    run.time({
      ...row,
      title: `end of ${kind}, from the call to revoke`,
      values: ends.map((end) => end[kind].fromCall),
    });
    run.time({ ...row, title: `end of ${kind}, from its answer`, values: ends.map((end) => end[kind].fromAnswer) });
  }
}

/** Grants the role developer to somebody who has no rights, opens one of each kind, and takes the grant back. */
async function revokeUnderStreams(sallyport: Sallyport, cluster: RealCluster, folder: string): Promise<PerKind<End>> {
  const [{ api }, member] = [await sallyport.signIn('admin'), await sallyport.signIn('member')];
  const { id } = await api.createGrant({
    organization: BENCH,
    body: {
      user: member.email,
      role: 'developer',
      scope: { kind: 'clusters', clusters: [BENCH], namespaces: { names: [cluster.namespace] } },
      duration: '1h',
      reason: 'a round of the benchmark',
    },
  });
  const { token } = await member.api.mintKubeCredential({ organization: BENCH, name: BENCH });
  const port = await freePort();
  const open = startAll(cluster, port, writeKubeconfig(folder, sallyport, token), join(folder, 'kubectl'));
  try {
    await areOpen(open, port);
    const ended = new Set<Kind>();
    for (const kind of KINDS) void open[kind].ended.then(() => ended.add(kind));
    // Whoever has ended by now tells so before this goes on.
    await new Promise((resolve) => setImmediate(resolve));
    if (ended.size > 0) throw new Error(`${[...ended].join()} ended before the grant was revoked`);
    const began = performance.now();
    await api.revokeGrant({ organization: BENCH, id, body: { reason: 'the round is over' } });
    const answered = performance.now();
    const entries = KINDS.map(async (kind): Promise<[Kind, End]> => {
      const at = await within(kind, open[kind].ended);
      return [kind, { fromCall: at - began, fromAnswer: at - answered }];
    });
    return Object.fromEntries(await Promise.all(entries)) as PerKind<End>;
  } finally {
    await Promise.all(KINDS.map((kind) => open[kind].stop()));
  }
}

/** Starts kubectl four times. */
function startAll(cluster: RealCluster, port: number, kubeconfig: string, cache: string): PerKind<BenchProcess> {
  const start = (words: readonly string[]) => {
    const common = ['--kubeconfig', kubeconfig, '--cache-dir', cache, '-n', cluster.namespace];
    return startProcess(cluster.kubectl, [...common, ...words]);
  };
  return {
    exec: start(['exec', 'bench', '--', 'sh', '-c', 'echo in; sleep 300']),
    'logs -f': start(['logs', '-f', 'bench']),
    'get -w': start(['get', 'pods', '--watch']),
    'port-forward': start(['port-forward', 'pod/bench', `${port}:8080`]),
  };
}

/** Resolves once each has something to show. */
async function areOpen(open: PerKind<BenchProcess>, port: number): Promise<void> {
  await Promise.all(KINDS.map((kind) => open[kind].ready));
  await new Promise<void>((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/' }, (answer) => answer.resume().once('end', resolve));
    request.once('error', reject);
  });
}

/** A stream that does not end must not keep the whole run waiting. */
const GIVE_UP_MS = 30_000;

async function within(what: string, work: Promise<number>): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} is still open after ${GIVE_UP_MS} ms`)), GIVE_UP_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
