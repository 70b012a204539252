import { AuditError } from '../errors.ts';
import { EMPTY_ROOT, HASH_BYTES, hashNode } from './hash.ts';
import { assertSize, consistencyPath, inclusionPath, type LeafRange, nodesOf, type TreeNode } from './ranges.ts';

/** Levels of the tree that one tile spans (C2SP tlog-tiles). */
export const TILE_HEIGHT = 8;
/** Most hashes in one tile: 2 to the power of {@link TILE_HEIGHT}. */
export const TILE_WIDTH = 256;

/** Where a tile stands: `index` counts the tiles of its `level` from the left. Level 0 holds the hashes of the leaves. */
export interface TilePosition {
  readonly level: number;
  readonly index: number;
}

/** A tile: up to {@link TILE_WIDTH} hashes of 32 bytes, one after the other. */
export interface Tile extends TilePosition {
  readonly hashes: Uint8Array;
}

/** Tiles that were read, by position. A tile may be longer than a smaller tree needs: its first hashes count. */
export interface TileSet {
  get(level: number, index: number): Uint8Array | undefined;
}

/** Puts tiles together for {@link treeRoot} and the proofs. */
export function createTileSet(tiles: Iterable<Tile>): TileSet {
  const byPosition = new Map<string, Uint8Array>();
  for (const { level, index, hashes } of tiles) byPosition.set(`${level}/${index}`, hashes);
  return { get: (level, index) => byPosition.get(`${level}/${index}`) };
}

/** Position and width, in hashes, of every tile of a tree that is not full: at most one on each level. */
export function edgeTiles(size: number): (TilePosition & { readonly width: number })[] {
  assertSize(size);
  const tiles: (TilePosition & { readonly width: number })[] = [];
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(count / TILE_WIDTH), width });
  }
  return tiles;
}

/** What {@link appendLeaves} takes. */
export interface AppendOptions {
  /** Leaves in the tree so far. */
  readonly size: number;
  /** At least the tiles that {@link edgeTiles} names for `size`. */
  readonly tiles: TileSet;
  /** Hashes of the new leaves (`leafHash`), in order. */
  readonly leaves: readonly Uint8Array[];
}

/**
 * Appends leaves to a tree: returns its new size and every tile that is new or longer than before, lowest level first.
 * Nothing that was full changes.
 * @throws AuditError `ERR_AUDIT_TREE` when a tile of the edge is missing or too short
 */
export function appendLeaves({ size, tiles, leaves }: AppendOptions): {
  readonly size: number;
  readonly tiles: Tile[];
} {
  const edge = new Map(edgeTiles(size).map(({ level, width }) => [level, width]));
  const changed: Tile[] = [];
  let appended = leaves;
  let before = size;
  for (let level = 0; appended.length > 0; level += 1) {
    const above: Uint8Array[] = [];
    let index = Math.floor(before / TILE_WIDTH);
    let width = edge.get(level) ?? 0;
    for (let from = 0; from < appended.length; index += 1, width = 0) {
      const taken = appended.slice(from, from + TILE_WIDTH - width);
      from += taken.length;
      const hashes = new Uint8Array((width + taken.length) * HASH_BYTES);
      if (width > 0) hashes.set(prefixOf(tiles, { level, index, width }));
      for (const [at, hash] of taken.entries()) hashes.set(assertHash(hash), (width + at) * HASH_BYTES);
      changed.push({ level, index, hashes });
      if (width + taken.length === TILE_WIDTH) above.push(hashWithin(hashes, 0, TILE_WIDTH));
    }
    appended = above;
    before = Math.floor(before / TILE_WIDTH);
  }
  return { size: size + leaves.length, tiles: changed };
}

/**
 * Root of the tree of `size` leaves, from the tiles that {@link edgeTiles} names for that size.
 * @throws AuditError `ERR_AUDIT_TREE` when one of them is missing or too short
 */
export function treeRoot(size: number, tiles: TileSet): Uint8Array {
  assertSize(size);
  return size === 0 ? EMPTY_ROOT : rangeHash({ start: 0, end: size }, tiles);
}

/** The tiles that {@link inclusionProof} reads, each once. */
export function inclusionTiles(index: number, size: number): TilePosition[] {
  return tilesOf(inclusionPath(index, size));
}

/** Proof that leaf `index` is in the tree of `size` leaves. @throws AuditError `ERR_AUDIT_TREE` */
export function inclusionProof(index: number, size: number, tiles: TileSet): Uint8Array[] {
  return inclusionPath(index, size).map((range) => rangeHash(range, tiles));
}

/** The tiles that {@link consistencyProof} reads, each once. */
export function consistencyTiles(first: number, second: number): TilePosition[] {
  return tilesOf(consistencyPath(first, second));
}

/** Proof that the tree of `first` leaves is the start of that of `second`. @throws AuditError `ERR_AUDIT_TREE` */
export function consistencyProof(first: number, second: number, tiles: TileSet): Uint8Array[] {
  return consistencyPath(first, second).map((range) => rangeHash(range, tiles));
}

function tilesOf(ranges: readonly LeafRange[]): TilePosition[] {
  const found = new Map<string, TilePosition>();
  for (const node of ranges.flatMap(nodesOf)) {
    const { level, index } = placeOf(node);
    found.set(`${level}/${index}`, { level, index });
  }
  return [...found.values()];
}

/** MTH of a range: its perfect subtrees, folded from the right. */
function rangeHash(range: LeafRange, tiles: TileSet): Uint8Array {
  const hashes = nodesOf(range).map((node) => nodeHash(node, tiles));
  return hashes.reduceRight((right, left) => hashNode(left, right));
}

function nodeHash(node: TreeNode, tiles: TileSet): Uint8Array {
  const { level, index, from, count } = placeOf(node);
  const prefix = prefixOf(tiles, { level, index, width: from + count });
  return hashWithin(prefix, from, count);
}

/** Which hashes of which tile a perfect subtree is made of. */
function placeOf({ height, index }: TreeNode) {
  const level = Math.floor(height / TILE_HEIGHT);
  const count = 2 ** (height % TILE_HEIGHT);
  const first = index * count;
  return { level, index: Math.floor(first / TILE_WIDTH), from: first % TILE_WIDTH, count };
}

/** Hash of the perfect subtree over `count` hashes of a tile, a power of two. */
function hashWithin(hashes: Uint8Array, from: number, count: number): Uint8Array {
  if (count === 1) return hashes.slice(from * HASH_BYTES, (from + 1) * HASH_BYTES);
  const half = count / 2;
  return hashNode(hashWithin(hashes, from, half), hashWithin(hashes, from + half, half));
}

function prefixOf(tiles: TileSet, { level, index, width }: TilePosition & { readonly width: number }): Uint8Array {
  const hashes = tiles.get(level, index);
  const bytes = width * HASH_BYTES;
  if (hashes === undefined || hashes.length < bytes) {
    const held = Math.floor((hashes?.length ?? 0) / HASH_BYTES);
    const message = `tile ${level}/${index} has ${held} hashes, the tree needs ${width}`;
    throw new AuditError({ code: 'ERR_AUDIT_TREE', message });
  }
  return hashes.subarray(0, bytes);
}

function assertHash(hash: Uint8Array): Uint8Array {
  if (hash.length === HASH_BYTES) return hash;
  throw new AuditError({ code: 'ERR_AUDIT_TREE', message: `a hash has ${hash.length} bytes, not ${HASH_BYTES}` });
}
