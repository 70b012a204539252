/** The table of a run, and its document. */
import { arch, cpus, release, totalmem, type } from 'node:os';
import { eachAtMost, extrapolated, growthPerDoubling, type Series, tooFast } from './growth.ts';
import { short } from './plot.ts';

/** A run as a reader needs it to judge its figures. */
export interface ScaleFacts {
  readonly command: string;
  readonly at: Date;
  readonly database: string;
  readonly series: readonly Series[];
  readonly notes: readonly string[];
}

/** Tunnels that a table tells of without having opened them. */
const FAR = 10_000;

/** Renders the table: a line for each figure, its growth, and what one item takes. */
export function renderTable({ command, at, database, series, notes }: ScaleFacts): string {
  const processors = cpus();
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = ['Measure', 'Unit', 'n', '2n', '4n', 'Growth per doubling', 'Each, at the most', 'Floor'];
  return [
    `\`${command}\` on ${at.toISOString().slice(0, 10)}: ${processors.length} × ${processors[0]?.model.trim() ?? arch()}, ` +
      `${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.versions.node}, ${database}. ` +
      'Load and everything under load share the machine.',
    '',
    line(head),
    `|${'---|'.repeat(head.length)}`,
    ...series.map((each) =>
      line([
        each.title,
        each.unit,
        ...[0, 1, 2].map((i) => {
          const point = each.points[i];
          return point === undefined ? '–' : `${short(point.value)} at ${point.n.toLocaleString('en')}`;
        }),
        growthPerDoubling(each.points)
          .map((factor) => `×${factor.toFixed(2)}`)
          .join(', ') + overWhat(each),
        short(eachAtMost(each)),
        each.floorEach === undefined
          ? '–'
          : `${short(each.floorEach)}${eachAtMost(each) > each.floorEach ? ' **missed**' : ''}`,
      ]),
    ),
    '',
    ...series
      .filter(({ items }) => items === 'tunnels')
      .map(
        (each) =>
          `- ${each.title}, ${FAR.toLocaleString('en')} tunnels, extrapolated: ${short(extrapolated(each, FAR))} ${each.unit}`,
      ),
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

function overWhat(series: Series): string {
  const bound = tooFast(series);
  return bound === undefined ? '' : ` **over ${bound}**`;
}

/** Puts a text behind a heading of a document, in place of what stood there. */
export function putBehind(document: string, heading: string, text: string): string {
  const at = document.indexOf(heading);
  return `${at === -1 ? `${document.trimEnd()}\n\n` : document.slice(0, at)}${heading}\n\n${text}`;
}
