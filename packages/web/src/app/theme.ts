import { useSyncExternalStore } from 'react';
import { keep } from '../ui/kept.ts';

/** Which theme the page has: the system's, or one that was chosen in this browser. */
export type Theme = 'system' | 'light' | 'dark';

// The same key as in public/early.js, which runs before the first paint.
const KEY = 'sallyport.theme';
const listeners = new Set<() => void>();

function read(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

/** Chooses the theme, and keeps it for this browser where that is allowed. */
export function setTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset['theme'];
  else dataset['theme'] = theme;
  keep(KEY, theme === 'system' ? undefined : theme);
  for (const listener of listeners) listener();
}

/** The theme that is chosen. */
export const useTheme = (): Theme =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, read);
