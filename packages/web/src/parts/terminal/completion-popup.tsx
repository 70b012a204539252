import { cx } from '../../ui/cx.ts';
import type { Suggestions } from './terminal-session.ts';

const SHOWN = 8;

/** Suggestions under the word that they complete. The terminal keeps the focus; what is chosen is read out from here. */
export function CompletionPopup({
  suggestions,
  place,
  onTake,
}: {
  readonly suggestions: Suggestions;
  readonly place: { readonly left: number; readonly top?: number; readonly bottom?: number };
  readonly onTake: (item: number) => void;
}) {
  const { items, selected, word, source } = suggestions;
  const first = Math.max(0, Math.min(selected - SHOWN + 1, items.length - SHOWN));
  return (
    <div
      role="listbox"
      aria-label="Suggestions"
      className="absolute z-10 max-w-[calc(100%-32px)] min-w-64 overflow-hidden rounded-box border border-[#3a3b36] bg-[#1e1f1c] font-mono text-[12px] text-terminal-ink shadow-lg"
      style={place}
    >
      {items.slice(first, first + SHOWN).map(({ value, hint }, at) => (
        <button
          key={value}
          type="button"
          role="option"
          tabIndex={-1}
          aria-selected={first + at === selected}
          className={cx(
            'flex h-[26px] w-full items-center justify-between gap-6 px-3 text-left',
            first + at === selected && 'bg-[#2a3f3b]',
          )}
          onMouseDown={(event) => {
            event.preventDefault();
            onTake(first + at);
          }}
        >
          <bdi className="truncate">
            <span className="font-semibold text-[var(--terminal-green)]">{value.startsWith(word) ? word : ''}</span>
            {value.startsWith(word) ? value.slice(word.length) : value}
          </bdi>
          {hint !== undefined && <bdi className="truncate text-terminal-dim">{hint}</bdi>}
        </button>
      ))}
      <p className="flex justify-between gap-6 border-t border-[#3a3b36] px-3 py-1 font-sans text-[12px] text-terminal-dim">
        <bdi>{source ?? ''}</bdi>
        <span>Tab</span>
      </p>
    </div>
  );
}
