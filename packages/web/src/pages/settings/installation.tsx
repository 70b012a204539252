import type { OperationOutput } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { mayAnywhere } from '../../app/capabilities.ts';
import { Page, SectionHead } from '../../app/page.tsx';
import { useSignedIn } from '../../app/signed-in.tsx';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Field, Input, TextArea } from '../../ui/field.tsx';
import { Select } from '../../ui/select.tsx';
import { subjectWords } from '../resources/kind-pages.tsx';
import { type InstallationSpec, specOfForm, textOfSupportLinks } from './installation-form.ts';
import { OrganizationOwners } from './organization-owners.tsx';
import { SettingsTabs } from './settings-tabs.tsx';

type Installation = OperationOutput<'getInstallation'>;

const KEY = ['installation'] as const;

/** What stands above all organizations: its banner and limits, its organizations with their first owners, and who administers it. */
export function InstallationSettings() {
  const { api } = useSignedIn();
  const query = useQuery({ queryKey: KEY, queryFn: ({ signal }) => api.getInstallation({}, { signal }) });
  return (
    <Page title="Settings" tabs={<SettingsTabs current="installation" />}>
      <div className="flex flex-col gap-6 py-5">
        <Answered query={query} label="Reading the installation">
          {(installation) => (
            <>
              <Form key={installation.metadata.resourceVersion} installation={installation} />
              <OrganizationOwners />
              <Administrators />
            </>
          )}
        </Answered>
      </div>
    </Page>
  );
}

function Form({ installation }: { readonly installation: Installation }) {
  const { api, me } = useSignedIn();
  const { spec, metadata, status } = installation;
  const [severity, setSeverity] = useState<'info' | 'warning'>(spec.maintenance?.severity ?? 'info');
  const isFixed = !mayAnywhere(me, 'installation.update');
  const save = useAct({
    work: (next: InstallationSpec) => {
      const { apiVersion, kind } = installation;
      const body = { apiVersion, kind, metadata: { name: 'installation' as const }, spec: next };
      return api.updateInstallation({ body }, { ifMatch: metadata.resourceVersion });
    },
    // Its name and banner stand on every page.
    changes: [KEY, ['me']],
    told: () => ({ gate: 'open', text: 'The installation has its new settings' }),
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    save.mutate(specOfForm(spec, new FormData(event.currentTarget), severity));
  }
  return (
    <form onSubmit={submit} className="flex max-w-[720px] flex-col gap-4 px-6 max-md:px-4">
      <p className="text-ink-2">
        Version <bdi>{status.version}</bdi>, {status.organizationCount}{' '}
        {status.organizationCount === 1 ? 'organization' : 'organizations'}. What is set here holds for all of them.
      </p>
      <Field label="Name" hint="What this installation is called, on every page.">
        {(control) => (
          <Input
            {...control}
            name="name"
            maxLength={64}
            readOnly={isFixed}
            defaultValue={spec.branding?.name ?? ''}
            className="max-w-[320px]"
          />
        )}
      </Field>
      <Field label="Links to help" hint="One on each line: its label, then its address, at https. Empty: none.">
        {(control) => (
          <TextArea
            {...control}
            name="supportLinks"
            rows={2}
            readOnly={isFixed}
            defaultValue={textOfSupportLinks(spec.branding?.supportLinks)}
          />
        )}
      </Field>
      <div className="flex flex-wrap gap-4">
        <Field label="Banner" hint="Empty: none." className="min-w-[260px] flex-1">
          {(control) => (
            <TextArea
              {...control}
              name="message"
              rows={2}
              maxLength={1_024}
              readOnly={isFixed}
              defaultValue={spec.maintenance?.message ?? ''}
            />
          )}
        </Field>
        <Field label="Banner is">
          {(control) => (
            <Select
              control={control}
              value={severity}
              onChange={setSeverity}
              options={[
                { value: 'info', label: 'A note' },
                { value: 'warning', label: 'A warning' },
              ]}
            />
          )}
        </Field>
      </div>
      <fieldset className="flex flex-wrap gap-4">
        <legend className="pb-1 text-second font-medium text-ink-2">Most that one organization may have</legend>
        {(['clusters', 'users', 'serviceAccounts'] as const).map((name) => (
          <Field key={name} label={LIMIT_LABELS[name]}>
            {(control) => (
              <Input
                {...control}
                name={name}
                type="number"
                min={1}
                readOnly={isFixed}
                placeholder="no limit"
                defaultValue={spec.limits?.[name] ?? ''}
                className="w-[140px]"
              />
            )}
          </Field>
        ))}
      </fieldset>
      {save.error !== null && <ProblemNotice error={save.error} />}
      {!isFixed && (
        <Button type="submit" kind="primary" className="self-start" busy={save.isPending && 'Saving'}>
          Save the settings
        </Button>
      )}
      <SameAs command="sallyport edit installation/installation" />
    </form>
  );
}

const LIMIT_LABELS = { clusters: 'Clusters', users: 'People', serviceAccounts: 'Service accounts' } as const;

/** Bindings of the reader's organization on the installation: those are who administers it. */
function Administrators() {
  const { api, organization, me } = useSignedIn();
  const query = useQuery({
    queryKey: ['bindings', 'installation', organization],
    queryFn: ({ signal }) => api.listBindings({ organization, limit: 500 }, { signal }),
    enabled: mayAnywhere(me, 'bindings.read'),
  });
  if (!mayAnywhere(me, 'bindings.read')) return null;
  return (
    <section>
      <SectionHead title="Who administers it" note={`By bindings of ${organization}`} />
      <Answered query={query} label="Reading bindings">
        {({ items }) => {
          const found = items.filter(({ spec }) => spec.scope.kind === 'installation');
          return (
            <ul className="border-t border-line">
              {found.map(({ metadata, spec }) => (
                <li key={metadata.id} className="flex flex-wrap gap-x-3 border-b border-line px-6 py-1.5 max-md:px-4">
                  <bdi className="font-medium">{subjectWords(spec.subjects)}</bdi>
                  <span className="text-ink-3">
                    as <bdi>{spec.role}</bdi>, by <bdi>{metadata.name}</bdi>
                  </span>
                </li>
              ))}
              {found.length === 0 && (
                <li className="border-b border-line px-6 py-1.5 text-ink-3 max-md:px-4">
                  No binding of this organization reaches the installation.
                </li>
              )}
            </ul>
          );
        }}
      </Answered>
    </section>
  );
}
