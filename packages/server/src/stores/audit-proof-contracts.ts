import type { NoteKey, Tile, TilePosition } from '@sallyport/audit/proof';

/** A key whose checkpoints stand in the logs. */
export interface PublishedAuditKey extends NoteKey {
  readonly signsFrom: Date;
  /** When another one signed in its place. */
  readonly signsUntil?: Date;
}

/** A checkpoint as it was signed. */
export interface StoredCheckpoint {
  readonly size: number;
  readonly at: Date;
  /** The signed note. */
  readonly note: string;
}

/** Where an event stands. */
export interface LogPlace {
  readonly log: string;
  readonly index: number;
  readonly salt: Uint8Array;
  /** As its written form reads back. */
  readonly event: Readonly<Record<string, unknown>>;
}

/** One place of a log as the tables have it; what is gone, by retention or otherwise, has neither salt nor event. */
export interface LogEntryRow {
  readonly index: number;
  readonly salt?: Uint8Array;
  readonly event?: Readonly<Record<string, unknown>>;
}

/** Which checkpoint a witness has of a log. */
export interface WitnessedLog {
  readonly witness: string;
  readonly log: string;
  /** Size of the newest checkpoint that it has; 0 when it has none. */
  readonly size: number;
  readonly at?: Date;
  /** Since when it has failed to take one. */
  readonly failingSince?: Date;
}

/** Reading what proves the audit logs. */
export interface AuditProofRows {
  /** Keys that ever signed a checkpoint, the first one first. */
  keys(): Promise<readonly PublishedAuditKey[]>;
  /** Names of all logs that have a checkpoint. */
  logs(): Promise<readonly string[]>;
  newestCheckpoint(log: string): Promise<StoredCheckpoint | undefined>;
  /** Checkpoints of more than `after` and at most `upTo` entries, smallest first: of each hour the last, and the last of all. */
  checkpoints(
    log: string,
    range: { readonly after: number; readonly upTo: number; readonly limit: number },
  ): Promise<readonly StoredCheckpoint[]>;
  /** Those of the positions that there are. */
  tiles(log: string, positions: readonly TilePosition[]): Promise<readonly Tile[]>;
  /** Where an event stands, once it has its index. */
  placeOf(log: string, eventId: string): Promise<LogPlace | undefined>;
  /** The places from `from` up to, not with, `to`, in order; such that have no row are left out. */
  entries(log: string, from: number, to: number): Promise<readonly LogEntryRow[]>;
  witnessed(): Promise<readonly WitnessedLog[]>;
}

/** Changing what proves the audit logs, inside a transaction. */
export interface AuditProofWrites {
  /** Keeps a checkpoint, and publishes the key that signed it. One of a size that has one already changes nothing. */
  putCheckpoint(checkpoint: {
    readonly log: string;
    readonly size: number;
    readonly note: string;
    readonly key: NoteKey;
  }): Promise<void>;
  putWitnessed(state: WitnessedLog): Promise<void>;
  /**
   * Deletes checkpoints of a log from before, at most `limit`, and yields how many those were. Of each hour the last one stays,
   * and what a witness took last; under a legal hold of the organization all of them do.
   */
  pruneCheckpoints(log: string, before: Date, limit: number): Promise<number>;
}
