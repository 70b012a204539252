import { Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useState } from 'react';
import { Skeleton } from '../ui/skeleton.tsx';
import { ToastProvider } from '../ui/toast.tsx';
import { useIsNarrow } from '../ui/use-is-narrow.ts';
import { Announcer } from './announcer.tsx';
import { BottomBar } from './bottom-bar.tsx';
import { areaOf } from './capabilities.ts';
import { HelpContext } from './help-context.ts';
import { MaintenanceBanner } from './maintenance-banner.tsx';
import { PaletteContext } from './palette-context.ts';
import { ShellFrame } from './shell-frame.tsx';
import { Sidebar } from './sidebar.tsx';
import { useGlobalKeys } from './use-global-keys.ts';

const Palette = lazy(() => import('./palette.tsx').then(({ Palette: component }) => ({ default: component })));
const KeysDialog = lazy(() =>
  import('./keys-dialog.tsx').then(({ KeysDialog: component }) => ({ default: component })),
);

/** What stands around every page: navigation, what is open, palette and keys. */
export function Shell() {
  const pathname = useLocation({ select: (location) => location.pathname });
  const current = areaOf(pathname);
  const isNarrow = useIsNarrow();
  const [paletteText, setPaletteText] = useState<string>();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const openPalette = useCallback((text = '') => setPaletteText(text), []);
  const openHelp = useCallback(() => setHelpOpen(true), []);
  useGlobalKeys({ openPalette, openHelp });
  return (
    <PaletteContext value={openPalette}>
      <HelpContext value={openHelp}>
        <ToastProvider>
          <a
            href="#main"
            className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-control focus:bg-raised focus:px-3 focus:py-2 focus:shadow-overlay"
          >
            Skip to the page
          </a>
          <ShellFrame
            top={<MaintenanceBanner />}
            side={!isNarrow && <Sidebar current={current} />}
            bottom={isNarrow && <BottomBar current={current} />}
          >
            <Suspense fallback={<Skeleton label="Reading the page" />}>
              <Outlet />
            </Suspense>
          </ShellFrame>
          <Announcer />
          {paletteText !== undefined && (
            <Suspense fallback={null}>
              <Palette text={paletteText} onClose={() => setPaletteText(undefined)} />
            </Suspense>
          )}
          {isHelpOpen && (
            <Suspense fallback={null}>
              <KeysDialog onClose={() => setHelpOpen(false)} />
            </Suspense>
          )}
        </ToastProvider>
      </HelpContext>
    </PaletteContext>
  );
}
