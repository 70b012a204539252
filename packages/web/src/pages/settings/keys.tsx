import type { KeyResource } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { mayAnywhere } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { labelOf } from '../../parts/schema-form/fields.ts';
import { useAct } from '../../parts/use-act.ts';
import { Gate, type GateState } from '../../ui/gate.tsx';
import { Confirm } from '../../ui/overlay.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { SettingsTabs } from './settings-tabs.tsx';

const GATES: Readonly<Record<KeyResource['phase'], GateState>> = { next: 'waiting', current: 'open', retired: 'ended' };
const WORDS: Readonly<Record<KeyResource['phase'], string>> = {
  next: 'announced',
  current: 'signs',
  retired: 'only verifies',
};

function State({ phase }: KeyResource) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <Gate state={GATES[phase]} /> {WORDS[phase]}
    </span>
  );
}

const COLUMNS: readonly Column<KeyResource>[] = [
  {
    id: 'purpose',
    header: 'For',
    min: 170,
    sortBy: ({ purpose }) => purpose,
    cell: ({ purpose, organization }) => (
      <>
        <span className="font-medium">{labelOf(purpose)}</span>{' '}
        {organization !== undefined && <bdi className="text-ink-3">{organization}</bdi>}
      </>
    ),
  },
  { id: 'id', header: 'Key', width: 210, priority: 2, cell: ({ keyId }) => <code className="truncate">{keyId}</code> },
  { id: 'state', header: 'State', width: 130, cell: (key) => <State {...key} /> },
  { id: 'from', header: 'Signs from', width: 120, priority: 1, cell: ({ signsFrom }) => <Time at={signsFrom} /> },
  {
    id: 'until',
    header: 'Next rotation',
    width: 130,
    priority: 3,
    cell: ({ rotatesAt }) => rotatesAt !== undefined && <Time at={rotatesAt} />,
  },
];

/** The keys of the installation, never their secrets. */
export function Keys() {
  const { api, me } = useSignedIn();
  const query = useQuery({ queryKey: ['keys'], queryFn: ({ signal }) => api.listKeys({}, { signal }) });
  const [rotating, setRotating] = useState<KeyResource['purpose']>();
  const rotate = useAct({
    work: (purpose: string) => api.rotateKeys({ purpose, body: {} }),
    changes: [['keys']],
    told: (_, purpose) => ({ gate: 'waiting', text: `A new key for ${labelOf(purpose).toLowerCase()} is announced` }),
  });
  return (
    <Page title="Settings" tabs={<SettingsTabs current="keys" />}>
      <Answered query={query} label="Reading keys">
        {({ items }) => (
          <Table
            label="Keys"
            rows={items}
            rowId={({ keyId, purpose }) => `${purpose}/${keyId}`}
            columns={COLUMNS}
            narrow={(key) => ({
              title: labelOf(key.purpose),
              end: <State {...key} />,
              second: <code>{key.keyId}</code>,
            })}
            menu={({ purpose, phase }) =>
              mayAnywhere(me, 'keys.rotate') && phase === 'current'
                ? [{ label: 'Rotate, announced first', onSelect: () => setRotating(purpose) }]
                : []
            }
          />
        )}
      </Answered>
      <div className="max-w-[640px] px-6 py-4 max-md:px-4">
        {rotate.error !== null && <ProblemNotice error={rotate.error} />}
        <SameAs command="sallyport server keys list" />
      </div>
      {rotating !== undefined && (
        <Confirm
          open
          onOpenChange={() => setRotating(undefined)}
          title={`Rotate the key for ${labelOf(rotating).toLowerCase()}?`}
          verb="Announce a new key"
          keep="Keep the key"
          onConfirm={() => {
            setRotating(undefined);
            rotate.mutate(rotating);
          }}
        >
          The new key is announced for as long as the schedule says before it signs, so that nothing notices. The former
          one goes on verifying what it signed.
        </Confirm>
      )}
    </Page>
  );
}
