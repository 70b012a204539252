/** What documents may amount to. They are read whole, so that nothing is sent before everything was checked. */
export interface DocumentLimits {
  /** Largest file, or standard input, in bytes. Larger ones are refused unread. Default 16 777 216: what the server takes at once. */
  readonly maxFileBytes: number;
  /** Most files that folders may hold together. Default 10 000: a folder that holds more was hardly meant. */
  readonly maxFiles: number;
  /** Most values that aliases of one YAML document may expand to. Default 100: more is an attack on memory, not a shorthand. */
  readonly maxAliases: number;
  /** Deepest nesting of one document, in levels. Default 100: resources need ten, and composing recurses. */
  readonly maxDepth: number;
}

/** The limits that commands work with. */
export const DOCUMENT_LIMITS: DocumentLimits = {
  maxFileBytes: 16 * 1_048_576,
  maxFiles: 10_000,
  maxAliases: 100,
  maxDepth: 100,
};
