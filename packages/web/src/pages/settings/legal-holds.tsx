import type { LegalHoldResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { may } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { CommandLine, SameAs } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { shellWord } from '../../parts/shell-word.ts';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Gate } from '../../ui/gate.tsx';
import { Confirm, Dialog } from '../../ui/overlay.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { SettingsTabs } from './settings-tabs.tsx';

const selectionWords = ({ selection }: LegalHoldResource): string => {
  const { principal, cluster, since, until, accessRequest, recording } = selection;
  const parts = [
    principal && `what ${principal} did`,
    cluster && `on ${cluster}`,
    since && `from ${since.toISOString().slice(0, 10)}`,
    until && `until ${until.toISOString().slice(0, 10)}`,
    accessRequest && `about ${accessRequest}`,
    recording && `of ${recording}`,
  ].filter(Boolean);
  return parts.length === 0 ? 'everything' : parts.join(' ');
};

const COLUMNS: readonly Column<LegalHoldResource>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 170,
    sortBy: ({ name }) => name,
    cell: ({ name }) => <bdi className="font-medium">{name}</bdi>,
  },
  { id: 'what', header: 'Keeps', min: 200, cell: (hold) => <bdi>{selectionWords(hold)}</bdi> },
  { id: 'why', header: 'Why', min: 200, priority: 2, cell: ({ reason }) => <bdi>{reason}</bdi> },
  { id: 'by', header: 'By', width: 170, priority: 3, cell: ({ createdBy }) => <bdi>{createdBy}</bdi> },
  { id: 'at', header: 'Since', width: 110, priority: 1, cell: ({ createdAt }) => <Time at={createdAt} /> },
  { id: 'state', header: 'State', width: 110, cell: (hold) => <State hold={hold} /> },
];

function State({ hold: { released } }: { readonly hold: LegalHoldResource }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <Gate state={released === undefined ? 'open' : 'ended'} /> {released === undefined ? 'in force' : 'released'}
    </span>
  );
}

/** Orders that something is kept, whatever retention says. */
export function LegalHolds() {
  const { api, organization, me } = useSignedIn();
  const key = ['legal-holds', organization] as const;
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.listLegalHolds({ organization, state: 'all' }, { signal }),
  });
  const [isNew, setNew] = useState(false);
  const [releasing, setReleasing] = useState<LegalHoldResource>();
  const mayRetain = may(me, 'audit.retain');
  return (
    <Page
      title="Settings"
      tabs={<SettingsTabs current="holds" />}
      actions={
        mayRetain && (
          <Button
            kind="primary"
            icon={<Plus size={14} strokeWidth={1.6} aria-hidden="true" />}
            onClick={() => setNew(true)}
          >
            New legal hold
          </Button>
        )
      }
    >
      <Answered query={query} label="Reading legal holds">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No legal holds">
              <p className="pb-2">A legal hold keeps audit events and recordings, whatever their retention says.</p>
              <SameAs command="sallyport audit holds list" />
            </Empty>
          ) : (
            <Table
              label="Legal holds"
              rows={items}
              rowId={({ id }) => id}
              columns={COLUMNS}
              narrow={(hold) => ({
                title: <bdi>{hold.name}</bdi>,
                end: <State hold={hold} />,
                second: <bdi>{selectionWords(hold)}</bdi>,
              })}
              menu={(hold) =>
                mayRetain && hold.released === undefined
                  ? [{ label: 'Release', isDanger: true, onSelect: () => setReleasing(hold) }]
                  : []
              }
            />
          )
        }
      </Answered>
      {isNew && <NewHold queryKey={key} onClose={() => setNew(false)} />}
      {releasing !== undefined && <Release hold={releasing} queryKey={key} onClose={() => setReleasing(undefined)} />}
    </Page>
  );
}

interface Changing {
  readonly queryKey: readonly string[];
  readonly onClose: () => void;
}

function NewHold({ queryKey, onClose }: Changing) {
  const { api, organization } = useSignedIn();
  const [draft, setDraft] = useState({ name: '', reason: '', principal: '', cluster: '' });
  const { name, reason, principal, cluster } = draft;
  const create = useAct({
    work: () =>
      api.createLegalHold({
        organization,
        body: {
          name,
          reason,
          selection: { ...(principal !== '' && { principal }), ...(cluster !== '' && { cluster }) },
        },
      }),
    changes: [queryKey],
    told: () => ({ gate: 'open', text: `${name} is in force` }),
  });
  const flags = [principal && `--user ${shellWord(principal)}`, cluster && `--cluster ${cluster}`].filter(Boolean);
  const input = (part: keyof typeof draft, label: string, hint?: string) => (
    <Field label={label} {...(hint !== undefined && { hint })}>
      {(control) => (
        <Input
          {...control}
          value={draft[part]}
          onChange={({ target }) => setDraft({ ...draft, [part]: target.value })}
        />
      )}
    </Field>
  );
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title="New legal hold">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (name !== '' && reason !== '') create.mutate(undefined, { onSuccess: onClose });
        }}
      >
        {input('name', 'Name')}
        {input('reason', 'Why')}
        {input('principal', 'What this person did', 'Empty: what anybody did.')}
        {input('cluster', 'On this cluster', 'Empty: on all of them.')}
        {create.error !== null && <ProblemNotice error={create.error} />}
        <Button
          kind="primary"
          type="submit"
          className="self-end"
          busy={create.isPending && 'Ordering'}
          disabledReason={name === '' || reason === '' ? 'Give it a name, and say why.' : undefined}
        >
          Order the hold
        </Button>
        <CommandLine
          command={[
            'sallyport audit holds create',
            name || 'NAME',
            `--reason ${shellWord(reason || 'why')}`,
            ...flags,
          ].join(' ')}
        />
      </form>
    </Dialog>
  );
}

function Release({ hold, queryKey, onClose }: Changing & { readonly hold: LegalHoldResource }) {
  const { api, organization } = useSignedIn();
  const [reason, setReason] = useState('');
  const release = useAct({
    work: () => api.releaseLegalHold({ organization, name: hold.name, body: { reason } }),
    changes: [queryKey],
    told: () => ({ gate: 'ended', text: `Released ${hold.name}` }),
  });
  return (
    <Confirm
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={
        <>
          Release <bdi>{hold.name}</bdi>?
        </>
      }
      verb="Release"
      busy={release.isPending && 'Releasing'}
      disabledReason={reason.trim() === '' ? 'Say why.' : undefined}
      onConfirm={() => release.mutate(undefined, { onSuccess: onClose })}
    >
      <p className="pb-2">Retention applies to what it kept: what is too old is deleted, which can’t be undone.</p>
      <Field label="Why">
        {(control) => <Input {...control} value={reason} onChange={({ target }) => setReason(target.value)} />}
      </Field>
      {release.error !== null && <ProblemNotice error={release.error} className="mt-2" />}
    </Confirm>
  );
}
