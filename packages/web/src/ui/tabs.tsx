import { cx } from './cx.ts';
import { Link } from './link.tsx';

/** One tab: a part of the page with an address of its own. */
export interface Tab {
  readonly href: string;
  readonly label: string;
  readonly count?: number | undefined;
  readonly isCurrent: boolean;
}

/** The parts of a page, each with its address. */
export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  return (
    <nav
      aria-label={label}
      className="flex h-[38px] shrink-0 gap-5 overflow-x-auto border-b border-line px-6 [scrollbar-width:none] max-md:h-11 max-md:px-4"
    >
      {tabs.map(({ href, label: text, count, isCurrent }) => (
        <Link
          key={href}
          href={href}
          aria-current={isCurrent ? 'page' : undefined}
          className={cx(
            'relative flex items-center gap-1.5 text-body whitespace-nowrap focus-visible:-outline-offset-2',
            isCurrent ? 'font-medium text-ink' : 'text-ink-2 hover:text-ink',
          )}
        >
          {text}
          {count !== undefined && <span className="text-second text-ink-3 tabular-nums">{count}</span>}
          {isCurrent && <span className="absolute inset-x-0 -bottom-px h-0.5 bg-accent" />}
        </Link>
      ))}
    </nav>
  );
}
