import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** What {@link BarChart} draws. */
export interface BarChartProps {
  /** Seconds since the epoch; all; the part of it that was refused. */
  readonly columns: readonly [readonly number[], readonly number[], readonly number[]];
  readonly label: string;
  /** A stretch was marked by dragging, in milliseconds since the epoch. */
  readonly onRange: (fromMs: number, toMs: number) => void;
  /** The bar under the pointer, or that the arrows moved to; `undefined` when there is none. */
  readonly onHover: (index: number | undefined) => void;
}

const HEIGHT = 84;
const SHADE = 'bf';

/** Bars over time, what was refused on top. Dragging marks a time; arrows move from bar to bar, Enter marks the one. */
export default function BarChart({ columns, label, onRange, onHover }: BarChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const colours = useColours(box);
  const at = useRef<number>(undefined);
  const plot = useRef<uPlot>(undefined);
  const told = useRef({ onRange, onHover });
  told.current = { onRange, onHover };

  useEffect(() => {
    const element = box.current;
    if (element === null || colours === undefined) return;
    const bars = uPlot.paths.bars?.({ size: [0.7, 12, 1], align: 1 });
    if (bars === undefined) return;
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        padding: [8, 16, 0, 16],
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false },
        },
        scales: { x: { time: true }, y: { range: (_, __, most) => [0, Math.max(1, most)] } },
        axes: [
          {
            stroke: colours.text,
            font: '11.5px Inter Variable, system-ui',
            size: 20,
            gap: 4,
            ticks: { show: false },
            grid: { show: false },
            values: hours,
          },
          {
            size: 0,
            ticks: { show: false },
            values: () => [],
            grid: { show: true, stroke: colours.line, width: 1 },
            splits: (_, __, low, high) => [low, high / 2, high],
          },
        ],
        series: [
          {},
          { fill: colours.all + SHADE, width: 0, paths: bars, points: { show: false } },
          { fill: colours.refused, width: 0, paths: bars, points: { show: false } },
        ],
        hooks: {
          setCursor: [({ cursor }) => told.current.onHover(cursor.idx ?? undefined)],
          setSelect: [
            (chart) => {
              const { left, width } = chart.select;
              if (width < 2) return;
              told.current.onRange(chart.posToVal(left, 'x') * 1_000, chart.posToVal(left + width, 'x') * 1_000);
              chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      columns as unknown as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [columns, colours]);

  function move(step: number) {
    const count = columns[0].length;
    at.current = Math.min(count - 1, Math.max(0, (at.current ?? (step > 0 ? -1 : count)) + step));
    const left = plot.current?.valToPos(columns[0][at.current] ?? 0, 'x') ?? 0;
    plot.current?.setCursor({ left, top: 0 });
    onHover(at.current);
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a picture that keys move through; its table stands behind a button.
    <div
      ref={box}
      role="group"
      aria-label={`${label}. Arrows move from bar to bar, Enter narrows the time to one.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows move through it.
      tabIndex={0}
      className="w-full overflow-hidden"
      style={{ height: HEIGHT }}
      onBlur={() => onHover(undefined)}
      onKeyDown={(event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step !== undefined) {
          event.preventDefault();
          move(step);
        } else if (event.key === 'Enter' && at.current !== undefined) {
          const [starts] = columns;
          const from = starts[at.current] ?? 0;
          const span = (starts[1] ?? from) - (starts[0] ?? from);
          onRange(from * 1_000, (from + span) * 1_000);
        }
      }}
    />
  );
}

const two = (value: number) => String(value).padStart(2, '0');

function hours(_: uPlot, splits: number[]): string[] {
  const isDays = (splits.at(-1) ?? 0) - (splits[0] ?? 0) > 2 * 86_400;
  return splits.map((split) => {
    const at = new Date(split * 1_000);
    return isDays
      ? at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
      : `${two(at.getHours())}:${two(at.getMinutes())}`;
  });
}

interface Colours {
  readonly all: string;
  readonly refused: string;
  readonly line: string;
  readonly text: string;
}

/** The page's colours as a canvas takes them; anew when the theme changes. */
function useColours(box: React.RefObject<HTMLElement | null>): Colours | undefined {
  const [colours, setColours] = useState<Colours>();
  useEffect(() => {
    const read = () => {
      const element = box.current;
      if (element === null) return;
      const probe = element.appendChild(document.createElement('span'));
      const of = (token: string) => {
        probe.style.color = `var(--${token})`;
        return toHex(getComputedStyle(probe).color);
      };
      setColours({ all: of('accent'), refused: of('danger-mark'), line: of('line'), text: of('ink-3') });
      probe.remove();
    };
    read();
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', read);
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      system.removeEventListener('change', read);
      observer.disconnect();
    };
  }, [box]);
  return colours;
}

/** `rgb(11, 107, 101)` as `#0b6b65`, so that a shade can be added. */
function toHex(colour: string): string {
  const parts = colour.match(/\d+/g) ?? [];
  return `#${parts
    .slice(0, 3)
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')}`;
}
