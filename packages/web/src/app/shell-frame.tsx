import type { ReactNode } from 'react';

/** Where what stands around every page has its place: above all, at the left, and below. The middle is the page. */
export function ShellFrame({
  top,
  side = <div className={sideClass} />,
  bottom,
  children,
}: {
  readonly top?: ReactNode;
  /** Default: the room of the navigation, empty. */
  readonly side?: ReactNode;
  readonly bottom?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <div className="flex h-dvh flex-col">
      {top}
      <div className="flex min-h-0 flex-1">
        {side}
        <div className="flex min-w-0 flex-1 bg-surface">{children}</div>
      </div>
      {bottom}
    </div>
  );
}

/** Of the element that holds the navigation: 216 px, 48 below 1024 px, and none where rows have two lines. */
export const sideClass = 'flex w-[216px] shrink-0 flex-col border-r border-line bg-wall max-lg:w-12 max-md:hidden';
