import { useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { useState } from 'react';
import { useSignedIn } from '../../app/signed-in.tsx';
import { TokenChip } from '../../ui/chip.tsx';
import { Combobox, type Suggestion } from '../../ui/combobox.tsx';
import { KeyCap } from '../../ui/key-cap.tsx';
import { AUDIT_FILTER_FIELDS, type AuditFilterField, type AuditView, isTaken } from './filters.ts';
import { valuesQuery } from './queries.ts';

/** What {@link AuditFilterBar} changes. */
export interface AuditFilterBarProps {
  readonly view: AuditView;
  readonly onChange: (view: AuditView) => void;
}

const fieldOf = (text: string) => AUDIT_FILTER_FIELDS.find(({ label }) => text.startsWith(`${label} is `));

/** Filters as tokens. Typing suggests fields, then their values with how often they occur; anything else is looked for as words. */
export function AuditFilterBar({ view, onChange }: AuditFilterBarProps) {
  const source = useSignedIn();
  const [text, setText] = useState('');
  const field = fieldOf(text);
  const typed = field === undefined ? text : text.slice(`${field.label} is `.length);
  const values = useQuery(valuesQuery(source, view, field?.countedBy));
  const suggestions =
    field === undefined ? fieldSuggestions(view, text) : valueSuggestions(field, typed, values.data ?? []);

  function pick(picked: string) {
    const chosen = fieldOf(picked);
    if (chosen === undefined) {
      const words = picked.trim();
      if (words === '') return;
      setText('');
      return onChange({ ...view, words });
    }
    const value = picked.slice(`${chosen.label} is `.length).trim();
    if (value === '' || !isTaken(chosen, value)) return setText(picked);
    setText('');
    const before = chosen.isMultiple ? view.filters[chosen.name] : undefined;
    const all = before === undefined ? value : [...new Set([...before.split(','), value])].join(',');
    onChange({ ...view, filters: { ...view.filters, [chosen.name]: all } });
  }

  function edit(name: AuditFilterField['name'], label: string) {
    const value = view.filters[name] ?? '';
    remove(name);
    setText(`${label} is ${value}`);
  }

  function remove(name: AuditFilterField['name']) {
    const { [name]: _, ...filters } = view.filters;
    onChange({ ...view, filters });
  }

  const tokens = AUDIT_FILTER_FIELDS.filter(({ name }) => view.filters[name] !== undefined);
  return (
    <search
      data-filter=""
      aria-label="Filters"
      className="flex min-h-8 min-w-0 flex-1 flex-wrap max-md:basis-full items-center gap-1.5 rounded-control border border-line-3 bg-raised px-2 py-0.5 focus-within:outline-2 focus-within:outline-accent"
    >
      <Search size={14} strokeWidth={1.6} aria-hidden="true" className="shrink-0 text-ink-3" />
      {tokens.map(({ name, label }) => (
        <TokenChip
          key={name}
          field={label}
          value={<bdi>{(view.filters[name] ?? '').split(',').join(', ')}</bdi>}
          onEdit={() => edit(name, label)}
          onRemove={() => remove(name)}
        />
      ))}
      {view.words !== '' && (
        <TokenChip
          field="text"
          is="has"
          value={<bdi>{view.words}</bdi>}
          onEdit={() => {
            setText(view.words);
            onChange({ ...view, words: '' });
          }}
          onRemove={() => onChange({ ...view, words: '' })}
        />
      )}
      <Combobox
        value={text}
        onChange={setText}
        onPick={pick}
        suggestions={suggestions}
        {...(field?.countedBy !== undefined && { source: 'counted in this time and these filters' })}
        label="Add a filter or search text"
        placeholder="Add a filter or search text"
        maxLength={256}
        staysOpen={(picked) => picked.endsWith(' is ')}
        className="min-w-[160px] flex-1 [&_input]:border-0 [&_input]:bg-transparent [&_input]:px-0 [&_input]:outline-none"
        onBackspaceAtStart={() => {
          const last = tokens.at(-1);
          if (view.words !== '') onChange({ ...view, words: '' });
          else if (last !== undefined) edit(last.name, last.label);
        }}
      />
      <KeyCap>/</KeyCap>
    </search>
  );
}

function fieldSuggestions({ filters }: AuditView, text: string): readonly Suggestion[] {
  const wanted = text.trim().toLowerCase();
  const fields = AUDIT_FILTER_FIELDS.filter(
    ({ name, label, isMultiple }) =>
      label.toLowerCase().includes(wanted) && (isMultiple || filters[name] === undefined),
  ).map(({ label }) => ({ value: `${label} is `, label: `${label} is …` }));
  return wanted === '' ? fields : [...fields, { value: text, label: `Events with “${text.trim()}”`, note: 'words' }];
}

function valueSuggestions(
  { label, values }: AuditFilterField,
  typed: string,
  counted: readonly { readonly value: string; readonly count: number }[],
): readonly Suggestion[] {
  const wanted = typed.trim().toLowerCase();
  const known: readonly { readonly value: string; readonly count?: number }[] =
    values?.map((value) => ({ value })) ?? counted;
  return known
    .filter(({ value }) => value.toLowerCase().includes(wanted))
    .map(({ value, count }) => ({
      value: `${label} is ${value}`,
      label: value,
      ...(count !== undefined && { note: count.toLocaleString('en-GB') }),
    }));
}
