/** Most that a filter keeps of its input, in characters: `sort`, `tail` and `jq` hold what they were given. */
export const MAX_HELD_CHARACTERS = 32 * 1_048_576;

/** Counts what a filter holds, and refuses more than the limit. */
export function createHold(name: string): (line: string) => void {
  let held = 0;
  return (line) => {
    held += line.length + 1;
    if (held > MAX_HELD_CHARACTERS) {
      throw new RangeError(`${name}: the input is more than ${MAX_HELD_CHARACTERS} characters`);
    }
  };
}
