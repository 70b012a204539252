import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { areasFor } from './capabilities.ts';
import { paths } from './paths.ts';
import { useSignedIn } from './signed-in.tsx';
import { kept } from './theme.ts';

const CHORD_MS = 1_500;
/** No chord has begun. Zero would be the moment when the page was opened. */
const NONE = Number.NEGATIVE_INFINITY;

/** Where the choice is kept whether single letters act; WCAG 2.1.4 wants a way to switch them off. */
export const LETTERS_KEY = 'sallyport.letters';

/** Whether single letters act in this browser. */
export const areLettersOn = (): boolean => kept(LETTERS_KEY) !== 'off';

/** Whether a key press is for what it was pressed in: fields, terminals, and overlays have their own. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input,textarea,select,[contenteditable],.xterm,[role=dialog],[role=alertdialog],[role=menu]') !==
      null
  );
}

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
