import { Field, TextArea } from '../ui/field.tsx';

/** What {@link YamlField} edits. */
export interface YamlFieldProps {
  readonly label: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** Why the text is none of what is wanted; absent while it may be. */
  readonly problem?: string | undefined;
  readonly placeholder?: string;
}

/** YAML that is written by hand: as it is typed, in the type of code, with what is wrong under it. */
export function YamlField({ label, text, onChange, problem, placeholder }: YamlFieldProps) {
  return (
    <Field label={label} problem={problem}>
      {(control) => (
        <TextArea
          {...control}
          rows={22}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          className="font-mono text-mono whitespace-pre"
          value={text}
          onChange={({ target }) => onChange(target.value)}
          {...(placeholder !== undefined && { placeholder })}
        />
      )}
    </Field>
  );
}
