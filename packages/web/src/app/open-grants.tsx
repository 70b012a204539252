import { placeOf } from '../parts/place-words.ts';
import { cx } from '../ui/cx.ts';
import { Link } from '../ui/link.tsx';
import { left } from '../ui/time-words.ts';
import { useNow } from '../ui/use-now.ts';
import { isClosing } from '../ui/window-state.ts';
import { WindowTrack } from '../ui/window-track.tsx';
import { paths } from './paths.ts';
import { useSignedIn } from './signed-in.tsx';

const MOST = 4;

/** What is open for the reader now, in the sidebar's foot on every page: the next to close first. */
export function OpenGrants() {
  const { me } = useSignedIn();
  const now = useNow();
  const open = (me?.grants ?? []).filter(({ startsAt, endsAt }) => startsAt <= now && now < endsAt);
  if (open.length === 0) return null;
  return (
    <section aria-labelledby="open-grants" className="border-t border-line px-4 pt-3 pb-3 max-lg:hidden">
      <h2 id="open-grants" className="flex justify-between text-head text-ink-3">
        <span>Open now</span>
        <span className="tabular-nums">{open.length}</span>
      </h2>
      <ul>
        {open.slice(0, MOST).map(({ id, role, scope, startsAt, endsAt }) => (
          <li key={id}>
            <Link href={paths.grants({ id })} className="mt-1 block rounded-label">
              <span className="flex justify-between gap-2 text-second">
                <span className="min-w-0 truncate">
                  <bdi>{role}</bdi>{' '}
                  <span className="text-ink-3">
                    <bdi>{placeOf(scope).on.join(', ')}</bdi>
                  </span>
                </span>
                <span
                  className={cx(
                    'shrink-0 tabular-nums',
                    isClosing(startsAt, endsAt, now) ? 'font-semibold text-warn' : 'text-ink-2',
                  )}
                >
                  {left(endsAt, now)}
                </span>
              </span>
              <WindowTrack startsAt={startsAt} endsAt={endsAt} className="mt-1" />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
