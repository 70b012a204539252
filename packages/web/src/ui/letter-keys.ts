import { kept } from './kept.ts';

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
