import { z } from 'zod';
import { instant } from './instant.ts';

const size = z.int().nonnegative();
const hash = z.string().describe('SHA-256, hexadecimal');

/** Which log is meant: that of the organization, or the one of what belongs to none. */
export const auditLogQuerySchema = z.strictObject({
  log: z.enum(['organization', 'installation']).default('organization'),
});

/** A signed state of a log. */
export const auditCheckpointSchema = z.object({
  /** Organization id, or `installation`. */
  log: z.string(),
  /** Entries that it covers. */
  size,
  at: instant,
  /** C2SP tlog-checkpoint, as a signed note. */
  note: z.string(),
});

/** Which checkpoints are listed. */
export const auditCheckpointsQuerySchema = z.strictObject({
  ...auditLogQuerySchema.shape,
  /** Only those of more entries. */
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().positive().max(1_000).default(100),
});

/** Checkpoints, smallest first: the last of each hour, and the newest. */
export const auditCheckpointListSchema = z.object({ items: z.array(auditCheckpointSchema) });

/** One tile of a log's tree (C2SP tlog-tiles). */
export const auditTileSchema = z.object({
  level: size,
  index: size,
  /** Hashes of 32 bytes, one after the other, Base64. */
  hashes: z.string(),
});

/** Of which tree a proof is wanted. */
export const auditInclusionQuerySchema = z.strictObject({
  ...auditLogQuerySchema.shape,
  /** Entries of the tree; that of the newest checkpoint when absent. */
  size: z.coerce.number().int().positive().optional(),
});

/** Proof that an event is in its log (RFC 9162, section 2.1.3). */
export const auditInclusionSchema = z.object({
  log: z.string(),
  index: size,
  size,
  /** Hexadecimal; the leaf is `SHA-256(0x00 || SHA-256(salt || canonical JSON of the event))`. */
  salt: z.string(),
  event: z.record(z.string(), z.unknown()),
  leaf: hash,
  proof: z.array(hash),
  root: hash,
  /** The newest checkpoint, where `size` is its size. */
  checkpoint: z.string().optional(),
});

/** Between which trees a proof is wanted. */
export const auditConsistencyQuerySchema = z.strictObject({
  ...auditLogQuerySchema.shape,
  first: z.coerce.number().int().nonnegative(),
  second: z.coerce.number().int().nonnegative(),
});

/** Proof that one tree is the start of another (RFC 9162, section 2.1.4). */
export const auditConsistencySchema = z.object({
  log: z.string(),
  first: size,
  firstRoot: hash,
  second: size,
  secondRoot: hash,
  proof: z.array(hash),
});

/** What of a log is exported. */
export const auditBundleQuerySchema = z.strictObject({
  ...auditLogQuerySchema.shape,
  /** Whether stored recordings are compared with the hashes that the log holds of them: each of their chunks is read for it. */
  recordings: z.enum(['compare', 'skip']).default('skip'),
  format: z.enum(['ndjson']).default('ndjson'),
});

/** Media types of bundles. */
export const AUDIT_BUNDLE_FORMATS = { ndjson: 'application/x-ndjson' } as const;

/** Public keys that checkpoints are verified with, for ever. */
export const auditKeyListSchema = z.object({
  items: z.array(
    z.object({
      /** Verifier key of C2SP signed-note: `name+id+base64`. */
      key: z.string(),
      name: z.string(),
      keyId: z.string(),
      signsFrom: instant,
      /** When another one signed in its place. Absent of the one that signs, and of one that is announced. */
      signsUntil: instant.optional(),
    }),
  ),
});

/** A signed state of a log; see {@link auditCheckpointSchema}. */
export type AuditCheckpoint = z.infer<typeof auditCheckpointSchema>;
/** Checkpoints; see {@link auditCheckpointListSchema}. */
export type AuditCheckpointList = z.infer<typeof auditCheckpointListSchema>;
/** A tile; see {@link auditTileSchema}. */
export type AuditTile = z.infer<typeof auditTileSchema>;
/** Proof that an event is in its log; see {@link auditInclusionSchema}. */
export type AuditInclusion = z.infer<typeof auditInclusionSchema>;
/** Proof between two trees; see {@link auditConsistencySchema}. */
export type AuditConsistency = z.infer<typeof auditConsistencySchema>;
/** Public keys; see {@link auditKeyListSchema}. */
export type AuditKeyList = z.infer<typeof auditKeyListSchema>;
