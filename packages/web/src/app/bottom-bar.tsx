import { useRouter } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { cx } from '../ui/cx.ts';
import { Link } from '../ui/link.tsx';
import { MenuLater } from '../ui/menu-later.tsx';
import { AreaIcon } from './area-icon.tsx';
import { type AreaId, areasFor } from './capabilities.ts';
import { useAccountMenu } from './shell-menus.ts';
import { useSignedIn } from './signed-in.tsx';

const IN_BAR: readonly AreaId[] = ['access', 'requests', 'clusters', 'terminal'];
const SHORT: Partial<Record<AreaId, string>> = { access: 'Access' };
const ITEM = 'relative flex flex-1 flex-col items-center justify-center gap-0.5 text-[11px] leading-4';

/** The navigation below 768 px: four areas and the rest behind "More". */
export function BottomBar({ current }: { readonly current: AreaId | undefined }) {
  const { me } = useSignedIn();
  const router = useRouter();
  const account = useAccountMenu();
  const areas = areasFor(me);
  const rest = areas.filter(({ id }) => !IN_BAR.includes(id));
  const isInRest = rest.some(({ id }) => id === current);
  return (
    <nav aria-label="Main" className="flex h-14 shrink-0 border-t border-line bg-wall">
      {areas
        .filter(({ id }) => IN_BAR.includes(id))
        .map(({ id, label, path }) => (
          <Link
            key={id}
            href={path}
            aria-current={id === current ? 'page' : undefined}
            className={cx(ITEM, id === current ? 'font-semibold text-ink' : 'text-ink-2')}
          >
            {id === current && <span className="absolute top-0 h-[3px] w-6 rounded-b-label bg-accent" />}
            <AreaIcon area={id} />
            {SHORT[id] ?? label}
            {id === 'requests' && (me?.pendingReviews ?? 0) > 0 && (
              <span className="absolute top-1.5 left-[calc(50%+10px)] font-semibold text-accent tabular-nums">
                {me?.pendingReviews}
                <span className="sr-only"> waiting for you</span>
              </span>
            )}
          </Link>
        ))}
      <MenuLater
        side="top"
        items={[
          ...rest.map(({ id, label, path }) => ({
            label,
            icon: <AreaIcon area={id} />,
            onSelect: () => void router.navigate({ href: path }),
          })),
          { separator: true },
          ...account,
        ]}
        trigger={
          <button type="button" className={cx(ITEM, isInRest ? 'font-semibold text-ink' : 'text-ink-2')}>
            <Ellipsis size={16} strokeWidth={1.6} aria-hidden="true" />
            More
          </button>
        }
      />
    </nav>
  );
}
