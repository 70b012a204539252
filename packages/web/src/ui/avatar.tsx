import { Bot, Users } from 'lucide-react';
import { cx } from './cx.ts';

/** Whom a name stands for. */
export type AvatarKind = 'person' | 'machine' | 'group';

/** The first letters of a name under an arch; machines and groups have a sign. Decorative: the name stands beside it. */
export function Avatar({
  name,
  kind = 'person',
  size = 20,
}: {
  readonly name: string;
  readonly kind?: AvatarKind;
  readonly size?: 20 | 24 | 32;
}) {
  const Sign = kind === 'machine' ? Bot : Users;
  return (
    <span
      aria-hidden="true"
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-t-full rounded-b-label bg-line text-ink-2 font-semibold',
        size === 20 && 'size-5 text-[9px]',
        size === 24 && 'size-6 text-[10px]',
        size === 32 && 'size-8 text-[11px]',
      )}
    >
      {kind === 'person' ? lettersOf(name) : <Sign size={size * 0.6} strokeWidth={1.6} />}
    </span>
  );
}

function lettersOf(name: string): string {
  // Of an address, the part that is the person's.
  const [person = name] = name.split('@');
  return person
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .slice(0, 2)
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();
}
