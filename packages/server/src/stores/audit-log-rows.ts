import { appendLeaves, createTileSet, edgeTiles, type Tile, treeRoot } from '@sallyport/audit/proof';
import { type Kysely, sql } from 'kysely';
import type { AuditLogWrites, LogTree } from './audit-log-contracts.ts';
import { interruptAbandoned } from './interrupted-requests.ts';
import type { Database } from './schema.ts';

/** What {@link createAuditLogWrites} works with. */
export interface AuditLogWritesOptions {
  readonly db: Kysely<Database>;
  readonly now: () => number;
  /** Told that a log grew. */
  readonly onIndexed: () => void;
  /** Told that events were appended, which have no index yet. */
  readonly onAppended: () => void;
}

/** Name of the log of what belongs to no organization. */
export const INSTALLATION_LOG = 'installation';

interface PendingLeaf {
  readonly seq: number | string;
  readonly log: string;
  readonly leaf_hash: Uint8Array;
}

/** Writes the logs, inside a transaction. */
export function createAuditLogWrites({ db, now, onIndexed, onAppended }: AuditLogWritesOptions): AuditLogWrites {
  return {
    async index(limit) {
      const { rows: pending } = await sql<PendingLeaf>`
        select seq, coalesce(organization_id, ${INSTALLATION_LOG}) as log, leaf_hash
        from audit_pending join audit_events using (seq) order by seq limit ${limit}`.execute(db);
      if (pending.length === 0) return { count: 0, grown: [] };
      const leavesOf = new Map<string, PendingLeaf[]>();
      for (const leaf of pending) {
        const known = leavesOf.get(leaf.log);
        if (known === undefined) leavesOf.set(leaf.log, [leaf]);
        else known.push(leaf);
      }
      const sizes = await lockTrees(db, [...leavesOf.keys()]);
      const edges = await readEdges(db, sizes);
      const changed: (Tile & { readonly log: string })[] = [];
      const places: (string | number)[][] = [];
      const grown: LogTree[] = [];
      for (const [log, leaves] of leavesOf) {
        const size = sizes.get(log) ?? 0;
        const before = edges.get(log) ?? [];
        const hashes = leaves.map(({ leaf_hash }) => leaf_hash);
        const after = appendLeaves({ size, tiles: createTileSet(before), leaves: hashes });
        for (const tile of after.tiles) changed.push({ log, ...tile });
        for (const [i, { seq }] of leaves.entries()) places.push([log, size + i, Number(seq)]);
        grown.push({ log, size: after.size, root: treeRoot(after.size, createTileSet([...before, ...after.tiles])) });
      }
      await writeTiles(db, changed);
      await sql`
        with placed as (
          insert into audit_log (log, log_index, seq)
          select place->>0, (place->>1)::bigint, (place->>2)::bigint
          from jsonb_array_elements(${JSON.stringify(places)}::jsonb) as places (place)
          returning seq
        ), grown as (
          update audit_trees set size = (tree->>1)::bigint
          from jsonb_array_elements(${JSON.stringify(grown.map(({ log, size }) => [log, size]))}::jsonb) as trees (tree)
          where log = tree->>0
        )
        delete from audit_pending where seq in (select seq from placed)`.execute(db);
      onIndexed();
      return { count: pending.length, grown };
    },
    async unsigned() {
      const { rows } = await sql<{ log: string; size: number | string }>`
        select log, size from audit_trees
        where size > coalesce((select max(size) from audit_checkpoints c where c.log = audit_trees.log), 0)`.execute(
        db,
      );
      const sizes = new Map(rows.map(({ log, size }) => [log, Number(size)]));
      const edges = await readEdges(db, sizes);
      return [...sizes].map(([log, size]) => ({
        log,
        size,
        root: treeRoot(size, createTileSet(edges.get(log) ?? [])),
      }));
    },
    async interrupt(limit) {
      const count = await interruptAbandoned(db, now(), limit);
      if (count > 0) onAppended();
      return count;
    },
  };
}

/** Locks the trees of logs, in one order, and yields their sizes. */
async function lockTrees(db: Kysely<Database>, logs: readonly string[]): Promise<Map<string, number>> {
  const names = sql`(select jsonb_array_elements_text(${JSON.stringify(logs)}::jsonb))`;
  await sql`insert into audit_trees (log, size) select *, 0 from ${names} as names on conflict do nothing`.execute(db);
  const { rows } = await sql<{ log: string; size: number | string }>`
    select log, size from audit_trees where log in ${names} order by log for update`.execute(db);
  return new Map(rows.map(({ log, size }) => [log, Number(size)]));
}

/** The tiles at the right edge of trees, by log. */
async function readEdges(
  db: Kysely<Database>,
  sizes: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, readonly Tile[]>> {
  const wanted = [...sizes].flatMap(([log, size]) => edgeTiles(size).map(({ level, index }) => [log, level, index]));
  const tiles = new Map<string, Tile[]>();
  if (wanted.length === 0) return tiles;
  const { rows } = await sql<{ log: string; level: number; tile_index: number | string; hashes: Uint8Array }>`
    select log, level, tile_index, hashes from audit_tiles
    join jsonb_array_elements(${JSON.stringify(wanted)}::jsonb) as wanted (place)
      on log = place->>0 and level = (place->>1)::smallint and tile_index = (place->>2)::bigint`.execute(db);
  for (const { log, level, tile_index, hashes } of rows) {
    const tile = { level, index: Number(tile_index), hashes: new Uint8Array(hashes) };
    const known = tiles.get(log);
    if (known === undefined) tiles.set(log, [tile]);
    else known.push(tile);
  }
  return tiles;
}

async function writeTiles(db: Kysely<Database>, tiles: readonly (Tile & { readonly log: string })[]): Promise<void> {
  const rows = tiles.map(({ log, level, index, hashes }) => [log, level, index, Buffer.from(hashes).toString('hex')]);
  await sql`
    insert into audit_tiles (log, level, tile_index, hashes)
    select tile->>0, (tile->>1)::smallint, (tile->>2)::bigint, decode(tile->>3, 'hex')
    from jsonb_array_elements(${JSON.stringify(rows)}::jsonb) as tiles (tile)
    on conflict (log, level, tile_index) do update set hashes = excluded.hashes`.execute(db);
}
