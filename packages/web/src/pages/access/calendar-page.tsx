import { useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { gateOfGrant } from '../../parts/grant-words.ts';
import { grantsQuery } from '../../parts/inbox/queries.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Segmented } from '../../ui/choice.tsx';
import { cx } from '../../ui/cx.ts';
import { Empty } from '../../ui/empty.tsx';
import { Link } from '../../ui/link.tsx';
import { clockTime } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import { daysFrom, layOut, startOfDay } from './calendar-days.ts';
import { RequestsPage } from './requests-page.tsx';

const LANE = 28;
const SPANS = { day: 1, week: 7 } as const;
const dayName = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });

/** Who is in where and when: one row for each cluster, the windows of grants on an axis of days, a line at now. */
export function CalendarPage() {
  const { api, organization } = useSignedIn();
  const now = useNow();
  const [search, change] = useSearch();
  const span = search['span'] === 'week' ? 'week' : 'day';
  const asked = new Date(`${search['from'] ?? ''}T00:00`);
  const first = Number.isNaN(asked.getTime()) ? startOfDay(now) : asked;
  const days = daysFrom(first, SPANS[span]);
  const [from, until] = [days[0] ?? first, days.at(-1) ?? first];
  const query = useQuery(grantsQuery(api, organization, { limit: 500 }));
  const go = (by: number) => {
    const to = new Date(first.getFullYear(), first.getMonth(), first.getDate() + by * SPANS[span]);
    change({ from: isoDay(to) });
  };
  const nowPart = (now.getTime() - from.getTime()) / (until.getTime() - from.getTime());
  return (
    <RequestsPage
      tab="calendar"
      filters={
        <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-6 py-2 max-md:px-4">
          <IconButton
            label="Earlier"
            kind="secondary"
            icon={<ChevronLeft size={16} strokeWidth={1.6} aria-hidden="true" />}
            onClick={() => go(-1)}
          />
          <IconButton
            label="Later"
            kind="secondary"
            icon={<ChevronRight size={16} strokeWidth={1.6} aria-hidden="true" />}
            onClick={() => go(1)}
          />
          <Button onClick={() => change({ from: '' })}>Today</Button>
          <Segmented
            label="Span"
            value={span}
            options={[
              { value: 'day', label: 'Day' },
              { value: 'week', label: 'Week' },
            ]}
            onChange={(next) => change({ span: next === 'day' ? '' : next })}
          />
        </div>
      }
    >
      <Answered query={query} label="Reading grants">
        {({ items }) => {
          const rows = layOut(items, from, until);
          if (rows.length === 0)
            return <Empty title="No window in this time">Grants that are open or scheduled then stand here.</Empty>;
          return (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys.
            <section aria-label="Windows of grants" tabIndex={0} className="overflow-x-auto">
              <div className="relative min-w-[640px]">
                <div className="flex h-7 items-center border-b border-line text-head text-ink-3">
                  <span className="w-[150px] shrink-0 px-6 max-md:px-4">Cluster</span>
                  {days.slice(0, -1).map((day) => (
                    <span key={day.getTime()} className="flex-1 border-l border-line px-2">
                      {dayName.format(day)}
                    </span>
                  ))}
                </div>
                {rows.map(({ place, bars, lanes }) => (
                  <div key={place} className="flex border-b border-line">
                    <span className="w-[150px] shrink-0 truncate px-6 py-2 font-medium max-md:px-4">
                      <bdi>{place}</bdi>
                    </span>
                    <ul className="relative flex-1 border-l border-line" style={{ height: lanes * LANE + 12 }}>
                      {bars.map(({ grant, start, end, lane }) => {
                        const gate = gateOfGrant(grant, now);
                        const words = `${grant.role} of ${grant.user}, ${clockTime(grant.startsAt, now)} to ${clockTime(grant.endedAt ?? grant.endsAt, now)}`;
                        return (
                          <li key={grant.id}>
                            <Link
                              href={paths.grants({ id: grant.id, state: gate === 'ended' ? 'ended' : '' })}
                              title={words}
                              className={cx(
                                'absolute h-6 min-w-6 truncate rounded-label px-1 text-[11px] leading-6',
                                gate === 'open' && 'bg-accent text-on-accent',
                                gate === 'closing' && 'bg-warn-tint text-warn outline outline-warn-line',
                                gate === 'waiting' && 'border border-dashed border-line-3 text-ink-2',
                                gate === 'ended' && 'bg-line text-ink-2',
                              )}
                              style={{
                                left: `${start * 100}%`,
                                width: `${(end - start) * 100}%`,
                                top: lane * LANE + 6,
                              }}
                            >
                              <span aria-hidden="true">
                                {grant.role} {grant.user.split('@')[0]}
                              </span>
                              <span className="sr-only">{words}</span>
                            </Link>
                          </li>
                        );
                      })}
                    </ul>
                  </div>
                ))}
                {nowPart >= 0 && nowPart <= 1 && (
                  <span
                    aria-hidden="true"
                    className="pointer-events-none absolute top-7 bottom-0 w-px bg-ink"
                    style={{ left: `calc(150px + (100% - 150px) * ${nowPart})` }}
                  />
                )}
              </div>
            </section>
          );
        }}
      </Answered>
    </RequestsPage>
  );
}

const isoDay = (day: Date) =>
  [day.getFullYear(), String(day.getMonth() + 1).padStart(2, '0'), String(day.getDate()).padStart(2, '0')].join('-');
