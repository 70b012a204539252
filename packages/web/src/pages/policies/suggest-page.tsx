import type { SuggestedRole } from '@sallyport/core/api';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { AnyDocument } from '../../api/resource-calls.ts';
import { may } from '../../app/capabilities.ts';
import { Page } from '../../app/page.tsx';
import { paths } from '../../app/paths.ts';
import { useSignedIn } from '../../app/signed-in.tsx';
import { useSearch } from '../../app/use-search.ts';
import { Answered } from '../../parts/answer.tsx';
import { SameAs } from '../../parts/command-line.tsx';
import { Button } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Field } from '../../ui/field.tsx';
import { Select } from '../../ui/select.tsx';
import { subjectOf } from '../playground/question.ts';
import { CreateRole } from './create-role.tsx';
import { PolicyTabs } from './policy-tabs.tsx';
import { peopleQuery, suggestCommand } from './suggest-role.ts';
import { SuggestedRules } from './suggested-rules.tsx';

const SPANS = [
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: '90d', label: '90 days' },
] as const;

/** The least role that covers what somebody did, with how often each of its rules was used; it can be made a role. */
export function SuggestPage() {
  const source = useSignedIn();
  const { api, organization, me } = source;
  const [search, change] = useSearch();
  const { as = '', cluster = '' } = search;
  const since = SPANS.find(({ value }) => value === search['since'])?.value ?? '30d';
  const people = useQuery(peopleQuery(source));
  const subject = subjectOf(as);
  const query = useQuery({
    queryKey: ['policy', 'suggest', organization, as, cluster, since],
    enabled: subject !== undefined,
    // It reads much, and what was done by then stays as it was.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    queryFn: ({ signal }) =>
      api.suggestRole(
        {
          organization,
          body: { as: subject ?? { user: as }, since, ...(cluster !== '' && { cluster }) },
        },
        { signal },
      ),
  });
  return (
    <Page
      title="Suggest a role"
      crumbs={[{ label: 'Policy', href: paths.policies() }]}
      tabs={<PolicyTabs current="suggest" />}
    >
      <div className="flex max-w-[760px] flex-col gap-5 px-6 py-5 max-md:px-4">
        <AskedFor
          key={`${as}/${cluster}`}
          as={as}
          cluster={cluster}
          people={people.data ?? []}
          onAsk={(asked) => change(asked)}
        >
          <Select label="How far back" value={since} options={SPANS} onChange={(next) => change({ since: next })} />
        </AskedFor>
        {subject === undefined ? (
          <Empty title="Whose use is looked at?">
            Name a person or a machine. What they did on clusters becomes the least rules that would have let them; what
            was refused does not count.
          </Empty>
        ) : (
          <>
            <Answered query={query} label="Reading what was done">
              {(suggested) => <Suggested suggested={suggested} mayCreate={may(me, 'roles.create')} />}
            </Answered>
            <SameAs command={suggestCommand({ as, cluster, since })} />
          </>
        )}
      </div>
    </Page>
  );
}

function AskedFor({
  as,
  cluster,
  people,
  onAsk,
  children,
}: {
  readonly as: string;
  readonly cluster: string;
  readonly people: readonly { readonly value: string; readonly note: string }[];
  readonly onAsk: (asked: { readonly as: string; readonly cluster: string }) => void;
  readonly children: React.ReactNode;
}) {
  const [who, setWho] = useState(as);
  const [where, setWhere] = useState(cluster);
  const ask = (event?: FormEvent) => {
    event?.preventDefault();
    onAsk({ as: who.trim(), cluster: where.trim() });
  };
  return (
    <form
      aria-label="Whose use"
      className="grid grid-cols-[1fr_200px_auto] items-start gap-3 max-md:grid-cols-1"
      onSubmit={ask}
    >
      <Field label="Who" hint="serviceaccount:name for a machine.">
        {(control) => (
          <Combobox
            control={control}
            value={who}
            suggestions={people.filter(({ value }) => value.includes(who.trim()))}
            onChange={setWho}
            maxLength={253}
          />
        )}
      </Field>
      <Field label="On cluster" hint="Empty: on all of them.">
        {(control) => (
          <Combobox control={control} mono value={where} suggestions={[]} onChange={setWhere} maxLength={63} />
        )}
      </Field>
      <div className="flex items-end gap-2 pt-5">
        {children}
        <Button type="submit" kind="primary" disabledReason={who.trim() === '' ? 'Name somebody.' : undefined}>
          Suggest
        </Button>
      </div>
    </form>
  );
}

function Suggested({ suggested, mayCreate }: { readonly suggested: SuggestedRole; readonly mayCreate: boolean }) {
  const { observed, uses, isComplete, notes } = suggested;
  // The contract leaves a document open; the server answers with one of kind Role.
  const role = suggested.role as AnyDocument;
  return (
    <div className="flex flex-col gap-4">
      <p className="text-note text-ink-2">
        From <strong className="text-ink">{observed.toLocaleString('en-GB')}</strong>{' '}
        {observed === 1 ? 'request' : 'requests'} that were allowed
        {!isComplete && '; the rarest were left out, there are too many'}. A start: look through it before anybody holds
        it.
      </p>
      {notes.map((note) => (
        <p key={note} className="text-note text-warn">
          {note.slice(0, 1).toUpperCase()}
          {note.slice(1)}.
        </p>
      ))}
      <SuggestedRules role={role} uses={uses} />
      {uses.length > 0 && mayCreate && <CreateRole suggested={role} />}
    </div>
  );
}
