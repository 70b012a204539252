import { Segmented } from '../../ui/choice.tsx';
import { Field, Input } from '../../ui/field.tsx';

const HOUR_MS = 3_600_000;

/** What {@link StartField} edits. */
export interface StartFieldProps {
  /** As a field of date and time has it, in the reader's zone. Empty: once it is approved. */
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (value: string) => void;
}

/** When access is to start: once it is approved, or at a time. */
export function StartField({ value, problem, onChange }: StartFieldProps) {
  return (
    <Field label="From when?" problem={problem} hint={value === '' ? undefined : 'In your own time zone.'}>
      {(control) => (
        <div className="flex flex-wrap items-center gap-2">
          {value !== '' && (
            <Input
              {...control}
              type="datetime-local"
              className="!w-56"
              value={value}
              onChange={({ target }) => onChange(target.value)}
            />
          )}
          <Segmented
            label="Start"
            value={value === '' ? 'approved' : 'later'}
            options={[
              { value: 'approved', label: 'Once approved' },
              { value: 'later', label: 'At a time' },
            ]}
            onChange={(next) => onChange(next === 'approved' ? '' : inAnHour())}
          />
        </div>
      )}
    </Field>
  );
}

/** The next full hour but one, as a field of date and time has it. */
function inAnHour(): string {
  const at = new Date(Math.ceil((Date.now() + HOUR_MS) / HOUR_MS) * HOUR_MS);
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
