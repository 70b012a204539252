import { formatDuration } from '@sallyport/core';
import { Segmented } from '../ui/choice.tsx';
import { Field, Input } from '../ui/field.tsx';
import { shortDuration } from '../ui/time-words.ts';
import { usualUpTo } from '../ui/usual-lengths.ts';
import { readDuration } from './durations.ts';

/** What {@link DurationField} edits. */
export interface DurationFieldProps {
  readonly label: string;
  readonly value: string;
  readonly maxMs: number;
  readonly problem: string | undefined;
  readonly onChange: (value: string) => void;
}

/** A time up to a limit: usual ones to press, any other to type. */
export function DurationField({ label, value, maxMs, problem, onChange }: DurationFieldProps) {
  const chosen = readDuration(value);
  return (
    <Field label={label} problem={problem} hint={`At most ${shortDuration(maxMs)}.`}>
      {(control) => (
        <div className="flex flex-wrap items-center gap-2">
          <Input
            {...control}
            className="!w-24"
            value={value}
            onChange={({ target }) => onChange(target.value)}
            spellCheck={false}
            maxLength={32}
          />
          <Segmented
            label="Usual times"
            value={chosen === undefined ? undefined : String(chosen)}
            options={usualUpTo(maxMs).map((ms) => ({ value: String(ms), label: shortDuration(ms) }))}
            onChange={(ms) => onChange(formatDuration(Number(ms)))}
          />
        </div>
      )}
    </Field>
  );
}
