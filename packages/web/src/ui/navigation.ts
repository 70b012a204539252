import { createContext, useContext } from 'react';

/** How addresses of the site are reached from where the reader is. */
export interface Navigation {
  /** What a link leads to: an address of `app/paths.ts` as it is from here. */
  readonly resolve: (path: string) => string;
  /** Goes there without loading the document anew. Absent: the browser loads it, as it does for other sites. */
  readonly go?: (path: string, options: { readonly replace: boolean }) => void;
}

const NavigationContext = createContext<Navigation>({ resolve: (path) => path });

/** Tells links below it where they lead. */
export const NavigationProvider = NavigationContext.Provider;

/** How links lead on from here. */
export const useNavigation = (): Navigation => useContext(NavigationContext);
