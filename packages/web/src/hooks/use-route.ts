import { useSyncExternalStore } from 'react';
import { type Route, readRoute } from '../route.ts';

function subscribe(onChange: () => void): () => void {
  window.addEventListener('popstate', onChange);
  return () => window.removeEventListener('popstate', onChange);
}

/** The page that the address bar names, as it changes. */
export function useRoute(): Route {
  return readRoute(new URL(useSyncExternalStore(subscribe, () => window.location.href)));
}

/** Goes to another page; `replace` leaves the present one out of the history. */
export function navigate(path: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') window.history.pushState(null, '', path);
  else window.history.replaceState(null, '', path);
  window.dispatchEvent(new PopStateEvent('popstate'));
}
