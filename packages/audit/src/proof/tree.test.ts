import { readFileSync } from 'node:fs';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { EMPTY_ROOT, hashLeaf, hashNode } from './hash.ts';
import {
  appendLeaves,
  consistencyProof,
  consistencyTiles,
  createTileSet,
  edgeTiles,
  inclusionProof,
  inclusionTiles,
  type Tile,
  type TilePosition,
  type TileSet,
  treeRoot,
} from './tiles.ts';
import { createTreeHasher } from './tree-hasher.ts';
import { verifyConsistency, verifyInclusion } from './verify-proof.ts';

interface Vectors {
  readonly emptyRoot: string;
  readonly leaves: readonly string[];
  readonly roots: readonly string[];
  readonly inclusion: readonly { readonly index: number; readonly size: number; readonly proof: readonly string[] }[];
  readonly consistency: readonly {
    readonly first: number;
    readonly second: number;
    readonly proof: readonly string[];
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../testdata/merkle-tree.json', import.meta.url), 'utf8'),
) as Vectors;

/** MTH of RFC 9162, section 2.1.1, word for word. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return EMPTY_ROOT;
  if (leaves.length === 1) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return hashNode(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)));
}

function leavesOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => hashLeaf(new TextEncoder().encode(`entry ${at}`)));
}

/** A tree in a map, as a store keeps it: a tile that grew takes the place of the one before. */
function createMemoryTree() {
  const kept = new Map<string, Tile>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    append(leaves: readonly Uint8Array[]) {
      const appended = appendLeaves({ size, tiles: this.read(edgeTiles(size)), leaves });
      for (const tile of appended.tiles) kept.set(`${tile.level}/${tile.index}`, tile);
      size = appended.size;
    },
    /** Only what was asked for, so that a proof can't read more tiles than it names. */
    read(positions: readonly TilePosition[]): TileSet {
      return createTileSet(positions.flatMap(({ level, index }) => kept.get(`${level}/${index}`) ?? []));
    },
  };
}

describe('known trees of certificate transparency', () => {
  const leaves = vectors.leaves.map((leaf) => hashLeaf(hexToBytes(leaf)));
  const tree = createMemoryTree();
  tree.append(leaves);
  const root = (size: number) => hexToBytes(size === 0 ? vectors.emptyRoot : (vectors.roots[size - 1] ?? ''));

  test('the tree without leaves has the hash of nothing', () => {
    expect(bytesToHex(treeRoot(0, createTileSet([])))).toBe(vectors.emptyRoot);
    expect(bytesToHex(createTreeHasher().root())).toBe(vectors.emptyRoot);
  });

  test.each(vectors.roots.map((want, at) => ({ want, size: at + 1 })))('root of $size leaves', ({ want, size }) => {
    expect(bytesToHex(treeRoot(size, tree.read(edgeTiles(8).concat({ level: 0, index: 0, width: 8 }))))).toBe(want);
    const hasher = createTreeHasher();
    for (const leaf of leaves.slice(0, size)) hasher.push(leaf);
    expect(bytesToHex(hasher.root())).toBe(want);
  });

  test.each(vectors.inclusion)('leaf $index is in the tree of $size', ({ index, size, proof }) => {
    const made = inclusionProof(index, size, tree.read(inclusionTiles(index, size)));
    expect(made.map((hash) => bytesToHex(hash))).toEqual(proof);
    const leaf = leaves[index] ?? EMPTY_ROOT;
    expect(verifyInclusion({ index, size, leaf, root: root(size), proof: proof.map((hash) => hexToBytes(hash)) })).toBe(
      true,
    );
  });

  test.each(vectors.consistency)(
    'the tree of $first leaves is the start of that of $second',
    ({ first, second, proof }) => {
      const made = consistencyProof(first, second, tree.read(consistencyTiles(first, second)));
      expect(made.map((hash) => bytesToHex(hash))).toEqual(proof);
      const hashes = proof.map((hash) => hexToBytes(hash));
      expect(
        verifyConsistency({ first, firstRoot: root(first), second, secondRoot: root(second), proof: hashes }),
      ).toBe(true);
    },
  );
});

describe('tiles against the recursive definition', () => {
  test('every size up to 1,030, appended one by one, has the root of the definition', () => {
    const leaves = leavesOf(1_030);
    const tree = createMemoryTree();
    const hasher = createTreeHasher();
    for (let size = 1; size <= leaves.length; size += 1) {
      tree.append(leaves.slice(size - 1, size));
      hasher.push(leaves[size - 1] ?? EMPTY_ROOT);
      const root = treeRoot(size, tree.read(edgeTiles(size)));
      expect(bytesToHex(root), `size ${size}`).toBe(bytesToHex(hasher.root()));
      if (size % 17 === 0 || size % 256 < 2)
        expect(bytesToHex(root)).toBe(bytesToHex(naiveRoot(leaves.slice(0, size))));
    }
  });

  // One less, at and one more than a full tile of each level, in batches that end anywhere.
  const boundaries = [255, 256, 257, 511, 512, 513, 3_000, 65_535, 65_536, 65_537, 65_793];
  test(`proofs hold at every boundary of tiles: ${boundaries.join(', ')}`, () => {
    const leaves = leavesOf(Math.max(...boundaries));
    const tree = createMemoryTree();
    const roots = new Map<number, Uint8Array>();
    for (const size of boundaries) {
      for (let at = tree.size; at < size; at = tree.size) tree.append(leaves.slice(at, Math.min(size, at + 1_000)));
      roots.set(size, treeRoot(size, tree.read(edgeTiles(size))));
      expect(bytesToHex(roots.get(size) ?? EMPTY_ROOT), `size ${size}`).toBe(
        bytesToHex(naiveRoot(leaves.slice(0, size))),
      );
    }
    for (const [size, root] of roots) {
      for (const index of [0, 1, 254, 255, 256, 257, 65_535, 65_536, size - 1].filter((one) => one < size)) {
        const proof = inclusionProof(index, size, tree.read(inclusionTiles(index, size)));
        const leaf = leaves[index] ?? EMPTY_ROOT;
        expect(verifyInclusion({ index, size, leaf, root, proof }), `${index} in ${size}`).toBe(true);
        expect(verifyInclusion({ index, size, leaf: leaves[(index + 1) % size] ?? EMPTY_ROOT, root, proof })).toBe(
          false,
        );
      }
      for (const [first, firstRoot] of roots) {
        if (first > size) continue;
        const proof = consistencyProof(first, size, tree.read(consistencyTiles(first, size)));
        expect(
          verifyConsistency({ first, firstRoot, second: size, secondRoot: root, proof }),
          `${first} to ${size}`,
        ).toBe(true);
      }
    }
  });

  test('every pair of sizes and every leaf up to 70 is proved, and nothing bent is', { timeout: 120_000 }, () => {
    const leaves = leavesOf(70);
    const tree = createMemoryTree();
    tree.append(leaves);
    const tiles = tree.read([{ level: 0, index: 0 }]);
    const roots = leaves.map((_, at) => naiveRoot(leaves.slice(0, at + 1)));
    for (let second = 1; second <= 70; second += 1) {
      const secondRoot = roots[second - 1] ?? EMPTY_ROOT;
      for (let first = 1; first <= second; first += 1) {
        const claim = { first, firstRoot: roots[first - 1] ?? EMPTY_ROOT, second, secondRoot };
        const proof = consistencyProof(first, second, tiles);
        expect(verifyConsistency({ ...claim, proof })).toBe(true);
        for (const bent of bend(proof)) expect(verifyConsistency({ ...claim, proof: bent })).toBe(false);
        expect(verifyConsistency({ ...claim, firstRoot: hashNode(secondRoot, secondRoot), proof })).toBe(false);
        expect(verifyConsistency({ ...claim, secondRoot: hashNode(secondRoot, secondRoot), proof })).toBe(false);
        const index = first - 1;
        const leaf = leaves[index] ?? EMPTY_ROOT;
        const path = inclusionProof(index, second, tiles);
        expect(verifyInclusion({ index, size: second, leaf, root: secondRoot, proof: path })).toBe(true);
        for (const bent of bend(path)) {
          expect(verifyInclusion({ index, size: second, leaf, root: secondRoot, proof: bent })).toBe(false);
        }
      }
    }
  });
});

/** One hash changed, left out, doubled or added. */
function* bend(proof: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  yield [...proof, EMPTY_ROOT];
  yield [EMPTY_ROOT, ...proof];
  yield [...proof, new Uint8Array(0)];
  for (const [at, hash] of proof.entries()) {
    yield proof.filter((_, other) => other !== at);
    yield proof.with(
      at,
      Uint8Array.from(hash, (byte, place) => (place === 31 ? byte ^ 1 : byte)),
    );
  }
}

test('a tile that is missing or too short is named', () => {
  const error = expect.objectContaining({ code: 'ERR_AUDIT_TREE', message: 'tile 0/0 has 0 hashes, the tree needs 1' });
  expect(() => treeRoot(5, createTileSet([]))).toThrow(expect.objectContaining({ code: 'ERR_AUDIT_TREE' }));
  expect(() => appendLeaves({ size: 1, tiles: createTileSet([]), leaves: leavesOf(1) })).toThrow(error);
});

test.each([
  ['a leaf beyond the end', () => inclusionTiles(5, 5)],
  ['a negative leaf', () => inclusionTiles(-1, 5)],
  ['an older tree that is larger', () => consistencyTiles(6, 5)],
  ['a size that is no count', () => edgeTiles(1.5)],
  ['a hash that is too short', () => appendLeaves({ size: 0, tiles: createTileSet([]), leaves: [new Uint8Array(31)] })],
])('refuses %s', (_name, ask) => {
  expect(ask).toThrow(expect.objectContaining({ code: 'ERR_AUDIT_TREE' }));
});
