import { type ReactNode, useState } from 'react';
import { cx } from '../../ui/cx.ts';
import { OverlayRootProvider } from '../../ui/overlay-root.ts';
import { useElementWidth } from '../../ui/use-element-width.ts';
import { RoomProvider } from '../../ui/use-is-narrow.ts';
import { usePartTheme } from './provider.tsx';

/** What every part takes. */
export interface PartProps {
  /** Name of the region, read out by screen readers. */
  readonly label?: string;
  /** Further classes of its outermost element, e.g. for its height. */
  readonly className?: string;
}

/**
 * The edge between a part and the page of somebody else: within it the styles of `parts.css` hold, its own room decides what is
 * narrow, and overlays are drawn in it.
 */
export function PartFrame({
  label,
  className,
  children,
}: PartProps & { readonly label: string; readonly children: ReactNode }) {
  const theme = usePartTheme();
  const { ref, width } = useElementWidth<HTMLElement>();
  const [overlays, setOverlays] = useState<HTMLElement | null>(null);
  return (
    <div className={cx('sallyport', className)} {...(theme !== 'system' && { 'data-theme': theme })}>
      <section ref={ref} aria-label={label} className="sallyport-part">
        <RoomProvider value={width === 0 ? undefined : width}>
          <OverlayRootProvider value={overlays}>{children}</OverlayRootProvider>
        </RoomProvider>
      </section>
      <div ref={setOverlays} className="sallyport-overlays" />
    </div>
  );
}
