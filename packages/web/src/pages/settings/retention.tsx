import type { AuditRetention } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { may } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Input } from '../../ui/field.tsx';
import { SettingsTabs } from './settings-tabs.tsx';

/** How long audit events and recordings are kept, by category. */
export function Retention() {
  const { api, organization } = useSignedIn();
  const query = useQuery({
    queryKey: ['retention', organization],
    queryFn: ({ signal }) => api.getAuditRetention({ organization }, { signal }),
  });
  return (
    <Page title="Settings" tabs={<SettingsTabs current="retention" />}>
      <Answered query={query} label="Reading retention">
        {(retention) => <RetentionForm key={retention.metadata.resourceVersion} retention={retention} />}
      </Answered>
    </Page>
  );
}

function RetentionForm({ retention }: { readonly retention: AuditRetention }) {
  const { api, organization, me } = useSignedIn();
  const [spec, setSpec] = useState<Readonly<Record<string, string | undefined>>>(retention.spec);
  const isFixed = !may(me, 'audit.retain');
  const isChanged = JSON.stringify(spec) !== JSON.stringify(retention.spec);
  const save = useAct({
    work: () => api.setAuditRetention({ organization, body: spec }, { ifMatch: retention.metadata.resourceVersion }),
    changes: [['retention', organization]],
    told: () => ({ gate: 'open', text: 'Saved how long what is kept' }),
  });
  return (
    <form
      className="flex max-w-[640px] flex-col gap-4 px-6 py-5 max-md:px-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged) save.mutate();
      }}
    >
      <p className="text-ink-2">
        What is older is deleted, with its proof that it was there. A legal hold keeps it longer. Write 365d, or
        forever.
      </p>
      <table>
        <thead className="text-left text-head text-ink-3">
          <tr className="border-b border-line">
            <th className="py-1.5 font-normal">What</th>
            <th className="font-normal">Applies</th>
            <th className="w-40 font-normal">Set here</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(retention.status.effective).map(([name, effective]) => (
            <tr key={name} className="border-b border-line">
              <th className="py-1.5 text-left font-normal">
                {name === 'recordings' ? 'Recordings' : `Events of ${name}`}
              </th>
              <td className="text-ink-2">{effective}</td>
              <td>
                <Input
                  mono
                  aria-label={`How long ${name} are kept`}
                  placeholder="default"
                  readOnly={isFixed}
                  value={spec[name] ?? ''}
                  onChange={({ target }) => {
                    const { [name]: _, ...rest } = spec;
                    setSpec(target.value === '' ? rest : { ...spec, [name]: target.value });
                  }}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {save.error !== null && <ProblemNotice error={save.error} />}
      {!isFixed && (
        <Button
          kind="primary"
          type="submit"
          className="self-start"
          busy={save.isPending && 'Saving'}
          disabledReason={isChanged ? undefined : 'Nothing is changed.'}
        >
          Save retention
        </Button>
      )}
      <SameAs command="sallyport audit retention get" />
    </form>
  );
}
