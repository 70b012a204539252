import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { clusterQuery } from '../../parts/clusters/queries.ts';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { shellWord } from '../../parts/shell-word.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { Field, Input, TextArea } from '../../ui/field.tsx';
import { AgentLife } from './agent-life.tsx';
import { readLabels } from './label-text.ts';
import { registerClusterBody } from './register-draft.ts';

const STEPS = ['Name it', 'Install the agent', 'Done'] as const;

/** Registers a cluster in three steps; the address names the cluster once there is one, so that it can be come back to. */
export function RegisterPage() {
  const { api, organization } = useSignedIn();
  const [{ name }, setSearch] = useSearch();
  const query = useQuery({
    ...clusterQuery(api, organization, name ?? ''),
    enabled: name !== undefined,
    // The agent is on its way: its life is watched closely.
    refetchInterval: ({ state }) => (state.data?.status.health.status === 'connected' ? 15_000 : 2_000),
  });
  const step = name === undefined ? 0 : query.data?.status.health.status === 'connected' ? 2 : 1;
  return (
    <Page title="Register cluster" crumbs={[{ label: 'Clusters', href: paths.clusters() }]}>
      <div className="grid max-w-[1080px] grid-cols-[180px_minmax(0,1fr)] gap-8 px-6 py-6 max-md:grid-cols-1 max-md:gap-5 max-md:px-4">
        <ol className="flex flex-col gap-1 max-md:flex-row max-md:gap-4" aria-label="Steps">
          {STEPS.map((title, index) => (
            <li
              key={title}
              aria-current={index === step ? 'step' : undefined}
              className={cx(
                'flex h-7 items-center gap-2 text-body',
                index === step ? 'font-semibold text-ink' : index < step ? 'text-ink-2' : 'text-ink-3',
              )}
            >
              <span className="w-4 tabular-nums">{index + 1}</span>
              {title}
            </li>
          ))}
        </ol>
        {name === undefined ? (
          <NameForm onRegistered={(registered) => setSearch({ name: registered }, 'push')} />
        ) : (
          <Answered query={query} label="Reading the cluster">
            {(cluster) => (
              <div className="grid grid-cols-[minmax(0,1fr)_300px] gap-8 max-lg:grid-cols-1">
                <Install name={name} isDone={step === 2} />
                <AgentLife cluster={cluster} />
              </div>
            )}
          </Answered>
        )}
      </div>
    </Page>
  );
}

function NameForm({ onRegistered }: { readonly onRegistered: (name: string) => void }) {
  const { api, organization } = useSignedIn();
  const queries = useQueryClient();
  const [draft, setDraft] = useState({ name: '', project: '', location: '', description: '', labels: '' });
  const set = (field: keyof typeof draft) => (event: { readonly target: { readonly value: string } }) =>
    setDraft((before) => ({ ...before, [field]: event.target.value }));
  const labels = readLabels(draft.labels);
  const isNamed = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(draft.name);
  const register = useMutation({
    mutationFn: () => api.createCluster({ organization, body: registerClusterBody(draft) }),
    onSuccess: async ({ metadata }) => {
      await queries.invalidateQueries({ queryKey: ['clusters'] });
      onRegistered(metadata.name);
    },
  });
  const missing = isNamed ? ('problem' in labels ? labels.problem : undefined) : 'Give it a name first';
  const command = `sallyport clusters register ${draft.name === '' ? 'NAME' : shellWord(draft.name)} | kubectl apply -f -`;
  return (
    <form
      className="flex max-w-[520px] flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (missing === undefined) register.mutate();
      }}
    >
      <Field
        label="Name"
        hint="People type it: short, lower case, as a DNS label."
        problem={draft.name === '' || isNamed ? undefined : 'Letters a to z, digits and hyphens, 63 at the most.'}
      >
        {(control) => <Input {...control} mono maxLength={63} value={draft.name} onChange={set('name')} />}
      </Field>
      <Field label="Project" hint="Whoever administers the project administers its clusters. Empty: default.">
        {(control) => <Input {...control} maxLength={63} value={draft.project} onChange={set('project')} />}
      </Field>
      <Field label="Location" hint="Where it runs, as people say it.">
        {(control) => <Input {...control} maxLength={128} value={draft.location} onChange={set('location')} />}
      </Field>
      <Field label="What it is for">
        {(control) => <Input {...control} maxLength={256} value={draft.description} onChange={set('description')} />}
      </Field>
      <Field
        label="Labels"
        hint="One in each line, as key=value."
        problem={'problem' in labels ? labels.problem : undefined}
      >
        {(control) => (
          <TextArea
            {...control}
            rows={3}
            spellCheck={false}
            className="font-mono text-mono"
            value={draft.labels}
            onChange={set('labels')}
          />
        )}
      </Field>
      {register.error !== null && <ProblemNotice error={register.error} />}
      <div>
        <Button kind="primary" type="submit" busy={register.isPending && 'Registering'} disabledReason={missing}>
          Register cluster
        </Button>
      </div>
      <section className="flex flex-col gap-1.5">
        <h2 className="text-second text-ink-3">All of it at once, from a terminal</h2>
        <CommandLine command={command} />
      </section>
    </form>
  );
}

function Install({ name, isDone }: { readonly name: string; readonly isDone: boolean }) {
  return (
    <section className="flex min-w-0 flex-col gap-4">
      <h2 className="text-sentence font-semibold">
        {isDone ? (
          <>
            <bdi>{name}</bdi> is connected
          </>
        ) : (
          <>
            Install the agent in <bdi>{name}</bdi>
          </>
        )}
      </h2>
      {isDone ? (
        <>
          <p className="text-ink-2">People reach it by the roles that they hold. The cluster has no inbound port.</p>
          <div className="flex gap-2">
            <LinkButton kind="primary" href={paths.cluster(name)}>
              Go to the cluster
            </LinkButton>
            <LinkButton href={paths.bindings()}>Bind roles</LinkButton>
          </div>
        </>
      ) : (
        <>
          <p className="text-ink-2">
            Run this where kubectl may administer the cluster. It prints a manifest with a join token that is good once
            and for an hour, and applies it.
          </p>
          <CommandLine command={`sallyport clusters manifest ${shellWord(name)} | kubectl apply -f -`} />
          <p className="text-note text-ink-3">
            To read it first, leave out what stands behind the bar. The agent dials out to this server alone; it may
            impersonate the groups of the ceiling and nobody else.
          </p>
        </>
      )}
    </section>
  );
}
