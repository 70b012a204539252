import { ArrowRight } from 'lucide-react';
import type { SignInWay } from '../../api/sign-in.ts';
import { buttonClass } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { keep, kept } from '../../ui/kept.ts';

const LAST_KEY = 'sallyport.lastProvider';
const nameOf = ({ organization, name }: SignInWay) => `${organization}/${name ?? ''}`;

/** Providers as buttons, the one that was used last in this browser first. */
export function ProviderButtons({ ways }: { readonly ways: readonly SignInWay[] }) {
  const last = kept(LAST_KEY);
  const sorted = [...ways].sort((a, b) => Number(nameOf(b) === last) - Number(nameOf(a) === last));
  const manyOrganizations = new Set(ways.map(({ organization }) => organization)).size > 1;
  return (
    <ul className="flex max-w-[376px] flex-col gap-2">
      {sorted.map((way, index) => (
        <li key={nameOf(way)}>
          <a
            href={way.href}
            onClick={() => keep(LAST_KEY, nameOf(way))}
            className={cx(
              buttonClass(index === 0 ? 'primary' : 'secondary'),
              'h-10 w-full justify-between! gap-3 px-3.5',
              index > 0 && 'border-line-3',
            )}
          >
            <span className="flex min-w-0 items-baseline gap-2.5">
              <bdi className="truncate">{way.displayName}</bdi>
              {manyOrganizations && <bdi className="truncate text-second font-normal">{way.organization}</bdi>}
            </span>
            <ArrowRight size={14} strokeWidth={1.6} aria-hidden="true" className="shrink-0" />
          </a>
        </li>
      ))}
    </ul>
  );
}
