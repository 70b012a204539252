import { createContext, useContext } from 'react';

const OverlayRootContext = createContext<HTMLElement | null>(null);

/** Gives overlays below it the element that they are drawn in. */
export const OverlayRootProvider = OverlayRootContext.Provider;

/** Where menus, dialogs and hints are drawn: `null` is the end of the document. */
export const useOverlayRoot = (): HTMLElement | null => useContext(OverlayRootContext);
