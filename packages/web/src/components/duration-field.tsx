import { formatDuration } from '@sallyport/core';
import { readDuration, usualTimes } from '../api/request-draft.ts';
import { shortDuration } from '../api/words.ts';
import { Field } from './field.tsx';

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
        <div className="duration">
          <input
            {...control}
            className="input duration-input"
            value={value}
            onChange={({ target }) => onChange(target.value)}
            autoComplete="off"
            spellCheck={false}
            maxLength={32}
          />
          <fieldset className="segmented" aria-label="Usual times">
            {usualTimes(maxMs).map((ms) => (
              <button
                key={ms}
                type="button"
                className="segment"
                aria-pressed={ms === chosen}
                onClick={() => onChange(formatDuration(ms))}
              >
                {shortDuration(ms)}
              </button>
            ))}
          </fieldset>
        </div>
      )}
    </Field>
  );
}
