import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Button } from '../../ui/button.tsx';
import { clockTime } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import type { AuditView } from './filters.ts';
import { seriesQuery } from './queries.ts';
import { chartColumns, type RequestSeries } from './series.ts';

const BarChart = lazy(() => import('../../parts/charts/bar-chart.tsx'));

const number = (value: number) => value.toLocaleString('en-GB');

/** How many requests there were and when, with a table of the same behind a button. Dragging narrows the time. */
export function RequestsChart({
  view,
  onChange,
}: {
  readonly view: AuditView;
  readonly onChange: (view: AuditView) => void;
}) {
  const source = useSignedIn();
  const now = useNow();
  const { data, error } = useQuery(seriesQuery(source, view));
  const [hovered, setHovered] = useState<number>();
  const [isTable, setTable] = useState(false);
  const columns = useMemo(() => (data === undefined ? undefined : chartColumns(data)), [data]);
  // The rows below say why nothing is to be seen.
  if (error !== null && data === undefined) return null;
  const at = hovered === undefined ? undefined : data?.starts[hovered];
  const allowed = at === undefined ? data?.allowedCount : data?.allowed[hovered ?? 0];
  const refused = at === undefined ? data?.refusedCount : data?.refused[hovered ?? 0];
  return (
    <section
      aria-label="Requests over time"
      className="min-h-[132px] shrink-0 border-b border-line px-6 pt-2.5 max-md:px-4"
    >
      <p className="flex flex-wrap items-center justify-between gap-x-4 text-note text-ink-2">
        <span aria-live="polite">
          {at === undefined ? (
            <>
              <strong className="text-ink tabular-nums">{number((allowed ?? 0) + (refused ?? 0))}</strong>{' '}
              {(allowed ?? 0) + (refused ?? 0) === 1 ? 'request' : 'requests'}
              {data?.isComplete === false && ', only the newest counted'}
            </>
          ) : (
            <>
              from <strong className="text-ink">{clockTime(at, now)}</strong>
              <span className="sr-only">
                : {number(allowed ?? 0)} allowed, {number(refused ?? 0)} refused
              </span>
            </>
          )}
        </span>
        <span className="flex items-center gap-4">
          <Key colour="bg-accent" text={`allowed ${number(allowed ?? 0)}`} />
          <Key colour="bg-danger-mark" text={`refused ${number(refused ?? 0)}`} />
          <Button size="small" kind="ghost" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            {isTable ? 'Show as chart' : 'Show as table'}
          </Button>
        </span>
      </p>
      {data !== undefined && isTable && <SeriesTable series={data} now={now} />}
      {columns !== undefined && !isTable && (
        <Suspense fallback={<div className="h-[84px]" />}>
          <BarChart
            label="Requests over time"
            columns={columns}
            onHover={setHovered}
            onRange={(fromMs, toMs) =>
              onChange({ ...view, time: { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() } })
            }
          />
        </Suspense>
      )}
    </section>
  );
}

function Key({ colour, text }: { readonly colour: string; readonly text: string }) {
  return (
    <span className="flex items-center gap-1.5 tabular-nums">
      <span aria-hidden="true" className={`size-2 rounded-[1px] ${colour}`} />
      {text}
    </span>
  );
}

function SeriesTable({ series, now }: { readonly series: RequestSeries; readonly now: Date }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys.
    <div tabIndex={0} className="my-2 max-h-[180px] overflow-y-auto">
      <table className="w-full max-w-[420px] text-note tabular-nums">
        <thead className="sticky top-0 bg-surface text-left text-head text-ink-3">
          <tr>
            <th className="font-normal">From</th>
            <th className="text-right font-normal">Allowed</th>
            <th className="text-right font-normal">Refused</th>
          </tr>
        </thead>
        <tbody>
          {series.starts.map((at, index) => (
            <tr key={at.getTime()} className="border-t border-line">
              <td>{clockTime(at, now)}</td>
              <td className="text-right">{number(series.allowed[index] ?? 0)}</td>
              <td className="text-right">{number(series.refused[index] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
