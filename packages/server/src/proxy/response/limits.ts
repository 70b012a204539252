/** Bounds of what is held of an answer that has to be filtered or masked. */
export interface AnswerLimits {
  /**
   * Largest object, or answer about one object, in bytes. Default 4 MiB: etcd takes 1.5 MiB. The answer ends with an error
   * beyond.
   */
  readonly maxObjectBytes?: number;
  /** Most objects in view of a watch by labels. Default 50,000: their names take some 6 MB. The watch ends beyond. */
  readonly maxWatchedObjects?: number;
}

/** Fills in the defaults. */
export function resolveAnswerLimits({ maxObjectBytes, maxWatchedObjects }: AnswerLimits = {}): Required<AnswerLimits> {
  return { maxObjectBytes: maxObjectBytes ?? 4 << 20, maxWatchedObjects: maxWatchedObjects ?? 50_000 };
}
