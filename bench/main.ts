/** Runs the measures in rounds, all configurations side by side, and prints the table. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Configuration,
  type Ground,
  startDirect,
  startPeer,
  startSallyport,
  writeStaticKubeconfig,
} from './configurations.ts';
import { openRealCluster, portForwardThroughput, type RealCluster, timeKubectl, writeKubeconfig } from './kubectl.ts';
import { MEASURES, type Measure } from './measures.ts';
import { makePki } from './pki.ts';
import { type Row, renderReport } from './report.ts';
import { short, spreadOf } from './statistics.ts';
import { startUpstream } from './upstream.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const roundCount = Number(flags.rounds ?? (flags.quick ? 1 : 5));
const seconds = Number(flags.seconds ?? (flags.quick ? 1 : 4));
const warmSeconds = flags.quick ? 1 : 5;
const wanted = flags.only?.split(',');
const isWanted = (id: string) => wanted === undefined || wanted.some((one) => id.startsWith(one));
const say = (line: string) => process.stderr.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const closers: (() => Promise<unknown>)[] = [];
const notes: string[] = [];
const rows: Row[] = [];
let upstreamName = '–';

try {
  await run();
} finally {
  for (const close of closers.reverse()) await close().catch((error: unknown) => say(String(error)));
  rmSync(folder, { recursive: true, force: true });
}
const command = `npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`;
const report = renderReport(rows, { command, upstream: upstreamName, roundCount, seconds, at: new Date(), notes });
process.stdout.write(report);
if (flags.write) writeReport(report);
process.exit(0);

async function run(): Promise<void> {
  const pki = join(folder, 'pki');
  mkdirSync(pki);
  makePki(pki);
  const upstream = await startUpstream(folder, pki);
  closers.push(upstream.close);
  upstreamName = upstream.name;
  for (const ground of ['loopback', 'delayed'] as const) {
    const measures = MEASURES.filter((measure) => measure.ground === ground && isWanted(measure.id));
    if (measures.length > 0)
      await onGround(
        { folder: join(folder, ground), pki, upstreamPort: upstream.port, delayMs: ground === 'delayed' ? 10 : 0 },
        measures,
      );
  }
  await onCluster();
}

/** Starts every configuration, warms each, and goes A B C A B C through one measure after the other. */
async function onGround(ground: Ground, measures: readonly Measure[]): Promise<void> {
  mkdirSync(ground.folder);
  const started: (Configuration | undefined)[] = [
    await startDirect(ground),
    await startSallyport(ground, writeStaticKubeconfig(ground)),
    await startPeer(ground),
  ];
  const configurations = started.filter((one) => one !== undefined);
  if (configurations.length < 3) note('skipped: no peer to compare with; set SALLYPORT_BENCH_PEERS to its folder');
  try {
    const warmUp = MEASURES[1] as Measure;
    for (const configuration of configurations) await warmUp.take(configuration, warmSeconds);
    for (const measure of measures) {
      const rounds: Record<string, number[]> = {};
      for (let round = 0; round < roundCount; round += 1) {
        for (const configuration of configurations) {
          const value = await measure.take(configuration, seconds).catch((error: unknown) => {
            note(`${measure.id}: ${String(error)}`);
            return Number.NaN;
          });
          rounds[configuration.name] = [...(rounds[configuration.name] ?? []), value];
        }
      }
      add({ title: measure.title, unit: measure.unit, rounds });
    }
  } finally {
    for (const configuration of configurations.reverse()) await configuration.close();
  }
}

/** kubectl against a real cluster, direct and through server and agent. */
async function onCluster(): Promise<void> {
  if (!['kubectl-get', 'kubectl-exec', 'port-forward'].some(isWanted)) return;
  const cluster = await openRealCluster(folder);
  if (cluster === undefined)
    return note('skipped: no real cluster; set SALLYPORT_TEST_KUBECONFIG and SALLYPORT_TEST_IMAGE');
  closers.push(cluster.close);
  const sallyport = await startSallyport({ folder: join(folder, 'cluster'), delayMs: 0 }, cluster.agentKubeconfig);
  closers.push(sallyport.close);
  const times = flags.quick ? 3 : 7;
  const measures: [string, string, string, (cluster: RealCluster, kubeconfig: string) => Promise<number>][] = [
    ['kubectl-get', 'kubectl get pods', 'ms wall', (one, file) => timeKubectl(one, file, ['get', 'pods'], times)],
    [
      'kubectl-exec',
      'kubectl exec -- true',
      'ms wall',
      (one, file) => timeKubectl(one, file, ['exec', 'bench', '--', 'true'], times),
    ],
    ['port-forward', 'kubectl port-forward, 32 MiB', 'MB/s', portForwardThroughput],
  ];
  for (const [id, title, unit, take] of measures.filter(([id]) => isWanted(id))) {
    const rounds: Record<string, number[]> = { direct: [], sallyport: [] };
    for (let round = 0; round < roundCount; round += 1) {
      rounds['direct']?.push(await take(cluster, cluster.adminKubeconfig));
      rounds['sallyport']?.push(await take(cluster, await writeKubeconfig(folder, sallyport)));
    }
    add({ title, unit, rounds });
    if (id === 'port-forward') note('kubectl against a real cluster has no peer: it needs identity.');
  }
}

function add(row: Row): void {
  rows.push(row);
  const medians = Object.entries(row.rounds).map(([name, values]) => `${name} ${short(spreadOf(values).median)}`);
  say(`${row.title}: ${medians.join(', ')} ${row.unit}`);
}

function note(line: string): void {
  if (!notes.includes(line)) notes.push(line);
  say(line);
}

/** Puts the table at the end of the document, in place of an earlier one. */
function writeReport(text: string): void {
  const path = 'docs/performance.md';
  const document = readFileSync(path, 'utf8');
  const mark = '## Latest run';
  const kept = document.includes(mark) ? document.slice(0, document.indexOf(mark)) : `${document.trimEnd()}\n\n`;
  writeFileSync(path, `${kept}${mark}\n\n${text}`);
}
