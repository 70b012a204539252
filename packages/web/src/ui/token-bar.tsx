import { Search } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { TokenChip } from './chip.tsx';
import { Combobox, type Suggestion } from './combobox.tsx';
import { KeyCap } from './key-cap.tsx';

/** A filter that tokens can be made of. */
export interface TokenField {
  /** Name in the address. */
  readonly name: string;
  /** As in "cluster is prod-eu". */
  readonly label: string;
  /** One of several values may hold; they are joined by commas. */
  readonly isMultiple?: boolean;
  /** All values there are. Absent: any text. */
  readonly values?: readonly string[];
}

/** A value that occurs, with how often if that is known. */
export interface TokenValue {
  readonly value: string;
  readonly count?: number;
}

/** Filters that are on by their names, and words to be looked for. */
export interface Tokens {
  readonly filters: Readonly<Partial<Record<string, string>>>;
  /** Empty: none. */
  readonly words: string;
}

/** Nothing is filtered. */
export const NO_TOKENS: Tokens = { filters: {}, words: '' };

/** Whether anything is filtered. */
export const isFiltered = ({ filters, words }: Tokens): boolean => words !== '' || Object.keys(filters).length > 0;

/** What {@link TokenBar} shows and changes. */
export interface TokenBarProps {
  readonly fields: readonly TokenField[];
  readonly tokens: Tokens;
  readonly onChange: (tokens: Tokens) => void;
  /** Values that occur in a field, by its name, for suggestions; those of a field with fixed values are known. */
  readonly values?: Readonly<Partial<Record<string, readonly TokenValue[]>>>;
  /** The field whose value is being typed, so that its values can be asked for. */
  readonly onField?: (name: string | undefined) => void;
  /** Whether a field takes a value. Default: one of its fixed values, or any text. */
  readonly isTaken?: (name: string, value: string) => boolean;
  /** Where suggested values come from, under them. */
  readonly source?: string;
  /** What words are looked for in, as in "Events with …". Absent: words are no filter here. */
  readonly wordsIn?: string;
  readonly placeholder?: string;
}

/** Whether a field with fixed values has all of those that are named; one without takes any. */
export function isFixedValue({ values }: TokenField, value: string): boolean {
  return values === undefined || value.split(',').every((each) => values.includes(each.trim()));
}

/**
 * Filters as tokens. Typing suggests fields, then their values with how often they occur; anything else is looked for as words.
 * Backspace edits the last token.
 */
export function TokenBar(props: TokenBarProps) {
  const { fields, tokens, onChange, values = {}, onField, source, wordsIn } = props;
  const { filters, words } = tokens;
  const label = props.placeholder ?? (wordsIn === undefined ? 'Add a filter' : 'Add a filter or search text');
  const [text, setText] = useState('');
  const fieldOf = (typed: string) => fields.find((each) => typed.startsWith(`${each.label} is `));
  const field = fieldOf(text);
  const accepts = (each: TokenField, value: string) => props.isTaken?.(each.name, value) ?? isFixedValue(each, value);

  function type(next: string) {
    setText(next);
    const name = fieldOf(next)?.name;
    if (name !== field?.name) onField?.(name);
  }

  function pick(picked: string) {
    const chosen = fieldOf(picked);
    const value = (chosen === undefined ? picked : picked.slice(`${chosen.label} is `.length)).trim();
    if (chosen === undefined) {
      if (value === '' || wordsIn === undefined) return;
      onChange({ filters, words: value });
    } else {
      if (value === '' || !accepts(chosen, value)) return type(picked);
      const before = chosen.isMultiple === true ? filters[chosen.name] : undefined;
      const all = before === undefined ? value : [...new Set([...before.split(','), value])].join(',');
      onChange({ words, filters: { ...filters, [chosen.name]: all } });
    }
    type('');
  }

  function remove(name: string) {
    const { [name]: _, ...others } = filters;
    onChange({ filters: others, words });
  }

  function edit({ name, label: of }: TokenField) {
    remove(name);
    type(`${of} is ${filters[name] ?? ''}`);
  }

  function editWords() {
    onChange({ filters, words: '' });
    type(words);
  }

  const shown = fields.filter(({ name }) => filters[name] !== undefined);
  return (
    <search
      data-filter=""
      aria-label="Filters"
      className="flex min-h-8 min-w-0 flex-1 flex-wrap items-center gap-1.5 rounded-control border border-line-3 bg-raised px-2 py-0.5 focus-within:outline-2 focus-within:outline-accent max-md:basis-full"
    >
      <Search size={14} strokeWidth={1.6} aria-hidden="true" className="shrink-0 text-ink-3" />
      {shown.map((each) => (
        <TokenChip
          key={each.name}
          field={each.label}
          value={<bdi>{(filters[each.name] ?? '').split(',').join(', ')}</bdi>}
          onEdit={() => edit(each)}
          onRemove={() => remove(each.name)}
        />
      ))}
      {words !== '' && (
        <TokenChip
          field="text"
          is="has"
          value={<bdi>{words}</bdi>}
          onEdit={editWords}
          onRemove={() => onChange({ filters, words: '' })}
        />
      )}
      <Combobox
        value={text}
        onChange={type}
        onPick={pick}
        suggestions={
          field === undefined
            ? fieldSuggestions(fields, filters, text, wordsIn)
            : valueSuggestions(field, text, values[field.name] ?? [])
        }
        {...(field !== undefined && field.values === undefined && source !== undefined && { source })}
        label={label}
        placeholder={label}
        maxLength={256}
        staysOpen={(picked) => picked.endsWith(' is ')}
        className="min-w-[160px] flex-1 [&_input]:border-0 [&_input]:bg-transparent [&_input]:px-0 [&_input]:outline-none"
        onBackspaceAtStart={() => {
          const last = shown.at(-1);
          if (words !== '') onChange({ filters, words: '' });
          else if (last !== undefined) edit(last);
        }}
      />
      <KeyCap>/</KeyCap>
    </search>
  );
}

/** The row under a page's tabs that its filters stand in. */
export function FilterRow({ children }: { readonly children: ReactNode }) {
  return (
    <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-2 border-b border-line px-6 py-2 max-md:px-4">
      {children}
    </div>
  );
}

function fieldSuggestions(
  fields: readonly TokenField[],
  filters: Tokens['filters'],
  text: string,
  wordsIn: string | undefined,
): readonly Suggestion[] {
  const wanted = text.trim().toLowerCase();
  const fitting = fields
    .filter(
      ({ name, label, isMultiple }) =>
        label.toLowerCase().includes(wanted) && (isMultiple === true || filters[name] === undefined),
    )
    .map(({ label }) => ({ value: `${label} is `, label: `${label} is …` }));
  if (wanted === '' || wordsIn === undefined) return fitting;
  return [...fitting, { value: text, label: `${wordsIn} with “${text.trim()}”`, note: 'words' }];
}

function valueSuggestions(
  { label, values }: TokenField,
  text: string,
  occurring: readonly TokenValue[],
): readonly Suggestion[] {
  const wanted = text.slice(`${label} is `.length).trim().toLowerCase();
  const known: readonly TokenValue[] = values?.map((value) => ({ value })) ?? occurring;
  return known
    .filter(({ value }) => value.toLowerCase().includes(wanted))
    .map(({ value, count }) => ({
      value: `${label} is ${value}`,
      label: value,
      ...(count !== undefined && { note: count.toLocaleString('en-GB') }),
    }));
}
