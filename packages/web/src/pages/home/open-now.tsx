import type { GrantResource } from '@sallyport/core/api';
import { SectionHead } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { AccessPhrase } from '../../parts/access-sentence.tsx';
import { gateOfGrant, remainingOf } from '../../parts/grant-words.ts';
import { LinkButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { Empty } from '../../ui/empty.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Rows, type RowsColumn } from '../../ui/rows.tsx';
import { clockTime } from '../../ui/time-words.ts';
import { useNow } from '../../ui/use-now.ts';
import { WindowTrack } from '../../ui/window-track.tsx';
import { EndGrant } from '../access/end-grant.tsx';

/** The reader's grants that are open or scheduled, each with its window; the next to close first. */
export function OpenNow({ grants }: { readonly grants: readonly GrantResource[] }) {
  const now = useNow();
  const sorted = [...grants].sort(
    (a, b) =>
      Number(a.state === 'scheduled') - Number(b.state === 'scheduled') || a.endsAt.getTime() - b.endsAt.getTime(),
  );
  const open = grants.filter(({ state }) => state === 'active').length;
  const scheduled = grants.length - open;
  const remaining = (grant: GrantResource) => {
    const gate = gateOfGrant(grant, now);
    return (
      <span className={cx(gate === 'closing' && 'font-semibold text-warn', gate === 'waiting' && 'text-ink-3')}>
        {remainingOf(grant, now)}
      </span>
    );
  };
  const columns: readonly RowsColumn<GrantResource>[] = [
    {
      id: 'access',
      header: 'Access',
      min: 240,
      grow: 1.4,
      cell: (grant) => (
        <span className="flex items-baseline gap-2.5">
          <Gate state={gateOfGrant(grant, now)} />
          <span className="truncate">
            <AccessPhrase role={grant.role} scope={grant.scope} />
          </span>
        </span>
      ),
    },
    { id: 'reason', header: 'Reason', min: 150, priority: 2, cell: ({ reason }) => <bdi>{reason}</bdi> },
    {
      id: 'window',
      header: 'Window',
      width: 210,
      priority: 1,
      cell: ({ startsAt, endsAt }) => (
        <span className="flex items-center gap-2 font-mono text-mono text-ink-3">
          {clockTime(startsAt, now)}
          <WindowTrack startsAt={startsAt} endsAt={endsAt} className="flex-1" />
          {clockTime(endsAt, now)}
        </span>
      ),
    },
    { id: 'left', header: 'Left', width: 96, align: 'right', cell: remaining },
  ];
  return (
    <section>
      <SectionHead title="Open now" count={scheduled === 0 ? open : `${open}, and ${scheduled} scheduled`} />
      {grants.length === 0 ? (
        <Empty title="Nothing is open">Grants of yours stand here while they last. Ask for one when you need it.</Empty>
      ) : (
        <Rows
          label="Open now"
          rows={sorted}
          columns={columns}
          rowId={({ id }) => id}
          actionsWidth={104}
          actions={(grant) => (
            <>
              {grant.may.renew && gateOfGrant(grant, now) === 'closing' && (
                <LinkButton size="small" href={paths.grants({ id: grant.id })}>
                  Renew
                </LinkButton>
              )}
              {grant.may.revoke && <EndGrant grant={grant} size="small" />}
            </>
          )}
          narrow={(grant) => (
            <div className="flex gap-2.5">
              <Gate state={gateOfGrant(grant, now)} className="mt-1" />
              <div className="min-w-0 flex-1">
                <div className="flex justify-between gap-3">
                  <span className="truncate">
                    <AccessPhrase role={grant.role} scope={grant.scope} />
                  </span>
                  <span className="shrink-0">{remaining(grant)}</span>
                </div>
                <p className="truncate text-second text-ink-3">
                  {grant.state === 'scheduled' ? 'Opens' : 'Closes'}{' '}
                  {clockTime(grant.state === 'scheduled' ? grant.startsAt : grant.endsAt, now)}.{' '}
                  <bdi>{grant.reason}</bdi>
                </p>
                <WindowTrack startsAt={grant.startsAt} endsAt={grant.endsAt} className="mt-1.5" />
              </div>
            </div>
          )}
        />
      )}
    </section>
  );
}
