/** A choice among things; the same for the same seed. */
export interface Choice {
  /** At least 0, below `count`. */
  index(count: number): number;
  of<Item>(items: readonly Item[]): Item;
}

/** Makes a choice from a seed (mulberry32). */
export function createChoice(seed: number): Choice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const index = (count: number) => Math.floor(next() * count);
  return {
    index,
    of<Item>(items: readonly Item[]): Item {
      const item = items[index(items.length)];
      if (item === undefined) throw new RangeError('there is nothing to choose from');
      return item;
    },
  };
}
