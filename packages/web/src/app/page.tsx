import { ArrowLeft, PanelRight, Search } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useBranding } from '../parts/branding.ts';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Drawer } from '../ui/drawer.tsx';
import { Link } from '../ui/link.tsx';
import { Logo } from '../ui/mark.tsx';
import { useIsBelowWide } from '../ui/use-is-narrow.ts';
import { usePalette } from './palette-context.ts';
import { paths } from './paths.ts';
import { usePageTitle } from './use-page-title.ts';

/** A step of the way to a page. */
export interface Crumb {
  readonly label: string;
  readonly href: string;
}

/** What {@link Page} lays out. */
export interface PageProps {
  /** The page's one h1, and the name of its tab. */
  readonly title: string;
  /** In place of the title where it should look otherwise. */
  readonly heading?: ReactNode;
  readonly crumbs?: readonly Crumb[];
  /** At the right of the bar, one of them primary. */
  readonly actions?: ReactNode;
  /** `Tabs`, under the bar. */
  readonly tabs?: ReactNode;
  /** A filter bar, under the tabs. */
  readonly filters?: ReactNode;
  /** Context at the right; below 1280 px it opens as a drawer. */
  readonly rail?: ReactNode;
  /** What the rail is, where it opens as a drawer. */
  readonly railLabel?: string;
  /** At the right beside the body: the object that is open. */
  readonly drawer?: ReactNode;
  /** `fill`: the body scrolls by itself, e.g. a virtual table. Default: the page scrolls. */
  readonly layout?: 'scroll' | 'fill';
  readonly children: ReactNode;
}

/** The bar with crumbs and title, and the page below it. A page that is new takes the focus. */
export function Page(props: PageProps) {
  const { title, heading, crumbs = [], actions, tabs, filters, rail, railLabel = 'Context', drawer, children } = props;
  const { layout = 'scroll' } = props;
  const main = useRef<HTMLElement>(null);
  const openPalette = usePalette();
  const isBelowWide = useIsBelowWide();
  const [isRailOpen, setRailOpen] = useState(false);
  const { branding: { name, logo } = {}, isKnown } = useBranding();
  usePageTitle(title, name);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page of another title is another page.
  useEffect(() => {
    main.current?.focus({ preventScroll: true });
  }, [title]);
  const back = crumbs.at(-1);
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <header className="flex min-h-12 shrink-0 items-center gap-2 border-b border-line px-6 max-md:min-h-[52px] max-md:px-4">
        <Link
          href={back?.href ?? paths.home}
          aria-label={back === undefined ? (name ?? 'Sallyport') : `Back to ${back.label}`}
          className="mr-1 flex items-center justify-center md:hidden touch:min-h-11 touch:min-w-8"
        >
          {back === undefined ? (
            <Logo src={logo} isKnown={isKnown} size={22} />
          ) : (
            <ArrowLeft size={18} strokeWidth={1.6} aria-hidden="true" />
          )}
        </Link>
        <nav aria-label="Way to this page" className={cx('contents', crumbs.length === 0 && 'hidden')}>
          {crumbs.map(({ label, href }) => (
            <span key={href} className="flex min-w-0 items-center gap-2 text-body text-ink-2 max-md:hidden">
              <Link href={href} className="truncate rounded-label hover:text-ink">
                <bdi>{label}</bdi>
              </Link>
              <span aria-hidden="true" className="text-ink-4">
                /
              </span>
            </span>
          ))}
        </nav>
        <h1 className="min-w-0 flex-1 truncate text-title font-semibold max-md:text-[16px]">
          {heading ?? <bdi>{title}</bdi>}
        </h1>
        {actions !== undefined && <div className="flex items-center gap-2 max-md:hidden">{actions}</div>}
        {rail !== undefined && isBelowWide && (
          <IconButton
            label={railLabel}
            kind="secondary"
            aria-expanded={isRailOpen}
            icon={<PanelRight size={16} strokeWidth={1.6} aria-hidden="true" />}
            onClick={() => setRailOpen(true)}
          />
        )}
        <IconButton
          label="Search or run"
          className="md:hidden"
          icon={<Search size={18} strokeWidth={1.6} aria-hidden="true" />}
          onClick={() => openPalette()}
        />
      </header>
      {actions !== undefined && (
        <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-2 empty:hidden md:hidden">
          {actions}
        </div>
      )}
      {tabs}
      {filters}
      <div className="flex min-h-0 flex-1">
        <main
          id="main"
          ref={main}
          tabIndex={-1}
          className={cx('min-w-0 flex-1 bg-surface', layout === 'fill' ? 'flex flex-col' : 'overflow-y-auto')}
        >
          {children}
        </main>
        {drawer}
        {rail !== undefined && !isBelowWide && (
          <aside
            aria-label={railLabel}
            className="w-[320px] shrink-0 overflow-y-auto border-l border-line bg-well px-5 py-5"
          >
            {rail}
          </aside>
        )}
        {rail !== undefined && isBelowWide && isRailOpen && (
          <Drawer title={railLabel} onClose={() => setRailOpen(false)}>
            {rail}
          </Drawer>
        )}
      </div>
    </div>
  );
}

/** A heading within the body, with what it counts and what can be done. */
export function SectionHead({
  title,
  count,
  note,
  actions,
}: {
  readonly title: string;
  readonly count?: ReactNode;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className="flex min-h-10 items-end gap-2 px-6 pb-2 max-md:px-4">
      <h2 className="text-body font-semibold">{title}</h2>
      {count !== undefined && <span className="text-body text-ink-3 tabular-nums">{count}</span>}
      <span className="flex-1 text-right text-second text-ink-3">{note}</span>
      {actions}
    </div>
  );
}
