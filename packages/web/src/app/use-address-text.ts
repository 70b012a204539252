import { useEffect, useRef, useState } from 'react';
import { useSearch } from './use-search.ts';

const WAIT_MS = 200;

/**
 * Text that somebody types and the address keeps: it is shown at once, and stands in the address a moment after the last key. Another
 * address brings another text.
 */
export function useAddressText(name: string): readonly [text: string, setText: (text: string) => void] {
  const [search, change] = useSearch();
  const given = search[name] ?? '';
  const [text, setText] = useState(given);
  /** What the address says, as far as this knows. */
  const known = useRef(given);
  useEffect(() => {
    if (given === known.current) return;
    known.current = given;
    setText(given);
  }, [given]);
  useEffect(() => {
    if (text === known.current) return;
    const timer = setTimeout(() => {
      known.current = text;
      change({ [name]: text });
    }, WAIT_MS);
    return () => clearTimeout(timer);
  }, [text, name, change]);
  return [text, setText];
}
