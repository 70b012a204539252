/** A figure over its sizes, as an SVG that reads on light and dark pages. */
import type { Series } from './growth.ts';

const WIDTH = 420;
const HEIGHT = 240;
const MARGIN = { left: 64, right: 16, top: 36, bottom: 40 } as const;

/** Draws the points, and the line that they would be on if the first of them were all that counts. */
export function renderPlot({ title, unit, items, points }: Series): string {
  const [first] = points;
  const maxN = Math.max(...points.map(({ n }) => n));
  const perItem = first === undefined ? 0 : first.value / first.n;
  const maxValue = Math.max(...points.map(({ value }) => value), perItem * maxN) || 1;
  const x = (n: number) => round(MARGIN.left + (n / maxN) * (WIDTH - MARGIN.left - MARGIN.right));
  const y = (value: number) =>
    round(HEIGHT - MARGIN.bottom - (value / maxValue) * (HEIGHT - MARGIN.top - MARGIN.bottom));
  const path = points.map(({ n, value }) => `${x(n)},${y(value)}`).join(' ');
  const text = (at: string, words: string) => `<text ${at}>${escapeXml(words)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    '<style>text{font:12px sans-serif;fill:#777}.axis{stroke:#777}.linear{stroke:#777;stroke-dasharray:4 4}.line{stroke:#2a78d6;stroke-width:2;fill:none}circle{fill:#2a78d6}</style>',
    text(`x="${MARGIN.left}" y="20"`, title),
    `<line class="axis" x1="${MARGIN.left}" y1="${y(0)}" x2="${WIDTH - MARGIN.right}" y2="${y(0)}"/>`,
    `<line class="axis" x1="${MARGIN.left}" y1="${y(0)}" x2="${MARGIN.left}" y2="${MARGIN.top}"/>`,
    `<line class="linear" x1="${x(0)}" y1="${y(0)}" x2="${x(maxN)}" y2="${y(perItem * maxN)}"/>`,
    `<polyline class="line" points="${path}"/>`,
    ...points.flatMap(({ n, value }) => [
      `<circle cx="${x(n)}" cy="${y(value)}" r="3"/>`,
      text(`x="${x(n)}" y="${HEIGHT - MARGIN.bottom + 16}" text-anchor="middle"`, n.toLocaleString('en')),
    ]),
    text(`x="${(WIDTH + MARGIN.left) / 2}" y="${HEIGHT - 6}" text-anchor="middle"`, items),
    text(`x="${MARGIN.left - 6}" y="${y(maxValue) + 4}" text-anchor="end"`, `${short(maxValue)} ${unit}`),
    text(`x="${MARGIN.left - 6}" y="${y(0)}" text-anchor="end"`, '0'),
    '</svg>',
    '',
  ].join('\n');
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Three digits that count. */
export function short(value: number): string {
  return Number.isFinite(value) ? Number(value.toPrecision(3)).toLocaleString('en') : '–';
}

function escapeXml(words: string): string {
  return words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
