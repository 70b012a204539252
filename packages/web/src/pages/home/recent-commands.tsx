import type { ApiClient } from '@sallyport/core/api';
import { SectionHead } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { Link } from '../../ui/link.tsx';
import { Rows, type RowsColumn } from '../../ui/rows.tsx';
import { Time } from '../../ui/time.tsx';
import { shortDuration } from '../../ui/time-words.ts';

type Command = Awaited<ReturnType<ApiClient['listKubectlCommands']>>['items'][number];

/** What the reader did of late, by the commands that they gave. */
export function RecentCommands({ commands, user }: { readonly commands: readonly Command[]; readonly user: string }) {
  if (commands.length === 0) return null;
  const columns: readonly RowsColumn<Command>[] = [
    { id: 'started', header: 'Started', width: 110, cell: ({ startedAt }) => <Time at={startedAt} /> },
    { id: 'cluster', header: 'Cluster', width: 130, priority: 1, cell: ({ cluster }) => <bdi>{cluster ?? '–'}</bdi> },
    { id: 'command', header: 'Command', min: 240, cell: ({ command }) => <code className="truncate">{command}</code> },
    {
      id: 'lasted',
      header: 'Lasted',
      width: 90,
      align: 'right',
      priority: 2,
      cell: ({ durationMs }) => (durationMs === undefined ? '–' : shortDuration(durationMs)),
    },
    { id: 'requests', header: 'Requests', width: 90, align: 'right', cell: ({ requestCount }) => requestCount },
  ];
  return (
    <section>
      <SectionHead
        title="Recent commands"
        note={
          <Link href={paths.audit({ user })} className="link">
            All yours in audit
          </Link>
        }
      />
      <Rows
        label="Recent commands"
        rows={commands}
        columns={columns}
        rowId={({ id }) => id}
        narrow={({ command, cluster, startedAt }) => (
          <>
            <code className="block truncate">{command}</code>
            <span className="text-second text-ink-3">
              <bdi>{cluster}</bdi>, <Time at={startedAt} />
            </span>
          </>
        )}
      />
    </section>
  );
}
