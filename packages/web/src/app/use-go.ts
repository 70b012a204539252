import { useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';

/** Goes to an address of `paths`; `replace` leaves no step behind to go back to. */
export function useGo(): (href: string, how?: 'push' | 'replace') => void {
  const router = useRouter();
  return useCallback(
    (href, how = 'push') => void router.navigate({ href, replace: how === 'replace', resetScroll: false }),
    [router],
  );
}
