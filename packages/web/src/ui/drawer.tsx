import { X } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';

/** What {@link Drawer} shows. */
export interface DrawerProps {
  /** Names the object; it is the drawer's heading. */
  readonly title: ReactNode;
  /** Leaves the drawer; the page takes the object out of its address. */
  readonly onClose: () => void;
  /** Beside the heading: the object's actions. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** Colours the head: something about the object is wrong. */
  readonly tone?: 'plain' | 'danger';
}

const WIDTH = { least: 304, first: 384, most: 760, step: 24 };

/**
 * An object beside the table that it was opened from; the table stays usable. Below 1024 px it covers the page. Esc closes it and
 * gives the focus back; ⌘C on its heading copies the address.
 */
export function Drawer({ title, onClose, actions, children, tone = 'plain' }: DrawerProps) {
  const [width, setWidth] = useState(WIDTH.first);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const resize = (to: number) => setWidth(Math.min(WIDTH.most, Math.max(WIDTH.least, to)));
  return (
    <aside
      aria-labelledby="drawer-title"
      style={{ '--drawer': `${width}px` } as React.CSSProperties}
      className="relative flex w-(--drawer) max-w-[60vw] shrink-0 animate-overlay flex-col border-l border-line bg-surface max-lg:fixed max-lg:inset-0 max-lg:z-30 max-lg:w-full max-lg:max-w-none"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        onClose();
      }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a rule of the document has no value to change. */}
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the drawer"
        aria-valuenow={width}
        aria-valuemin={WIDTH.least}
        aria-valuemax={WIDTH.most}
        tabIndex={0}
        className="absolute inset-y-0 -left-1 w-2 cursor-col-resize max-lg:hidden"
        onKeyDown={({ key }) => {
          if (key === 'ArrowLeft') resize(width + WIDTH.step);
          if (key === 'ArrowRight') resize(width - WIDTH.step);
        }}
        onPointerDown={(event) => {
          const start = event.clientX;
          event.currentTarget.setPointerCapture(event.pointerId);
          const move = (at: PointerEvent) => resize(width + start - at.clientX);
          const target = event.currentTarget;
          target.addEventListener('pointermove', move);
          target.addEventListener('lostpointercapture', () => target.removeEventListener('pointermove', move), {
            once: true,
          });
        }}
      />
      <header
        className={cx(
          'flex min-h-12 shrink-0 items-center gap-2 border-b border-line py-2 pr-3 pl-5 max-md:pl-4',
          tone === 'danger' && 'border-danger-line bg-danger-tint',
        )}
      >
        <h2
          id="drawer-title"
          ref={heading}
          tabIndex={-1}
          className="min-w-0 flex-1 text-title font-semibold"
          onKeyDown={(event) => {
            const isCopy = event.key === 'c' && (event.metaKey || event.ctrlKey);
            if (isCopy && getSelection()?.isCollapsed !== false) {
              void navigator.clipboard?.writeText(window.location.href).catch(() => {});
            }
          }}
        >
          {title}
        </h2>
        {actions}
        <IconButton
          label="Close"
          icon={<X size={16} strokeWidth={1.6} aria-hidden="true" />}
          onClick={onClose}
          aria-keyshortcuts="Escape"
        />
      </header>
      <div className="min-h-0 flex-1 overflow-auto px-5 py-4 max-md:px-4">{children}</div>
    </aside>
  );
}
