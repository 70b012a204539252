/** The table of a run, as Markdown. */
import { arch, cpus, release, totalmem, type } from 'node:os';
import { isSteady, type Rounds, ratios, short, spreadOf } from './statistics.ts';

/** One line of the table. */
export interface Row {
  readonly title: string;
  readonly unit: string;
  readonly rounds: Rounds;
}

/** Facts about a run that a reader needs to judge its figures. */
export interface RunFacts {
  readonly command: string;
  readonly upstream: string;
  readonly roundCount: number;
  readonly seconds: number;
  readonly at: Date;
  readonly notes: readonly string[];
}

const cell = (rounds: Rounds, name: string): string => {
  const { median, min, max } = spreadOf(rounds[name] ?? []);
  return Number.isFinite(median) ? `${short(median)} (${short(min)}–${short(max)})` : '–';
};

const ratioCell = (rounds: Rounds, name: string, baseline: string): string => {
  const { median, min, max } = spreadOf(ratios(rounds, name, baseline));
  if (!Number.isFinite(median)) return '–';
  return isSteady(rounds, baseline) ? `${short(median)} (${short(min)}–${short(max)})` : `${short(median)}, unsteady`;
};

/** Renders rows for a document. */
export function renderReport(rows: readonly Row[], facts: RunFacts): string {
  const processors = cpus();
  return [
    `\`${facts.command}\` on ${facts.at.toISOString().slice(0, 10)}: ${processors.length} × ${processors[0]?.model.trim() ?? arch()}, ` +
      `${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.versions.node}, upstream ${facts.upstream}, ` +
      `${facts.roundCount} rounds of ${facts.seconds} s. Load and everything under load share the machine.`,
    '',
    '| Measure | Unit | direct | sallyport | peer | sallyport / direct | sallyport / peer |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(
      ({ title, unit, rounds }) =>
        `| ${title} | ${unit} | ${cell(rounds, 'direct')} | ${cell(rounds, 'sallyport')} | ${cell(rounds, 'peer')} | ` +
        `${ratioCell(rounds, 'sallyport', 'direct')} | ${ratioCell(rounds, 'sallyport', 'peer')} |`,
    ),
    ...(facts.notes.length > 0 ? ['', ...facts.notes.map((note) => `- ${note}`)] : []),
    '',
  ].join('\n');
}
