import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { areLettersOn, isTyping } from '../ui/letter-keys.ts';
import { areasFor } from './capabilities.ts';
import { paths } from './paths.ts';
import { useSignedIn } from './signed-in.tsx';

const CHORD_MS = 1_500;
/** No chord has begun. Zero would be the moment when the page was opened. */
const NONE = Number.NEGATIVE_INFINITY;

/** Keys that act on every page: ⌘K, `?`, G and then an area, R, `/`. */
export function useGlobalKeys({
  openPalette,
  openHelp,
}: {
  readonly openPalette: () => void;
  readonly openHelp: () => void;
}): void {
  const router = useRouter();
  const { me } = useSignedIn();
  const chordAt = useRef(NONE);
  useEffect(() => {
    const go = (href: string) => void router.navigate({ href });
    const onKeyDown = (event: KeyboardEvent) => {
      const isPaletteKey = event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey) && !event.shiftKey;
      if (isPaletteKey) {
        // A terminal keeps Ctrl+K, which deletes there.
        if (event.ctrlKey && event.target instanceof Element && event.target.closest('.xterm')) return;
        event.preventDefault();
        return openPalette();
      }
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      if (isTyping(event.target) || !areLettersOn()) return;
      const isChord = event.timeStamp - chordAt.current < CHORD_MS;
      chordAt.current = NONE;
      if (isChord) {
        const area = areasFor(me).find(({ key }) => key === event.key.toLowerCase());
        if (area === undefined) return;
        event.preventDefault();
        return go(area.path);
      }
      if (event.key === 'g') chordAt.current = event.timeStamp;
      else if (event.key === '?') openHelp();
      else if (event.key === 'r') go(paths.newRequest());
      else if (event.key === '/') {
        const filter = document.querySelector<HTMLElement>('main [data-filter] input, [data-filter] input');
        if (filter === null) return;
        event.preventDefault();
        filter.focus();
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [router, me, openPalette, openHelp]);
}
