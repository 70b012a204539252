import { ChevronDown, ChevronRight, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../../ui/button.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { type RoleRule, ruleSubject, ruleVerbs, VERBS } from './rule-words.ts';

/** What {@link RuleEditor} edits. */
export interface RuleEditorProps {
  readonly rules: readonly RoleRule[];
  readonly isFixed: boolean;
  readonly onChange: (rules: readonly RoleRule[]) => void;
}

const NEW_RULE: RoleRule = { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods'] };

/** Rules as sentences, one of them open at a time. */
export function RuleEditor({ rules, isFixed, onChange }: RuleEditorProps) {
  const [open, setOpen] = useState<number>();
  return (
    <section aria-labelledby="rules">
      <h2 id="rules" className="pb-2 font-semibold">
        Kubernetes rules{' '}
        <span className="font-normal text-ink-3">
          {rules.length === 0
            ? 'None: all that the ceiling allows'
            : 'A request needs one rule that matches; a deny in policy always wins'}
        </span>
      </h2>
      <ol className={rules.length === 0 ? 'hidden' : 'rounded-box border border-line-2'}>
        {rules.map((rule, index) => {
          const isOpen = open === index;
          const Sign = isOpen ? ChevronDown : ChevronRight;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: rules have no other name.
            <li key={index} className="border-b border-line last:border-b-0">
              <button
                type="button"
                aria-expanded={isOpen}
                className="flex min-h-9 w-full items-center gap-3 px-3 py-1 text-left hover:bg-hover focus-visible:-outline-offset-2"
                onClick={() => setOpen(isOpen ? undefined : index)}
              >
                <span className="w-4 text-ink-3 tabular-nums">{index + 1}</span>
                <bdi className="min-w-0 flex-1 truncate font-medium">{ruleSubject(rule)}</bdi>
                <span className="min-w-0 truncate text-note text-ink-2">{ruleVerbs(rule)}</span>
                <Sign size={14} strokeWidth={1.6} aria-hidden="true" className="shrink-0 text-ink-3" />
              </button>
              {isOpen && (
                <OneRule
                  rule={rule}
                  isFixed={isFixed}
                  onChange={(next) => onChange(rules.with(index, next))}
                  onRemove={() => {
                    setOpen(undefined);
                    onChange(rules.filter((_, at) => at !== index));
                  }}
                />
              )}
            </li>
          );
        })}
      </ol>
      {!isFixed && (
        <Button
          className="mt-2"
          icon={<Plus size={14} strokeWidth={1.6} aria-hidden="true" />}
          onClick={() => {
            onChange([...rules, NEW_RULE]);
            setOpen(rules.length);
          }}
        >
          Add rule
        </Button>
      )}
    </section>
  );
}

function OneRule({
  rule,
  isFixed,
  onChange,
  onRemove,
}: {
  readonly rule: RoleRule;
  readonly isFixed: boolean;
  readonly onChange: (rule: RoleRule) => void;
  readonly onRemove: () => void;
}) {
  const words = (name: 'resources' | 'apiGroups' | 'resourceNames' | 'namespaces', label: string, hint: string) => (
    <Field label={label} hint={hint}>
      {(control) => (
        <WordsInput
          {...control}
          readOnly={isFixed}
          words={rule[name] ?? []}
          // The core group is the one without a name.
          empty={name === 'apiGroups' ? 'core' : undefined}
          onWords={(next) => {
            const { [name]: _, ...rest } = rule;
            onChange(next.length === 0 ? rest : { ...rule, [name]: next });
          }}
        />
      )}
    </Field>
  );
  return (
    <div className="grid grid-cols-2 gap-3 border-t border-line bg-well px-3 py-3 max-md:grid-cols-1">
      {words('resources', 'Resources', 'pods, pods/log, deployments; * for all')}
      {words('apiGroups', 'API groups', 'core, apps, batch; * for all')}
      <fieldset className="col-span-full">
        <legend className="pb-1 text-second font-medium text-ink-2">Verbs</legend>
        <div className="flex flex-wrap gap-1.5">
          {VERBS.map((verb) => {
            const isOn = rule.verbs.includes(verb) || rule.verbs.includes('*');
            const all = rule.verbs.includes('*') ? [...VERBS] : rule.verbs;
            return (
              <button
                key={verb}
                type="button"
                disabled={isFixed}
                aria-pressed={isOn}
                className="h-6 rounded-label border border-line-2 bg-raised px-2 font-mono text-mono text-ink-2 aria-pressed:border-accent-line aria-pressed:bg-accent-tint aria-pressed:text-accent touch:min-h-11"
                onClick={() => {
                  const verbs = VERBS.filter((each) => (each === verb ? !isOn : all.includes(each)));
                  if (verbs.length > 0) onChange({ ...rule, verbs });
                }}
              >
                {verb}
              </button>
            );
          })}
        </div>
      </fieldset>
      {words('resourceNames', 'Names', 'any')}
      {words('namespaces', 'Namespaces', 'all that the binding reaches')}
      {!isFixed && (
        <IconButton
          kind="danger"
          label="Remove this rule"
          icon={<Trash2 size={14} strokeWidth={1.6} aria-hidden="true" />}
          onClick={onRemove}
        />
      )}
    </div>
  );
}

/** Words with commas between, kept as they are typed. */
function WordsInput({
  words,
  onWords,
  empty,
  ...control
}: {
  readonly words: readonly string[];
  readonly onWords: (words: readonly string[]) => void;
  readonly empty: string | undefined;
  readonly readOnly: boolean;
}) {
  const [text, setText] = useState(() => words.map((word) => word || (empty ?? '')).join(', '));
  return (
    <Input
      {...control}
      mono
      value={text}
      onChange={({ target }) => {
        setText(target.value);
        const given = target.value.split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));
        onWords(given.map((word) => (word === empty ? '' : word)));
      }}
    />
  );
}
