import { useEffect, useState } from 'react';

/** How the last copy went; `idle` again after three seconds. */
export type CopyState = 'idle' | 'copied' | 'failed';

/** Puts text on the clipboard and tells how it went. */
export function useCopy(): { readonly state: CopyState; readonly copy: (text: string) => void } {
  const [state, setState] = useState<CopyState>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 3_000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (text: string) => {
    // Absent outside secure contexts.
    const written = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'));
    written.then(
      () => setState('copied'),
      () => setState('failed'),
    );
  };
  return { state, copy };
}
