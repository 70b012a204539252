import { EMPTY_ROOT, hashNode } from './hash.ts';

/** A tree that keeps no leaf: only the roots of its perfect subtrees, at most one for each bit of its size. */
export interface TreeHasher {
  readonly size: number;
  /** Appends the hash of a leaf. */
  push(leaf: Uint8Array): void;
  /** Root of the tree so far. */
  root(): Uint8Array;
}

/** Makes an empty tree to push leaves into, for a log that is read from its start to its end. */
export function createTreeHasher(): TreeHasher {
  // One root for each bit of the size that is set, the largest subtree first.
  const roots: Uint8Array[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    push(leaf) {
      let hash = leaf;
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) hash = hashNode(roots.pop() ?? EMPTY_ROOT, hash);
      roots.push(hash);
      size += 1;
    },
    root: () => (roots.length === 0 ? EMPTY_ROOT : roots.reduceRight((right, left) => hashNode(left, right))),
  };
}
