import { useSyncExternalStore } from 'react';

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', onChange);
      return () => list.removeEventListener('change', onChange);
    },
    () => window.matchMedia(query).matches,
  );
}

/** Whether the window is narrower than 768 px: rows have two lines, drawers are pages. */
export const useIsNarrow = (): boolean => useMedia('(max-width: 767.98px)');

/** Whether the window is narrower than 1280 px: right rails are drawers. */
export const useIsBelowWide = (): boolean => useMedia('(max-width: 1279.98px)');
