import { createContext, useContext } from 'react';

/** Opens the command palette; `text` is what it begins with. */
export const PaletteContext = createContext<(text?: string) => void>(() => {});

/** Opens the command palette. */
export const usePalette = (): ((text?: string) => void) => useContext(PaletteContext);
