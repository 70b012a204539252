import { cloneElement, lazy, type ReactElement, Suspense, useState } from 'react';
import type { MenuProps } from './menu.tsx';

const load = () => import('./menu.tsx');
const LoadedMenu = lazy(async () => ({ default: (await load()).Menu }));

/** What {@link MenuLater} shows. */
export interface MenuLaterProps extends Omit<MenuProps, 'trigger' | 'defaultOpen'> {
  readonly trigger: ReactElement<{ readonly onClick?: () => void; readonly 'aria-haspopup'?: 'menu' }>;
}

/** A menu whose code comes once somebody is about to open it. */
export function MenuLater({ trigger, ...menu }: MenuLaterProps) {
  const [isAsked, setAsked] = useState(false);
  if (isAsked) {
    return (
      <Suspense fallback={trigger}>
        <LoadedMenu {...menu} trigger={trigger} defaultOpen />
      </Suspense>
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: nothing to do here but to notice that somebody is coming.
    <span className="contents" onPointerEnter={load} onFocus={load}>
      {cloneElement(trigger, { onClick: () => setAsked(true), 'aria-haspopup': 'menu' })}
    </span>
  );
}
