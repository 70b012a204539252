import { cx } from './cx.ts';

/** The key that does what stands beside it. Not read out: the control says its key by `aria-keyshortcuts`. */
export function KeyCap({ children, on = 'page' }: { readonly children: string; readonly on?: 'page' | 'accent' }) {
  return (
    <span
      aria-hidden="true"
      className={cx(
        'inline-flex h-[17px] min-w-[17px] items-center justify-center rounded-label border px-1 font-sans text-[11px] leading-none max-md:hidden',
        on === 'accent' ? 'border-current/45 text-current' : 'border-line-2 bg-raised text-ink-3',
      )}
    >
      {children}
    </span>
  );
}
