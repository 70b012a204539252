/** What a key of a terminal means to the page around it; `undefined`: it is the terminal's own. */
export type PageKey = 'leave' | 'find' | 'copy' | 'native';

/**
 * Takes the keys of the page out of those of a terminal, which otherwise has all of them: Shift+Tab leaves it, Ctrl+Shift+F looks
 * for text, Ctrl+Shift+C copies, and Ctrl+C does where something is selected (else it ends the command). Pasting by Ctrl+V and
 * Ctrl+Shift+V is the browser's own.
 */
export function pageKeyOf(
  { key, ctrlKey, metaKey, shiftKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey'>,
  hasSelection: boolean,
): PageKey | undefined {
  if (key === 'Tab' && shiftKey) return 'leave';
  const letter = key.toLowerCase();
  if (ctrlKey && shiftKey && letter === 'f') return 'find';
  if (ctrlKey && shiftKey && letter === 'c') return 'copy';
  if (ctrlKey && !shiftKey && letter === 'c' && hasSelection) return 'native';
  if ((ctrlKey || metaKey) && letter === 'v') return 'native';
  return undefined;
}
