import { Check } from 'lucide-react';
import { Checkbox as RadixCheckbox, Switch as RadixSwitch } from 'radix-ui';
import { type ReactNode, useId } from 'react';
import { cx } from './cx.ts';

interface ToggleProps {
  readonly label: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
  readonly className?: string;
}

/** Acts at once. */
export function Switch({ label, checked, onChange, disabled, className }: ToggleProps) {
  const id = useId();
  return (
    <span className={cx('inline-flex items-center gap-2', className)}>
      <RadixSwitch.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className="flex h-4 w-[26px] items-center rounded-full bg-line-3 p-0.5 data-[state=checked]:bg-accent touch:h-6 touch:w-10"
      >
        <RadixSwitch.Thumb className="block size-3 rounded-t-full rounded-b-[2px] bg-raised transition-transform duration-[120ms] data-[state=checked]:translate-x-2.5 touch:size-5 touch:data-[state=checked]:translate-x-4" />
      </RadixSwitch.Root>
      <label htmlFor={id} className="text-note">
        {label}
      </label>
    </span>
  );
}

/** Waits for Save. */
export function Checkbox({ label, checked, onChange, disabled, className }: ToggleProps) {
  const id = useId();
  return (
    <span className={cx('inline-flex min-h-6 items-center gap-2', className)}>
      <RadixCheckbox.Root
        id={id}
        checked={checked}
        onCheckedChange={(next) => onChange(next === true)}
        disabled={disabled}
        className="flex size-4 shrink-0 items-center justify-center rounded-label border border-line-3 bg-raised data-[state=checked]:border-accent data-[state=checked]:bg-accent"
      >
        <RadixCheckbox.Indicator>
          <Check size={12} strokeWidth={2.4} className="text-on-accent" aria-hidden="true" />
        </RadixCheckbox.Indicator>
      </RadixCheckbox.Root>
      <label htmlFor={id} className="text-note">
        {label}
      </label>
    </span>
  );
}

/** A few choices side by side, one of them pressed. */
export function Segmented<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: Value | undefined;
  readonly options: readonly { readonly value: Value; readonly label: ReactNode }[];
  readonly onChange: (value: Value) => void;
}) {
  return (
    <fieldset
      aria-label={label}
      className="inline-flex w-fit shrink-0 rounded-control border border-line-2 bg-raised p-px"
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className="h-6 rounded-[4px] px-2 text-note text-ink-2 hover:text-ink aria-pressed:bg-accent-tint aria-pressed:font-medium aria-pressed:text-accent touch:min-h-11 touch:px-3"
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
