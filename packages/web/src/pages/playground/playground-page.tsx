import type { ExplainedAccess } from '@sallyport/core/api';
import { parseYaml } from '@sallyport/core/yaml';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AnyDocument } from '../../api/resource-calls.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useAddressText } from '../../app/use-address-text.ts';
import { CommandLine } from '../../parts/command-line.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useAct } from '../../parts/use-act.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Field, Input, TextArea } from '../../ui/field.tsx';
import { Gate } from '../../ui/gate.tsx';
import { PolicyTabs } from '../policies/policy-tabs.tsx';
import { resourcesQuery } from '../resources/queries.ts';
import { Replay } from '../roles/replay.tsx';
import { explainCommand, type Question, readRequest, subjectOf } from './question.ts';

/** Who may do what, and why: as it is, or as documents would make it; and what these would have changed. */
export function PlaygroundPage() {
  const source = useSignedIn();
  const { api, organization } = source;
  const [as, setAs] = useAddressText('as');
  const [cluster, setCluster] = useAddressText('cluster');
  const [asked, setAsked] = useAddressText('request');
  const question: Question = { as, cluster, request: asked };
  const [text, setText] = useState('');
  const [replayed, setReplayed] = useState<readonly AnyDocument[]>([]);
  const clusters = useInfiniteQuery(resourcesQuery(source, 'Cluster', {}));
  const names = clusters.data?.pages.flatMap(({ items }) => items.map(({ metadata }) => metadata.name)) ?? [];
  const { documents, problem } = readDocuments(text);
  const request = readRequest(question.request);
  const explain = useAct({
    work: () => {
      const as = subjectOf(question.as);
      return api.explainAccess({
        organization,
        body: {
          cluster: question.cluster,
          requests: request === undefined ? [] : [request],
          ...(as !== undefined && { as }),
          ...(documents.length > 0 && { resources: documents as never }),
        },
      });
    },
    changes: [],
  });
  const missing =
    question.cluster === ''
      ? 'Name a cluster.'
      : request === undefined
        ? 'Write a request such as: get pods -n shop'
        : problem;
  return (
    <Page
      title="Playground"
      crumbs={[{ label: 'Policy', href: paths.policies() }]}
      tabs={<PolicyTabs current="playground" />}
      railLabel="If this had been in force"
      rail={<Replay documents={replayed} />}
    >
      <form
        className="flex max-w-[760px] flex-col gap-4 px-6 py-5 max-md:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing === undefined && !explain.isPending) explain.mutate();
        }}
      >
        <div className="grid grid-cols-[1fr_1fr] gap-3 max-md:grid-cols-1">
          <Field label="Who" hint="Empty: you. serviceaccount:name for a machine.">
            {(control) => <Input {...control} value={question.as} onChange={({ target }) => setAs(target.value)} />}
          </Field>
          <Field label="On cluster">
            {(control) => (
              <Combobox
                control={control}
                mono
                value={question.cluster}
                suggestions={names.map((value) => ({ value }))}
                onChange={setCluster}
              />
            )}
          </Field>
        </div>
        <Field label="Asks for" hint="As kubectl would: create pods/exec web-0 -n shop, or GET /metrics.">
          {(control) => (
            <Input
              {...control}
              mono
              value={question.request}
              placeholder="get pods -n shop"
              onChange={({ target }) => setAsked(target.value)}
            />
          )}
        </Field>
        <Field
          label="As if these were applied"
          problem={problem}
          hint="Roles, bindings, groups and access policies as YAML, several apart by ---. Nothing is changed."
        >
          {(control) => (
            <TextArea
              {...control}
              rows={10}
              spellCheck={false}
              className="font-mono text-mono whitespace-pre"
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
          )}
        </Field>
        <div className="flex flex-wrap gap-2">
          <Button kind="primary" type="submit" busy={explain.isPending && 'Deciding'} disabledReason={missing}>
            Explain
          </Button>
          <Button
            disabledReason={documents.length === 0 ? 'Put documents in first.' : problem}
            onClick={() => setReplayed(documents)}
          >
            Replay on history
          </Button>
        </div>
        {explain.error !== null && <ProblemNotice error={explain.error} />}
        {explain.data?.items.map((decision) => (
          <Decision key={decision.action} {...decision} place={{ cluster: question.cluster }} />
        ))}
        <CommandLine command={explainCommand(question)} />
      </form>
    </Page>
  );
}

function readDocuments(text: string): {
  readonly documents: readonly AnyDocument[];
  readonly problem: string | undefined;
} {
  if (text.trim() === '') return { documents: [], problem: undefined };
  try {
    const documents = text
      .split(/^---\s*$/m)
      .flatMap((each) => (each.trim() === '' ? [] : [parseYaml(each) as AnyDocument]));
    return { documents, problem: undefined };
  } catch (error) {
    return { documents: [], problem: error instanceof Error ? error.message : 'This is no YAML.' };
  }
}

function Decision({
  effect,
  action,
  reasons,
  obligations,
  requestable,
  groups,
  trace,
  place,
}: ExplainedAccess & { readonly place: { readonly cluster: string } }) {
  const isAllowed = effect === 'allow';
  return (
    <section role="status" aria-label="Decision" className="flex flex-col gap-3 border-t border-line pt-4">
      <h2 className="flex items-baseline gap-2 text-sentence">
        <Gate state={isAllowed ? 'open' : 'barred'} />
        <span className="font-semibold">{isAllowed ? 'Allowed' : 'Refused'}</span> <code>{action}</code>
      </h2>
      <ol className="flex flex-col gap-1">
        {reasons.map(({ message, source: by }, index) => (
          <li key={message} className="grid grid-cols-[20px_1fr]">
            <span className="text-ink-3 tabular-nums">{index + 1}</span>
            <span>
              <bdi>{message}</bdi> {by !== undefined && <code className="text-ink-3">{by}</code>}
            </span>
          </li>
        ))}
      </ol>
      {obligations.length > 0 && <p className="text-note text-ink-2">It demands: {obligations.join(', ')}.</p>}
      {groups.length > 0 && (
        <p className="text-note text-ink-2">
          The cluster sees the groups <code>{groups.join(', ')}</code>.
        </p>
      )}
      {requestable.length > 0 && (
        <p className="flex flex-wrap gap-2">
          {requestable.map((role) => (
            <LinkButton key={role} href={paths.newRequest({ ...place, role })}>
              Request {role}
            </LinkButton>
          ))}
        </p>
      )}
      {trace.length > 0 && (
        <details>
          <summary className="text-note text-ink-2">
            Every binding and policy that was looked at, {trace.length}
          </summary>
          <table className="mt-2 w-full text-note">
            <tbody>
              {trace.map(({ source: by, path, outcome, detail }) => (
                <tr key={`${by} ${path}`} className="border-b border-line align-top">
                  <td className="py-1 pr-3">
                    <code>
                      {by} {path}
                    </code>
                  </td>
                  <td className="pr-3">{outcome}</td>
                  <td className="text-ink-2">
                    <bdi>{detail}</bdi>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </section>
  );
}
