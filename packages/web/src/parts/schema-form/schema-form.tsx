import { formatYaml, parseYaml } from '@sallyport/core/yaml';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/choice.tsx';
import { Field, Input, TextArea } from '../../ui/field.tsx';
import { Select } from '../../ui/select.tsx';
import type { FormField, NamedField } from './fields.ts';

/** What {@link SchemaForm} edits. */
export interface SchemaFormProps {
  readonly field: FormField;
  readonly value: unknown;
  /** `undefined`: the part is taken out. */
  readonly onChange: (value: unknown) => void;
  /** What it is, read out. */
  readonly label: string;
  /** Problems by their path, e.g. `spec.role`. */
  readonly problems?: Readonly<Record<string, string>>;
  /** Path of this part. */
  readonly path: string;
  readonly hint?: string;
  /** It may be left out. */
  readonly isOptional?: boolean;
}

const NOT_SET = 'not-set';

type Values = Readonly<Record<string, unknown>>;

const valuesOf = (value: unknown): Values => (typeof value === 'object' && value !== null ? (value as Values) : {});

/** The form of a part of a document. What is left empty is not in the document: the server's default applies. */
export function SchemaForm(props: SchemaFormProps) {
  const { field, value, onChange, label, path, problems = {} } = props;
  const problem = problems[path];
  switch (field.kind) {
    case 'group':
      return (
        <div className="flex flex-col gap-3">
          {field.fields.map((each) => (
            <Property key={each.name} {...props} named={each} values={valuesOf(value)} />
          ))}
        </div>
      );
    case 'switch':
      return <Checkbox label={label} checked={value === true} onChange={(isOn) => onChange(isOn || undefined)} />;
    case 'list':
      return <List {...props} item={field.item} />;
    case 'variants':
      return <Variants {...props} />;
    case 'choices':
      return (
        <fieldset className="flex flex-col gap-1">
          <legend className="pb-1 text-second font-medium text-ink-2">{label}</legend>
          <div className="grid max-h-[240px] grid-cols-2 gap-x-4 gap-y-1 overflow-y-auto max-md:grid-cols-1">
            {field.options.map((option) => {
              const chosen = Array.isArray(value) ? (value as readonly unknown[]) : [];
              const set = (isOn: boolean) =>
                field.options.filter((each) => (each === option ? isOn : chosen.includes(each)));
              return (
                <Checkbox
                  key={option}
                  label={<code>{option}</code>}
                  checked={chosen.includes(option)}
                  onChange={(isOn) => onChange(set(isOn).length === 0 ? undefined : set(isOn))}
                />
              );
            })}
          </div>
        </fieldset>
      );
    default:
      return (
        <Field label={label} problem={problem} {...(props.hint !== undefined && { hint: props.hint })}>
          {(control) => <Control {...props} control={control} />}
        </Field>
      );
  }
}

function Control({
  field,
  value,
  onChange,
  control,
}: SchemaFormProps & { readonly control: React.ComponentProps<typeof Select>['control'] }) {
  const text = value === undefined ? '' : String(value);
  const given = (next: string) => onChange(next === '' ? undefined : next);
  switch (field.kind) {
    case 'number':
      return (
        <Input
          {...control}
          type="number"
          min={field.least}
          max={field.most}
          value={text}
          onChange={({ target }) => onChange(target.value === '' ? undefined : Number(target.value))}
        />
      );
    case 'choice':
      return (
        <Select
          {...(control && { control })}
          value={text === '' ? undefined : text}
          options={field.options.map((option) => ({ value: option, label: option }))}
          onChange={given}
        />
      );
    case 'lines':
      return (
        <Draft
          {...control}
          text={Array.isArray(value) ? value.join('\n') : ''}
          hint="one on each line"
          read={(draft) => {
            const lines = draft.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
            onChange(lines.length === 0 ? undefined : lines);
          }}
        />
      );
    case 'pairs':
      return (
        <Draft
          {...control}
          text={Object.entries(valuesOf(value))
            .map(([name, each]) => `${name}=${String(each)}`)
            .join('\n')}
          hint="name=value, one on each line"
          read={(draft) => {
            const pairs = draft.split('\n').flatMap((line) => {
              const [, name, each] = /^\s*([^=\s]+)\s*=\s*(.*)$/.exec(line) ?? [];
              return name === undefined ? [] : [[name, each?.trim() ?? '']];
            });
            onChange(pairs.length === 0 ? undefined : Object.fromEntries(pairs));
          }}
        />
      );
    case 'raw':
      return (
        <Draft
          {...control}
          text={value === undefined ? '' : formatYaml(value)}
          hint="YAML"
          read={(draft) => {
            try {
              onChange(draft.trim() === '' ? undefined : parseYaml(draft));
            } catch {
              // Half a document: what was read before stays until it is whole.
            }
          }}
        />
      );
    default:
      return field.kind === 'text' && field.isLong ? (
        <TextArea
          {...control}
          rows={3}
          maxLength={field.maxLength}
          value={text}
          onChange={({ target }) => given(target.value)}
        />
      ) : (
        <Input
          {...control}
          {...(field.kind === 'text' && { maxLength: field.maxLength, type: field.isSecret ? 'password' : 'text' })}
          autoComplete={field.kind === 'text' && field.isSecret ? 'new-password' : 'off'}
          value={text}
          onChange={({ target }) => given(target.value)}
        />
      );
  }
}

/** Text that is read as it is typed, and stays as it was typed. */
function Draft({
  text,
  read,
  hint,
  ...control
}: {
  readonly text: string;
  readonly hint: string;
  readonly read: (draft: string) => void;
}) {
  const [draft, setDraft] = useState(text);
  return (
    <TextArea
      {...control}
      rows={Math.min(8, Math.max(2, draft.split('\n').length))}
      className="font-mono text-mono"
      placeholder={hint}
      value={draft}
      onChange={({ target }) => {
        setDraft(target.value);
        read(target.value);
      }}
    />
  );
}

function Property({
  named,
  values,
  onChange,
  path,
  problems,
}: SchemaFormProps & { readonly named: NamedField; readonly values: Values }) {
  const { name, label, isRequired, field } = named;
  const set = (next: unknown) => {
    const { [name]: _, ...rest } = values;
    onChange(next === undefined ? rest : { ...values, [name]: next });
  };
  const inner = (
    <SchemaForm
      field={field}
      value={values[name]}
      onChange={set}
      label={label}
      path={`${path}.${name}`}
      isOptional={!isRequired}
      {...(problems && { problems })}
    />
  );
  if (field.kind !== 'group') return inner;
  const isThere = values[name] !== undefined;
  return (
    <fieldset className="flex flex-col gap-3 border-l border-line pl-3">
      <legend className="contents">
        <span className="flex items-center justify-between gap-2">
          <span className="text-second font-semibold">{label}</span>
          {!isRequired && (
            <Button size="small" kind="ghost" onClick={() => set(isThere ? undefined : {})}>
              {isThere ? `Without ${label.toLowerCase()}` : `Add ${label.toLowerCase()}`}
            </Button>
          )}
        </span>
      </legend>
      {(isThere || isRequired) && inner}
    </fieldset>
  );
}

function List({ item, value, onChange, label, path, problems }: SchemaFormProps & { readonly item: FormField }) {
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [];
  const first = item.kind === 'variants' ? item.options[0]?.initial : {};
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="pb-1 text-second font-medium text-ink-2">{label}</legend>
      {items.map((each, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: items have no other name.
        <div key={index} className="flex items-start gap-2 border-l border-line pl-3">
          <div className="min-w-0 flex-1">
            <SchemaForm
              field={item}
              value={each}
              label={`${label} ${index + 1}`}
              path={`${path}[${index}]`}
              onChange={(next) => onChange(items.with(index, next ?? {}))}
              {...(problems && { problems })}
            />
          </div>
          <IconButton
            size="small"
            label={`Remove ${label.toLowerCase()} ${index + 1}`}
            icon={<X size={14} strokeWidth={1.6} aria-hidden="true" />}
            onClick={() => onChange(items.length === 1 ? undefined : items.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <Button
        size="small"
        className="self-start"
        icon={<Plus size={14} strokeWidth={1.6} aria-hidden="true" />}
        onClick={() => onChange([...items, first])}
      >
        Add to {label.toLowerCase()}
      </Button>
    </fieldset>
  );
}

function Variants({ field, value, onChange, label, path, problems, isOptional = false }: SchemaFormProps) {
  const options = field.kind === 'variants' ? field.options : [];
  const chosen = value === undefined ? -1 : options.findIndex(({ holds }) => holds(value));
  const variant = options[chosen];
  return (
    <div className="flex flex-col gap-2">
      <Field label={label} problem={problems?.[path]}>
        {(control) => (
          <Select
            control={control}
            value={chosen < 0 ? undefined : String(chosen)}
            options={[
              ...options.map((option, index) => ({ value: String(index), label: option.label })),
              ...(isOptional && chosen >= 0 ? [{ value: NOT_SET, label: 'Not set' }] : []),
            ]}
            onChange={(next) => onChange(next === NOT_SET ? undefined : options[Number(next)]?.initial)}
          />
        )}
      </Field>
      {variant !== undefined && (
        <SchemaForm
          // Another variant has other drafts.
          key={chosen}
          field={variant.field}
          value={value}
          onChange={(next) =>
            onChange(
              typeof variant.initial === 'object' && !Array.isArray(variant.initial)
                ? { ...(variant.initial as object), ...valuesOf(next) }
                : next,
            )
          }
          label={label}
          path={path}
          {...(problems && { problems })}
        />
      )}
    </div>
  );
}
