import { createContext, useContext } from 'react';

/** Shows all keys. */
export const HelpContext = createContext<() => void>(() => {});

/** Shows all keys. */
export const useHelp = (): (() => void) => useContext(HelpContext);
