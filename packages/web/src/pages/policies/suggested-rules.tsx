import type { SuggestedRole } from '@sallyport/core/api';
import { useState } from 'react';
import type { AnyDocument } from '../../api/resource-calls.ts';
import { Segmented } from '../../ui/choice.tsx';
import { CodeBlock } from '../../ui/code.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { documentText } from '../resources/documents.ts';
import { type RoleRule, ruleSubject, ruleVerbs } from '../roles/rule-words.ts';

interface UsedRule {
  readonly place: number;
  readonly rule: RoleRule;
  readonly uses: SuggestedRole['uses'][number] | undefined;
}

const FORMS = [
  { value: 'rules', label: 'Rules' },
  { value: 'yaml', label: 'YAML' },
] as const;

/** The rules of a suggested role with how often each was used; or the role as a document. */
export function SuggestedRules({ role, uses }: { readonly role: AnyDocument; readonly uses: SuggestedRole['uses'] }) {
  const [form, setForm] = useState<'rules' | 'yaml'>('rules');
  const { kubernetes } = role.spec as { readonly kubernetes?: { readonly rules?: readonly RoleRule[] } };
  const rules = (kubernetes?.rules ?? []).map(
    (rule, index): UsedRule => ({ place: index + 1, rule, uses: uses[index] }),
  );
  if (rules.length === 0) return null;
  return (
    <section aria-labelledby="rules" className="flex flex-col gap-2">
      <div className="flex items-center justify-between gap-3">
        <h2 id="rules" className="text-body font-semibold">
          Rules <span className="font-normal text-ink-3 tabular-nums">{rules.length}</span>
        </h2>
        <Segmented label="Show as" value={form} options={FORMS} onChange={setForm} />
      </div>
      {form === 'yaml' ? (
        <CodeBlock text={documentText(role)} label="role" />
      ) : (
        <Table
          label="Rules"
          rows={rules}
          columns={COLUMNS}
          rowId={({ place }) => String(place)}
          narrow={({ rule, uses: used }) => ({
            title: <bdi className="font-medium">{ruleSubject(rule)}</bdi>,
            end: countOf(used),
            second: ruleVerbs(rule),
          })}
        />
      )}
    </section>
  );
}

const countOf = (uses: UsedRule['uses']) => (uses?.count ?? 0).toLocaleString('en-GB');

const COLUMNS: readonly Column<UsedRule>[] = [
  {
    id: 'subject',
    header: 'On',
    min: 240,
    cell: ({ rule }) => <bdi className="font-medium">{ruleSubject(rule)}</bdi>,
  },
  { id: 'verbs', header: 'May', min: 160, cell: ({ rule }) => ruleVerbs(rule) },
  {
    id: 'uses',
    header: 'Uses',
    width: 90,
    align: 'right',
    sortBy: ({ uses }) => uses?.count ?? 0,
    cell: ({ uses }) => countOf(uses),
  },
  {
    id: 'last',
    header: 'Last',
    width: 120,
    priority: 1,
    sortBy: ({ uses }) => uses?.lastAt,
    cell: ({ uses }) => uses?.lastAt !== undefined && <Time at={uses.lastAt} />,
  },
];
