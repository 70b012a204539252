/** Largest number in a sequence that is let through: nothing draws further, and what repeats must end. */
const MAX_NUMBER = 9_999;
const MAX_COLOUR_PARAMETERS = 32;

/** Control sequences that draw or move the cursor, by their last character, with how many numbers each takes at most. */
const DRAWING: Readonly<Record<string, number>> = {
  '@': 1, // insert characters
  A: 1, // cursor up
  B: 1, // cursor down
  C: 1, // cursor forward
  D: 1, // cursor back
  E: 1, // next line
  F: 1, // line before
  G: 1, // column
  H: 2, // position
  I: 1, // forward by tabs
  J: 1, // erase in the screen
  K: 1, // erase in the line
  L: 1, // insert lines
  M: 1, // delete lines
  P: 1, // delete characters
  S: 1, // scroll up
  T: 1, // scroll down; with more numbers, it switches the mouse on
  X: 1, // erase characters
  Z: 1, // back by tabs
  '`': 1, // column
  a: 1, // forward
  b: 1, // repeat the character before
  d: 1, // row
  e: 1, // down
  f: 2, // position
  r: 2, // scroll region
  s: 0, // save the cursor; with numbers, it sets margins
  u: 0, // restore the cursor
};

const NUMBERS = /^\d*(?:;\d*)*$/;

/**
 * The numbers of a control sequence that draws, written anew; `undefined` for any other one: those that ask the terminal
 * something, set what outlives the output, print, move windows, and those that are malformed.
 */
export function drawingParameters(parameters: string, final: string): string | undefined {
  const most = DRAWING[final];
  if (most === undefined || !NUMBERS.test(parameters)) return undefined;
  const numbers = parameters === '' ? [] : parameters.split(';');
  if (numbers.length > most) return undefined;
  // 3J empties what the viewer's own terminal has scrolled away.
  if (final === 'J' && Number(numbers[0]) > 2) return undefined;
  return numbers.map(bounded).join(';');
}

function bounded(digits: string): string {
  return digits === '' ? '' : String(Math.min(Number(digits), MAX_NUMBER));
}

/** Attributes of text that are let through. Not 8, concealed: whoever looks at what was printed is to see it. */
const ATTRIBUTES = new Set([0, 1, 2, 3, 4, 5, 6, 7, 9, 21, 22, 23, 24, 25, 27, 29, 39, 49, 53, 55, 59]);
const COLOURS = new Set([38, 48, 58]);
const ATTRIBUTE = /^\d{0,3}$/;
/** Forms with colons (ISO 8613-6): a style of underlining, or a colour. */
const WITH_COLONS = /^(?:4:[0-5]|(?:38|48|58):(?:5:\d{1,3}|2:(?:\d{0,3}:)?\d{1,3}:\d{1,3}:\d{1,3}))$/;

/** What of an SGR sequence is let through: attributes and colours. `undefined` when nothing is. */
export function attributeParameters(parameters: string): string | undefined {
  const given = parameters.split(';').slice(0, MAX_COLOUR_PARAMETERS);
  const kept: string[] = [];
  for (let at = 0; at < given.length; at += 1) {
    const one = given[at] ?? '';
    if (WITH_COLONS.test(one)) {
      kept.push(one);
      continue;
    }
    if (!ATTRIBUTE.test(one)) return undefined;
    const code = Number(one);
    if (COLOURS.has(code)) {
      const count = given[at + 1] === '5' ? 3 : 5;
      const colour = given.slice(at, at + count);
      const isColour = (given[at + 1] === '5' || given[at + 1] === '2') && colour.length === count;
      if (!isColour || !colour.every((each) => ATTRIBUTE.test(each))) break;
      kept.push(...colour);
      at += count - 1;
    } else if (isAttribute(code)) kept.push(String(code));
  }
  return kept.length === 0 ? undefined : kept.join(';');
}

function isAttribute(code: number): boolean {
  return (
    ATTRIBUTES.has(code) ||
    (code >= 30 && code <= 47 && code % 10 <= 7) ||
    (code >= 90 && code <= 107 && code % 10 <= 7)
  );
}
