import type { GrantResource } from '@sallyport/core/api';
import { SectionHead } from '../../app/page.tsx';
import { AccessPhrase } from '../../parts/access-sentence.tsx';
import { cx } from '../../ui/cx.ts';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { clockTime, distance, left } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import { isClosing } from '../../ui/window-state.ts';
import { WindowTrack } from '../../ui/window-track.tsx';

/** The reader's grants that are open or scheduled, each with its window; the next to close first. */
export function OpenNow({ grants }: { readonly grants: readonly GrantResource[] }) {
  const now = useNow();
  const sorted = [...grants].sort(
    (a, b) =>
      Number(a.state === 'scheduled') - Number(b.state === 'scheduled') || a.endsAt.getTime() - b.endsAt.getTime(),
  );
  const open = grants.filter(({ state }) => state === 'active').length;
  const scheduled = grants.length - open;
  const gate = (grant: GrantResource) =>
    grant.state === 'scheduled' ? 'waiting' : isClosing(grant.startsAt, grant.endsAt, now) ? 'closing' : 'open';
  const remaining = (grant: GrantResource) => (
    <span
      className={cx(gate(grant) === 'closing' && 'font-semibold text-warn', gate(grant) === 'waiting' && 'text-ink-3')}
    >
      {grant.state === 'scheduled' ? distance(grant.startsAt, now) : left(grant.endsAt, now)}
    </span>
  );
  const columns: readonly Column<GrantResource>[] = [
    {
      id: 'access',
      header: 'Access',
      min: 240,
      cell: (grant) => (
        <span className="flex items-baseline gap-2.5">
          <Gate state={gate(grant)} />
          <span className="truncate">
            <AccessPhrase role={grant.role} scope={grant.scope} />
          </span>
        </span>
      ),
    },
    { id: 'reason', header: 'Reason', min: 160, priority: 2, cell: ({ reason }) => <bdi>{reason}</bdi> },
    {
      id: 'window',
      header: 'Window',
      width: 220,
      priority: 1,
      cell: ({ startsAt, endsAt }) => (
        <span className="flex items-center gap-2 font-mono text-mono text-ink-3">
          {clockTime(startsAt, now)}
          <WindowTrack startsAt={startsAt} endsAt={endsAt} className="flex-1" />
          {clockTime(endsAt, now)}
        </span>
      ),
    },
    { id: 'left', header: 'Left', width: 110, align: 'right', cell: remaining },
  ];
  return (
    <section>
      <SectionHead title="Open now" count={scheduled === 0 ? open : `${open}, and ${scheduled} scheduled`} />
      {grants.length === 0 ? (
        <Empty title="Nothing is open">Grants of yours stand here while they last. Ask for one when you need it.</Empty>
      ) : (
        <Table
          label="Open now"
          rows={sorted}
          columns={columns}
          rowId={({ id }) => id}
          narrow={(grant) => ({
            title: (
              <span className="flex items-baseline gap-2">
                <Gate state={gate(grant)} />
                <AccessPhrase role={grant.role} scope={grant.scope} />
              </span>
            ),
            end: remaining(grant),
            second: <bdi>{grant.reason}</bdi>,
          })}
        />
      )}
    </section>
  );
}
