/** What tells whether a database is the one that a server has seen before, or an older copy of it. */
export interface DatabasePast {
  /** Given to the database when it was first used; its copies have it too. */
  readonly databaseId: string;
  /** Number of the last change. */
  readonly head: number;
  /** The last restore that was finished, as `server restore` wrote it down. */
  readonly restore?: FinishedRestore;
}

/** What a finished restore says to servers that have seen the database before it. */
export interface FinishedRestore {
  /** Number of the last change that was told to the restore. Whoever has seen a later one knows of more than it did. */
  readonly notedUpTo: number;
  /** Number of the first change after it. None of those between is ever used. */
  readonly continuesAt: number;
}

/** The past of the database. */
export interface PastRows {
  read(): Promise<DatabasePast>;
  /** When a change was made; `undefined` where the feed does not know it, or no longer. */
  changeTime(seq: number): Promise<Date | undefined>;
}

/** What to leave as it is when everything else ends. */
export interface KeptIssues {
  /** Passwords, code apps and passkeys of local users. */
  readonly localFactors: boolean;
}

/** What a restore does to a database, inside a transaction. */
export interface RestoreWrites {
  /**
   * Ends everything that was issued and could have been revoked since the backup: login sessions with their API keys, kube
   * credentials, grants, pending access requests, join tokens, agents' certificates, SCIM tokens, what the OAuth server keeps,
   * links and one-time rows, and what local users sign in with. Yields how many login sessions and grants that were.
   */
  endIssued(kept: KeptIssues): Promise<{ readonly loginSessions: number; readonly grants: number }>;
  /** Has changes go on behind `continuesAt`, and says so to servers that have seen the database before. */
  finish(restore: FinishedRestore): Promise<void>;
}
