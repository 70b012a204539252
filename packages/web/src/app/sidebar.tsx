import { ChevronsUpDown, Ellipsis, Search } from 'lucide-react';
import { Avatar } from '../ui/avatar.tsx';
import { cx } from '../ui/cx.ts';
import { Link } from '../ui/link.tsx';
import { Logo } from '../ui/mark.tsx';
import { MenuLater } from '../ui/menu-later.tsx';
import { AreaIcon } from './area-icon.tsx';
import { type Area, type AreaId, areasFor } from './capabilities.ts';
import { OpenGrants } from './open-grants.tsx';
import { usePalette } from './palette-context.ts';
import { sideClass } from './shell-frame.tsx';
import { useAccountMenu, usePlaceMenu } from './shell-menus.ts';
import { useSignedIn } from './signed-in.tsx';

/** The navigation at the left: 216 px, and icons alone below 1024 px. */
export function Sidebar({ current }: { readonly current: AreaId | undefined }) {
  const { me, session, organization } = useSignedIn();
  const openPalette = usePalette();
  const areas = areasFor(me);
  const accountItems = useAccountMenu();
  const placeItems = usePlaceMenu();
  return (
    <div className={sideClass}>
      <div className="p-2">
        <MenuLater
          align="start"
          items={placeItems}
          trigger={
            <button
              type="button"
              className="flex h-10 w-full items-center gap-2.5 rounded-control px-2 text-left hover:bg-hover max-lg:justify-center max-lg:px-0"
            >
              <Logo src={me?.branding?.logo} isKnown={me !== undefined} />
              <span className="min-w-0 flex-1 max-lg:sr-only">
                <span className="block truncate font-semibold">
                  <bdi>{organization}</bdi>
                </span>
                {me?.branding?.name !== undefined && (
                  <span className="block truncate text-[11px] leading-[14px] text-ink-3">
                    <bdi>{me.branding.name}</bdi>
                  </span>
                )}
                <span className="sr-only">, organization and project</span>
              </span>
              <ChevronsUpDown size={14} strokeWidth={1.6} aria-hidden="true" className="text-ink-3 max-lg:hidden" />
            </button>
          }
        />
        <button
          type="button"
          aria-keyshortcuts="Meta+K Control+K"
          onClick={() => openPalette()}
          className="mt-1.5 flex h-[30px] w-full items-center gap-2 rounded-control border border-line-2 bg-raised px-2 text-body text-ink-3 hover:border-line-3 max-lg:justify-center max-lg:px-0"
        >
          <Search size={14} strokeWidth={1.6} aria-hidden="true" />
          <span className="flex-1 text-left max-lg:sr-only">Search or run</span>
          <span
            aria-hidden="true"
            className="rounded-label border border-line-2 px-1 font-sans text-[11px] leading-4 max-lg:hidden"
          >
            ⌘K
          </span>
        </button>
      </div>
      <nav aria-label="Main" className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        <NavList areas={areas.filter(({ group }) => group === 'work')} current={current} />
        {areas.some(({ group }) => group === 'manage') && (
          <>
            <h2 className="px-2 pt-4 pb-1 text-head text-ink-3 max-lg:sr-only">Manage</h2>
            <NavList areas={areas.filter(({ group }) => group === 'manage')} current={current} />
          </>
        )}
      </nav>
      {current !== 'access' && <OpenGrants />}
      <div className="border-t border-line p-2">
        <MenuLater
          side="top"
          align="start"
          items={accountItems}
          trigger={
            <button
              type="button"
              className="flex h-8 w-full items-center gap-2 rounded-control px-2 text-left hover:bg-hover max-lg:justify-center max-lg:px-0"
            >
              <Avatar name={session.principal.displayName} />
              <span className="min-w-0 flex-1 truncate max-lg:sr-only">
                <bdi>{session.principal.displayName}</bdi>
                <span className="sr-only">, account</span>
              </span>
              <Ellipsis size={16} strokeWidth={1.6} aria-hidden="true" className="text-ink-3 max-lg:hidden" />
            </button>
          }
        />
      </div>
    </div>
  );
}

function NavList({ areas, current }: { readonly areas: readonly Area[]; readonly current: AreaId | undefined }) {
  const { me } = useSignedIn();
  return (
    <ul>
      {areas.map(({ id, label, path }) => (
        <li key={id}>
          <Link
            href={path}
            title={label}
            aria-current={id === current ? 'page' : undefined}
            className={cx(
              'relative flex h-7 items-center gap-2.5 rounded-control px-2 hover:bg-hover max-lg:justify-center max-lg:px-0',
              id === current ? 'bg-line/70 font-medium text-ink' : 'text-ink-2',
            )}
          >
            {id === current && <span className="absolute top-1.5 -left-2 h-4 w-1 rounded-r-label bg-accent" />}
            <AreaIcon area={id} />
            <span className="min-w-0 flex-1 truncate max-lg:sr-only">{label}</span>
            {id === 'requests' && (me?.pendingReviews ?? 0) > 0 && (
              <span className="text-second font-semibold text-accent tabular-nums max-lg:absolute max-lg:top-0 max-lg:right-0.5">
                {me?.pendingReviews}
                <span className="sr-only"> waiting for you</span>
              </span>
            )}
          </Link>
        </li>
      ))}
    </ul>
  );
}
