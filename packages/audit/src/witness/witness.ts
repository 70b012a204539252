/** A checkpoint that is to be kept elsewhere. */
export interface WitnessedCheckpoint {
  /** Organization id, or `installation`. */
  readonly log: string;
  /** Entries that it covers. */
  readonly size: number;
  /** The signed note. */
  readonly note: string;
}

/**
 * A place outside of the installation that keeps checkpoints, so that a log which was set back or signed anew can be told from the
 * one that was. What it holds, the installation must not be able to change.
 */
export interface CheckpointWitness {
  /** Name in the configuration and in audit events. */
  readonly name: string;
  /**
   * Keeps a checkpoint; resolves once it is as safe as this witness makes it. The same one may come twice. Rejects, with
   * `ERR_AUDIT_WITNESS_CONFLICT`, when it keeps another one of the same size: then somebody has rewritten the log.
   */
  record(checkpoint: WitnessedCheckpoint, options?: { readonly signal?: AbortSignal }): Promise<void>;
}

const SIZE_DIGITS = 16;

/** Where a witness keeps a checkpoint: `<log>/<size>.checkpoint`, sizes of equal length so that names sort as sizes do. */
export function checkpointPath({ log, size }: Pick<WitnessedCheckpoint, 'log' | 'size'>): string {
  return `${log}/${String(size).padStart(SIZE_DIGITS, '0')}.checkpoint`;
}
