import type { OperationOutput } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { mayAnywhere } from '../../app/capabilities.ts';
import { SectionHead } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Dialog } from '../../ui/overlay.tsx';
import { Rows, type RowsColumn } from '../../ui/rows.tsx';

type Organization = OperationOutput<'listOrganizations'>['items'][number];

const COLUMNS: readonly RowsColumn<Organization>[] = [
  { id: 'name', header: 'Organization', cell: ({ metadata }) => <bdi className="font-medium">{metadata.name}</bdi> },
  { id: 'people', header: 'People', width: 110, align: 'right', cell: ({ status }) => status.userCount },
  { id: 'clusters', header: 'Clusters', width: 110, align: 'right', cell: ({ status }) => status.clusterCount },
];

/** Every organization, with a way to let the first owner of a new one in. */
export function OrganizationOwners() {
  const { api, me } = useSignedIn();
  const [invited, setInvited] = useState<string>();
  const mayInvite = mayAnywhere(me, 'organizations.create');
  const query = useQuery({
    queryKey: ['organizations', 'all'],
    queryFn: ({ signal }) => api.listOrganizations({ limit: 500 }, { signal }),
  });
  const invite = (name: string) =>
    mayInvite && (
      <Button size="small" onClick={() => setInvited(name)}>
        Invite the first owner
      </Button>
    );
  return (
    <section>
      <SectionHead title="Organizations" count={query.data?.metadata.totalCount} />
      <Answered query={query} label="Reading organizations">
        {({ items }) => (
          <Rows
            label="Organizations"
            rows={items}
            columns={COLUMNS}
            rowId={({ metadata }) => metadata.id}
            actionsWidth={150}
            actions={({ metadata }) => invite(metadata.name)}
            narrow={({ metadata, status }) => (
              <div className="flex items-center justify-between gap-3">
                <span className="min-w-0">
                  <bdi className="block truncate font-medium">{metadata.name}</bdi>
                  <span className="text-second text-ink-3">
                    {status.userCount} people, {status.clusterCount} clusters
                  </span>
                </span>
                {invite(metadata.name)}
              </div>
            )}
          />
        )}
      </Answered>
      {invited !== undefined && <InviteOwner organization={invited} onClose={() => setInvited(undefined)} />}
    </section>
  );
}

function InviteOwner({ organization, onClose }: { readonly organization: string; readonly onClose: () => void }) {
  const { api } = useSignedIn();
  const invite = useAct({
    work: (name: string) => api.inviteOwner({ organization, body: { name } }),
    changes: [['organizations']],
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    invite.mutate(String(new FormData(event.currentTarget).get('name') ?? '').trim());
  }
  return (
    <Dialog open onOpenChange={onClose} title={`The first owner of ${organization}`}>
      {invite.data === undefined ? (
        <form onSubmit={submit} className="flex flex-col gap-3">
          <p className="text-note text-ink-2">
            A user of this server, who sets up how they sign in by a link. Further people are let in by the owner.
          </p>
          {invite.error !== null && <ProblemNotice error={invite.error} />}
          <Field label="User name">
            {(control) => <Input {...control} name="name" required maxLength={255} autoFocus />}
          </Field>
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" kind="primary" busy={invite.isPending && 'Inviting'}>
              Invite the owner
            </Button>
          </div>
        </form>
      ) : (
        <div className="flex flex-col gap-3">
          <ShownOnce title="Hand this link to the owner." value={invite.data.link} />
          <Button className="self-end" onClick={onClose}>
            Done
          </Button>
        </div>
      )}
    </Dialog>
  );
}
