/** See `run.mjs`. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { say } from '../run.ts';
import type { Point, Series } from './growth.ts';
import { program } from './installation.ts';
import { renderPlot } from './plot.ts';
import { putBehind, renderTable } from './report.ts';
import { FULL, QUICK, type Sizes, shareOf } from './sizes.ts';
import { measureStreams } from './streams.ts';
import { measureTunnels } from './tunnels.ts';
import type { UsersResult } from './users-process.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    share: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const DOCUMENT = 'docs/scale.md';
const PLOTS = 'docs/scale';
const HEADING = '## Latest run';
const sizes = shareOf(flags.quick ? QUICK : FULL, Number(flags.share));
const postgresUrl = process.env['SALLYPORT_TEST_POSTGRES_URL'] || undefined;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-scale-'));

// What was started ends with us.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
/** What can be measured, by the name of `--only`. */
const MEASURES: Readonly<Record<string, () => Promise<readonly Series[]>>> = {
  tunnels: () => measureTunnels(folder, postgresUrl, sizes),
  'tunnels-tls': () => measureTunnels(folder, postgresUrl, sizes, 'tls'),
  terminals: () => measureStreams(folder, postgresUrl, 'exec', sizes),
  watches: () => measureStreams(folder, postgresUrl, 'watch', sizes),
  users: () => measureUsers(sizes),
};

const only = flags.only?.split(',');
const series: Series[] = [];
const notes: string[] = [];
try {
  for (const [name, take] of Object.entries(MEASURES)) {
    if (only !== undefined && !only.includes(name)) continue;
    try {
      series.push(...(await take()));
    } catch (error) {
      notes.push(`failed: ${name}`);
      const { stack, cause } = error as Error;
      say(`${name}: ${stack}${cause === undefined ? '' : ` (${String(cause)})`}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
const command = `npm run scale${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`;
const database = postgresUrl === undefined ? 'embedded database' : 'PostgreSQL';
const table = renderTable({ command, at: new Date(), database, series, notes });
process.stdout.write(table);
if (flags.write) write();
process.exit(notes.length === 0 ? 0 : 1);

/** Users of an organization in the snapshot, each size in a process of its own. */
async function measureUsers({ users }: Sizes): Promise<readonly Series[]> {
  const figures: Record<keyof UsersResult, Point[]> = { wholeMs: [], changeMs: [], rssKiB: [] };
  for (const n of users) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program('users'), String(n)]);
    const result = JSON.parse(stdout) as UsersResult;
    for (const figure of ['wholeMs', 'changeMs', 'rssKiB'] as const) figures[figure].push({ n, value: result[figure] });
    say(`${n} users: ${stdout.trim()}`);
  }
  const items = 'users';
  return [
    { id: 'users-whole', title: 'CPU of building the whole snapshot', unit: 'ms', items, points: figures.wholeMs },
    {
      id: 'users-change',
      title: 'CPU of the next snapshot after one user changed',
      unit: 'ms',
      items,
      points: figures.changeMs,
    },
    { id: 'users-memory', title: 'memory of users in the snapshot', unit: 'KiB', items, points: figures.rssKiB },
  ];
}

/** Puts the table at the end of the document, and the plots beside it. */
function write(): void {
  mkdirSync(PLOTS, { recursive: true });
  for (const each of series) writeFileSync(join(PLOTS, `${each.id}.svg`), renderPlot(each));
  const plots = series.map(({ id, title }) => `![${title}](scale/${id}.svg)`).join('\n');
  writeFileSync(DOCUMENT, putBehind(readFileSync(DOCUMENT, 'utf8'), HEADING, `${table}\n${plots}\n`));
}
