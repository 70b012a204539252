import { Check, ChevronDown } from 'lucide-react';
import { Select as RadixSelect } from 'radix-ui';
import { cx } from './cx.ts';
import type { FieldControl } from './field.tsx';
import { useOverlayRoot } from './overlay-root.ts';

/** What {@link Select} offers. */
export interface SelectProps<Value extends string> {
  readonly value: Value | undefined;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly disabled?: boolean }[];
  readonly onChange: (value: Value) => void;
  readonly placeholder?: string;
  /** Ties it to its {@link Field}. Without one, give a `label`. */
  readonly control?: FieldControl;
  readonly label?: string;
  readonly className?: string;
}

/** One of a handful. */
export function Select<Value extends string>(props: SelectProps<Value>) {
  const { value, options, onChange, placeholder = 'Choose', control, label, className } = props;
  const overlayRoot = useOverlayRoot();
  return (
    <RadixSelect.Root {...(value !== undefined && { value })} onValueChange={(next) => onChange(next as Value)}>
      <RadixSelect.Trigger
        {...control}
        aria-label={label}
        className={cx(
          'inline-flex h-7 min-w-0 items-center justify-between gap-2 rounded-control border border-line-3 bg-raised px-2 text-body data-[placeholder]:text-ink-3 touch:min-h-11',
          className,
        )}
      >
        <span className="truncate">
          <RadixSelect.Value placeholder={placeholder} />
        </span>
        <ChevronDown size={14} strokeWidth={1.6} aria-hidden="true" className="shrink-0 text-ink-3" />
      </RadixSelect.Trigger>
      <RadixSelect.Portal container={overlayRoot}>
        <RadixSelect.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-[320px] min-w-(--radix-select-trigger-width) animate-overlay overflow-hidden rounded-menu bg-raised p-1 shadow-overlay"
        >
          {/* Not the Viewport of the library: it writes its style as HTML, which the page's trusted types refuse. */}
          <div className="max-h-[312px] overflow-y-auto">
            {options.map((option) => (
              <RadixSelect.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled === true}
                className="flex h-[30px] items-center justify-between gap-3 rounded-control px-2 text-body outline-none data-[disabled]:text-ink-4 data-[highlighted]:bg-hover touch:min-h-11"
              >
                <RadixSelect.ItemText>{option.label}</RadixSelect.ItemText>
                <RadixSelect.ItemIndicator>
                  <Check size={14} strokeWidth={1.6} aria-hidden="true" className="text-accent" />
                </RadixSelect.ItemIndicator>
              </RadixSelect.Item>
            ))}
          </div>
        </RadixSelect.Content>
      </RadixSelect.Portal>
    </RadixSelect.Root>
  );
}
