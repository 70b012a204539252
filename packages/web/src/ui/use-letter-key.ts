import { useEffect, useRef } from 'react';
import { areLettersOn, isTyping } from './letter-keys.ts';

/** Lets a single letter act on a page, outside of fields, terminals and overlays, unless letters are switched off. */
export function useLetterKey(letter: string, act: (() => void) | undefined): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== letter || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      if (latest.current === undefined || isTyping(event.target) || !areLettersOn()) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [letter]);
}
