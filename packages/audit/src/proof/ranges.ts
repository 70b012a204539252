import { AuditError } from '../errors.ts';

/** The leaves from `start` up to, not with, `end`, whose tree hash (MTH of RFC 9162, section 2.1.1) is meant. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** A perfect subtree: the leaves from `index × 2^height`, `2^height` of them. */
export interface TreeNode {
  readonly height: number;
  readonly index: number;
}

// Numbers throughout, never bit operations: those are 32 bits wide, a log is not.

/** Largest power of two that is smaller than `count`, which is at least 2. */
export function splitPoint(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** The perfect subtrees that a range is hashed from, left to right; the range starts where one of them may. */
export function nodesOf({ start, end }: LeafRange): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let at = start; at < end; ) {
    let height = 0;
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      width *= 2;
      height += 1;
    }
    nodes.push({ height, index: at / width });
    at += width;
  }
  return nodes;
}

/**
 * The subtrees whose hashes prove that leaf `index` is in the tree of `size` leaves, nearest first (RFC 9162, section 2.1.3).
 * @throws AuditError `ERR_AUDIT_TREE` when the tree has no such leaf
 */
export function inclusionPath(index: number, size: number): LeafRange[] {
  assertSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new AuditError({ code: 'ERR_AUDIT_TREE', message: `leaf ${index} is not in a tree of ${size}` });
  }
  const path: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  return path.reverse();
}

/**
 * The subtrees whose hashes prove that the tree of `first` leaves is the start of that of `second`, in the order of
 * RFC 9162, section 2.1.4. None when the sizes are equal or the first is 0.
 * @throws AuditError `ERR_AUDIT_TREE` when `first` is larger than `second`
 */
export function consistencyPath(first: number, second: number): LeafRange[] {
  assertSize(first);
  assertSize(second);
  if (first > second) {
    throw new AuditError({
      code: 'ERR_AUDIT_TREE',
      message: `a tree of ${first} can't be the start of one of ${second}`,
    });
  }
  if (first === 0 || first === second) return [];
  const path: LeafRange[] = [];
  let [start, end] = [0, second];
  while (end !== first) {
    const middle = start + splitPoint(end - start);
    if (first <= middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  // The older tree itself is left out where it is a whole subtree of the newer one: the verifier has its root.
  if (start > 0) path.push({ start, end });
  return path.reverse();
}

/** @throws AuditError `ERR_AUDIT_TREE` when a number can't be the size of a tree */
export function assertSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new AuditError({ code: 'ERR_AUDIT_TREE', message: `a tree can't have ${size} leaves` });
  }
}
