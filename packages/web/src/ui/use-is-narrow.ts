import { createContext, useContext, useSyncExternalStore } from 'react';

const RoomContext = createContext<number | undefined>(undefined);

/** Tells what stands below it how many pixels wide its room is, where that is not the window. */
export const RoomProvider = RoomContext.Provider;

/** Whether there is less room than so many pixels: in the window, or in the part of a page that was given. */
function useIsBelow(pixels: number): boolean {
  const room = useContext(RoomContext);
  const query = `(max-width: ${pixels - 0.02}px)`;
  const isWindowBelow = useSyncExternalStore(
    (onChange) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', onChange);
      return () => list.removeEventListener('change', onChange);
    },
    () => window.matchMedia(query).matches,
    () => false,
  );
  return room === undefined ? isWindowBelow : room < pixels;
}

/** Whether there is less room than 768 px: rows have two lines, drawers are pages. */
export const useIsNarrow = (): boolean => useIsBelow(768);

/** Whether there is less room than 1280 px: right rails are drawers. */
export const useIsBelowWide = (): boolean => useIsBelow(1280);
