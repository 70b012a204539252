import { type ReactNode, useId, useState } from 'react';
import { cx } from './cx.ts';
import { type FieldControl, Input } from './field.tsx';

/** One suggestion. */
export interface Suggestion {
  readonly value: string;
  readonly label?: ReactNode;
  /** At the right: a count, a kind. */
  readonly note?: ReactNode;
}

/** What {@link Combobox} suggests. */
export interface ComboboxProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** A suggestion was taken, or Enter pressed. Default: the same as typing it. */
  readonly onPick?: (value: string) => void;
  readonly suggestions: readonly Suggestion[];
  /** Where the suggestions come from, under them. */
  readonly source?: string;
  readonly control?: FieldControl;
  readonly label?: string;
  readonly placeholder?: string;
  readonly mono?: boolean;
  readonly autoFocus?: boolean;
  readonly maxLength?: number;
  readonly className?: string;
  readonly onBackspaceAtStart?: () => void;
  /** Whether what was picked leads to further suggestions. Default: no. */
  readonly staysOpen?: (picked: string) => boolean;
}

const MOST = 50;

/** Text with suggestions under it; any text may be typed. ↑↓ choose, Enter takes, Esc closes. */
export function Combobox(props: ComboboxProps) {
  const { value, onChange, onPick = onChange, suggestions, source, control, label, onBackspaceAtStart } = props;
  const { placeholder, mono, autoFocus, maxLength, className } = props;
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const listId = useId();
  const shown = suggestions.slice(0, MOST);
  const isShown = isOpen && shown.length > 0;
  const take = (picked: string) => {
    onPick(picked);
    setOpen(props.staysOpen?.(picked) === true);
    setActive(-1);
  };
  return (
    <div className={cx('relative', className)}>
      <Input
        {...control}
        aria-label={label}
        role="combobox"
        aria-expanded={isShown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isShown && active >= 0 ? `${listId}-${active}` : undefined}
        value={value}
        placeholder={placeholder}
        mono={mono ?? false}
        maxLength={maxLength}
        autoFocus={autoFocus}
        onChange={({ target }) => {
          onChange(target.value);
          setOpen(true);
          setActive(-1);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            setOpen(true);
            const step = event.key === 'ArrowDown' ? 1 : -1;
            setActive((before) => (before + step + shown.length + 1) % Math.max(1, shown.length));
          } else if (event.key === 'Enter') {
            const picked = isShown ? shown[active] : undefined;
            if (picked !== undefined || props.onPick !== undefined) {
              event.preventDefault();
              take(picked?.value ?? value);
            }
          } else if (event.key === 'Escape' && isShown) {
            event.preventDefault();
            event.stopPropagation();
            setOpen(false);
          } else if (event.key === 'Backspace' && value === '' && onBackspaceAtStart !== undefined) {
            // What comes into the field by this keeps its last letter.
            event.preventDefault();
            onBackspaceAtStart();
          }
        }}
      />
      {isShown && (
        <div className="absolute top-full left-0 z-30 mt-1 w-full min-w-[240px] animate-overlay rounded-menu bg-raised p-1 shadow-overlay">
          <div id={listId} role="listbox" aria-label={label ?? 'Suggestions'} className="max-h-[280px] overflow-auto">
            {shown.map((suggestion, index) => (
              <div
                key={suggestion.value}
                id={`${listId}-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === active}
                className={cx(
                  'flex min-h-[30px] items-center justify-between gap-3 rounded-control px-2 touch:min-h-11',
                  index === active ? 'bg-hover' : 'hover:bg-hover',
                )}
                // Before the field loses the focus.
                onPointerDown={(event) => {
                  event.preventDefault();
                  take(suggestion.value);
                }}
              >
                <bdi className="min-w-0 truncate">{suggestion.label ?? suggestion.value}</bdi>
                <span className="shrink-0 text-second text-ink-3">{suggestion.note}</span>
              </div>
            ))}
          </div>
          {source !== undefined && <p className="border-t border-line px-2 pt-1 text-head text-ink-3">{source}</p>}
        </div>
      )}
      {!isShown && <div id={listId} hidden />}
    </div>
  );
}
