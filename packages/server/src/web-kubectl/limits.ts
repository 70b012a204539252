/** Limits of terminals. */
export interface TerminalLimits {
  /** Terminals that a person may have open at once, on all servers together. Defaults to 5. */
  readonly maxOpen: number;
  /** Terminals of all people on one server. Each is a process of about 50 MB. Defaults to 100. */
  readonly maxOpenTotal: number;
  /** Time in which nothing is typed after which a terminal ends, whatever is printed, in milliseconds. Defaults to 15 minutes. */
  readonly idleMs: number;
  /** Longest life of a terminal, in milliseconds; it never outlives its login session either. Defaults to 8 hours. */
  readonly lifetimeMs: number;
}

/** Defaults of {@link TerminalLimits}. */
export const TERMINAL_LIMITS: TerminalLimits = {
  maxOpen: 5,
  maxOpenTotal: 100,
  idleMs: 15 * 60_000,
  lifetimeMs: 8 * 60 * 60_000,
};
