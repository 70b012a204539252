/** What telling a change may cost and how long it may be. Beyond any of these the part is left out as `tooLarge`. */
export interface ChangeLimits {
  /** Largest object that is compared, in bytes of JSON. Default 1 MiB: etcd takes 1.5 MiB, and hardly any is a tenth. */
  readonly maxObjectBytes: number;
  /** Most characters of a patch, of what undoes it, and of a body. Default 16,384 each, so that an event stays one line of 64 KiB. */
  readonly maxPatchCharacters: number;
  /** Deepest nesting of an object, in levels. Default 64: objects need twenty, and comparing recurses. */
  readonly maxDepth: number;
  /** Most values in an object. Default 50,000: comparing them takes some 50 ms. */
  readonly maxValues: number;
}

/** The limits that changes are told with. */
export const CHANGE_LIMITS: ChangeLimits = {
  maxObjectBytes: 1_048_576,
  maxPatchCharacters: 16_384,
  maxDepth: 64,
  maxValues: 50_000,
};
