/** What DEC's special graphics show for the characters from 0x60 (back-tick) to 0x7e (tilde). */
const GRAPHICS = [...'◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·'];

/** Writes text of DEC's special graphics in Unicode, so that no terminal needs to be switched to them, and back. */
export function drawLines(text: string): string {
  return text.replace(/[`-~]/g, (character) => GRAPHICS[character.charCodeAt(0) - 0x60] ?? character);
}
