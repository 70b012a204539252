import { z } from 'zod';
import { instant } from './instant.ts';
import { dnsLabelSchema } from './names.ts';

/** What a server's keys are for. Each purpose is a trust root of its own; `frontTls` is the CA of the front door and the agent gateway. */
export const KEY_PURPOSES = [
  'frontTls',
  'agentCa',
  'kubeCredential',
  'capability',
  'oauth',
  'cookie',
  'auditCheckpoint',
  'peerCa',
] as const;

/** What the keys of one organization are for: `userCa` is the CA of its people's client certificates. */
export const ORGANIZATION_KEY_PURPOSES = ['userCa'] as const;

/**
 * Where a key stands. `next` is trusted everywhere and signs nothing yet; `current` signs; `retired` is trusted until
 * `verifiesUntil`.
 */
export const KEY_PHASES = ['next', 'current', 'retired'] as const;

/** A key of the installation; never its secret. */
export const keySchema = z.object({
  purpose: z.enum([...KEY_PURPOSES, ...ORGANIZATION_KEY_PURPOSES]),
  /** Whose key it is, for purposes of which each organization has keys of its own. */
  organization: z.string().optional(),
  keyId: z.string(),
  phase: z.enum(KEY_PHASES),
  createdAt: instant,
  /** When it began to sign; of a next key, when it is meant to. */
  signsFrom: instant,
  /** When a retired key stops being trusted. */
  verifiesUntil: instant.optional(),
  /** When its successor is meant to sign. Absent for retired keys, and where keys rotate by command only. */
  rotatesAt: instant.optional(),
});

/** Keys by purpose, the signing one of each first. */
export const keyListSchema = z.object({ items: z.array(keySchema) });

/** What rotating a key takes. */
export const rotateKeysSchema = z
  .strictObject({
    /**
     * `announced` (the default) announces the new key for as long as the schedule does, so that nothing notices. `now`
     * announces it for 30 seconds. `emergency` lets it sign at once and voids everything that the former ones signed.
     */
    mode: z.enum(['announced', 'now', 'emergency']).default('announced'),
    /** Of which organization, for purposes of which each has keys of its own. Absent: of all that have any. */
    organization: dnsLabelSchema.optional(),
  })
  .default({ mode: 'announced' });

/** A key without its secret; see {@link keySchema}. */
export type KeyResource = z.infer<typeof keySchema>;
/** Keys of the installation; see {@link keyListSchema}. */
export type KeyList = z.infer<typeof keyListSchema>;
/** What rotating a key takes; see {@link rotateKeysSchema}. */
export type RotateKeys = z.infer<typeof rotateKeysSchema>;
