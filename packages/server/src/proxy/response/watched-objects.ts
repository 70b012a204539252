import type { ObjectFacts } from './object-facts.ts';
import { tooLarge } from './unreadable.ts';

/** Objects that whoever watches knows: those that were told, and not taken back. */
export interface WatchedObjects {
  has(facts: Named): boolean;
  /** @throws ServerError `ERR_PROXY_ANSWER_TOO_LARGE` when there are too many */
  add(facts: Named): void;
  remove(facts: Named): void;
}

type Named = Pick<ObjectFacts, 'namespace' | 'name'>;

/**
 * Makes an empty set. Names are enough: an object that is created anew under its old name was deleted before, in that order.
 * @param maxCount most objects that are remembered; beyond, the watch ends
 */
export function createWatchedObjects(maxCount: number): WatchedObjects {
  const keys = new Set<string>();
  const keyOf = ({ namespace, name }: Named): string => `${namespace}/${name}`;
  return {
    has: (facts) => keys.has(keyOf(facts)),
    add(facts) {
      keys.add(keyOf(facts));
      if (keys.size > maxCount) throw tooLarge(`more than ${maxCount} objects are in view of this watch`);
    },
    remove: (facts) => void keys.delete(keyOf(facts)),
  };
}
