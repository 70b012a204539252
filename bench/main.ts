/** Runs the measures in rounds, all configurations side by side, and prints the tables. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureAccessLost } from './access-lost.ts';
import { accessRequestComparisons } from './access-requests.ts';
import { agentMemory } from './agent-memory.ts';
import { auditCost } from './audit-cost.ts';
import { requiredCost } from './audit-required.ts';
import { measureAuditSearch } from './audit-search.ts';
import { measureComparison } from './comparison.ts';
import type { Ground } from './configurations.ts';
import { severalWorkers } from './cores.ts';
import { measureDecision } from './decision.ts';
import { measureDos } from './dos.ts';
import { measureFiltering } from './filtering.ts';
import { FLOORS } from './floors.ts';
import { measureGrantRevoked } from './grant-revoked.ts';
import { measureGround } from './grounds.ts';
import { measureKubectl } from './kubectl.ts';
import { organizationComparisons } from './organization.ts';
import { makePki } from './pki.ts';
import { onRealCluster } from './real-cluster.ts';
import { kubectlRecordingCost, recordingCost } from './recording.ts';
import { renderReport } from './report.ts';
import { createRun } from './run.ts';
import { serveSide } from './serve.ts';
import { credentialShim } from './shim.ts';
import { startUpstream } from './upstream.ts';
import { measureWeb } from './web.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string' },
    all: { type: 'boolean', default: false },
    serve: { type: 'string' },
    link: { type: 'string', default: 'grpc' },
    delay: { type: 'string', default: '0' },
    write: { type: 'boolean', default: false },
  },
});
const run = createRun({
  roundCount: Number(flags.rounds ?? (flags.quick ? 1 : 5)),
  manyRoundCount: Number(flags.rounds ?? (flags.quick ? 2 : 100)),
  seconds: Number(flags.seconds ?? 1),
  warmSeconds: flags.quick ? 1 : 4,
  ...(!flags.all && { only: flags.only?.split(',') ?? [...new Set(FLOORS.map(({ id }) => id))] }),
});

/** Measures that need PostgreSQL. */
const ON_POSTGRES = ['organization', 'access-requests', 'access-lost', 'audit-required', 'audit-search', 'cores'];

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
try {
  const pki = join(folder, 'pki');
  mkdirSync(pki);
  makePki(pki);
  const upstream = await startUpstream(folder, pki);
  const ground = (name: string, delayMs = 0) => ({
    folder: join(folder, name),
    pki,
    upstreamPort: upstream.port,
    delayMs,
  });
  try {
    if (flags.serve === undefined) await measureAll(ground);
    else await serveSide(flags.serve, flags.link, ground('served', Number(flags.delay)));
  } finally {
    await upstream.close();
  }
  if (flags.serve === undefined) tell(upstream.name);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

/** Puts the tables at the end of the document, in place of earlier ones. */
function writeReport(text: string): void {
  const path = 'docs/performance.md';
  const document = readFileSync(path, 'utf8');
  const mark = '## Latest run';
  const kept = document.includes(mark) ? document.slice(0, document.indexOf(mark)) : `${document.trimEnd()}\n\n`;
  writeFileSync(path, `${kept}${mark}\n\n${text}`);
}

/** Takes every measure that was asked for. */
async function measureAll(ground: (name: string, delayMs?: number) => Ground): Promise<void> {
  await measureGround('loopback', ground('loopback'), run);
  await measureGround('delayed', ground('delayed', 10), run);
  await measureKubectl(folder, run);
  await measureGrantRevoked(folder, run);
  await measureComparison(auditCost, ground('audit'), run);
  await measureComparison(recordingCost, ground('recording'), run);
  if (run.isWanted('recording-kubectl')) {
    await onRealCluster('recording-kubectl', folder, run, (cluster) =>
      measureComparison(kubectlRecordingCost(cluster), ground('recording-kubectl'), run),
    );
  }
  await measureComparison(agentMemory, ground('memory'), run);
  await measureComparison(credentialShim, ground('shim'), run);
  await measureDecision(run);
  await measureDos(ground('dos'), run);
  await measureFiltering(run);
  await measureWeb(run);
  const postgres = process.env['SALLYPORT_TEST_POSTGRES_URL'];
  if (postgres === undefined) {
    if (ON_POSTGRES.some(run.isWanted))
      run.note(
        'skipped: organizations, replicas, required audit events and audit search; set SALLYPORT_TEST_POSTGRES_URL to a PostgreSQL 15 or later',
      );
  } else {
    for (const comparison of organizationComparisons) await measureComparison(comparison, ground(comparison.id), run);
    for (const comparison of accessRequestComparisons) await measureComparison(comparison, ground(comparison.id), run);
    await measureAccessLost(ground('access-lost'), run);
    await measureComparison(severalWorkers(postgres), ground('cores'), run);
    await measureComparison(requiredCost(postgres), ground('audit-required'), run);
    await measureAuditSearch(postgres, run);
  }
}

/** Prints the tables, and puts them into the document when that was asked for. */
function tell(upstreamName: string): void {
  const command = `npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`;
  const report = renderReport({ command, upstream: upstreamName, at: new Date(), run });
  process.stdout.write(report);
  if (flags.write) writeReport(report);
}
