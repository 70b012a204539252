/** What inspecting the bodies of requests may cost. */
export interface InspectionLimits {
  /** Largest body that is read, in bytes. Default 3 MiB: what kube-apiserver takes. Larger ones are refused (413). */
  readonly maxBodyBytes: number;
  /** Bytes of bodies that are held at one time, by all requests together. Default 128 MiB; what would be more is told to come again (503). */
  readonly maxHeldBytes: number;
  /** Largest YAML body that is not JSON as well, in bytes. Default 512 KiB: reading YAML is slow. Larger ones are refused (400). */
  readonly maxYamlBytes: number;
  /** Time for a caller to send the whole body, in milliseconds. Default 60,000: what kube-apiserver gives a request. */
  readonly readTimeoutMs: number;
  /** Deepest nesting of a body, in levels. Default 128: objects need twenty, and reading recurses. */
  readonly maxDepth: number;
  /** Most values that aliases of a YAML body may expand to. Default 100: more is an attack on memory, not a shorthand. */
  readonly maxAliases: number;
}

/** The limits that bodies are inspected with. */
export const INSPECTION_LIMITS: InspectionLimits = {
  maxBodyBytes: 3 * 1_048_576,
  maxHeldBytes: 128 * 1_048_576,
  maxYamlBytes: 512 * 1_024,
  readTimeoutMs: 60_000,
  maxDepth: 128,
  maxAliases: 100,
};
