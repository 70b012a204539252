import { z } from 'zod';
import { saidSchema } from './access-requests.ts';
import { instant } from './instant.ts';
import { idSchema as id } from './names.ts';
import { MAX_PAGE_SIZE } from './resource.ts';

/** What was recorded; of a port-forward only that it was, and how many bytes went where. */
export const SESSION_KINDS = ['exec', 'attach', 'portForward'] as const;

/**
 * Where a recording stands: under way; whole; cut short because its server was gone; or with something missing that could not be
 * stored while the session went on.
 */
export const SESSION_STATES = ['recording', 'complete', 'interrupted', 'incomplete'] as const;

const word = z.string().min(1).max(253);

/** A session that was recorded, or is. */
export const sessionSchema = z.object({
  id: id('sessionRecording'),
  /** The proxied request that opened it: `request.id` of its audit events. */
  requestId: z.string(),
  user: z.string(),
  principalId: id('principal'),
  cluster: z.string(),
  clusterId: id('cluster'),
  kind: z.enum(SESSION_KINDS),
  namespace: z.string(),
  pod: z.string(),
  container: z.string().optional(),
  /** Of exec. */
  command: z.array(z.string()).optional(),
  isTty: z.boolean(),
  /** It was to be recorded or not to be. */
  isRequired: z.boolean(),
  /** What was typed is recorded too. */
  hasStdin: z.boolean(),
  state: z.enum(SESSION_STATES),
  /** Why the recording is not whole. */
  reason: z.string().optional(),
  /** Of the command, where it said so. */
  exitCode: z.int().optional(),
  /** Why the session ended, when it was neither the command's end nor the caller's. */
  failure: z.string().optional(),
  startedAt: instant,
  endedAt: instant.optional(),
  /** Of the asciicast. */
  bytes: z.int().min(0),
  chunkCount: z.int().min(0),
  /** Head of the hash chain over the stored chunks, lower-case hex; the audit log holds it too. */
  headSha256: z.string(),
  /** Of a port-forward. */
  ports: z
    .array(
      z.object({
        port: z.int(),
        connectionCount: z.int().min(0),
        /** To the pod. */
        bytesReceived: z.int().min(0),
        /** From the pod. */
        bytesSent: z.int().min(0),
      }),
    )
    .optional(),
});

const filters = {
  /** User name. */
  user: z.string().min(1).max(320).optional(),
  cluster: word.optional(),
  namespace: word.optional(),
  pod: word.optional(),
  kind: z.enum(SESSION_KINDS).optional(),
  state: z.enum(SESSION_STATES).optional(),
  /** Those that began at this instant or later. */
  from: instant.optional(),
  /** Those that began before this instant. */
  to: instant.optional(),
};

/** Query of a listing of sessions. */
export const sessionListQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(100),
  /** `metadata.continue` of the page before, unchanged. */
  continue: z.string().max(1_024).optional(),
  ...filters,
});

/** A page of sessions, newest first. */
export const recordedSessionListSchema = z.object({
  items: z.array(sessionSchema),
  metadata: z.object({
    /** Where the next page goes on; absent on the last one. */
    continue: z.string().optional(),
    totalCount: z.int().min(0),
  }),
});

/** Most sessions of one page of a search. */
export const MAX_SEARCH_PAGE_SIZE = 50;

/** Query of a search of what was printed. */
export const sessionSearchQuerySchema = z.strictObject({
  /** Words that must all have been printed, in any letter case; those in double quotes next to one another. */
  q: z.string().min(1).max(512),
  limit: z.coerce.number().int().min(1).max(MAX_SEARCH_PAGE_SIZE).default(20),
  continue: z.string().max(1_024).optional(),
  ...filters,
});

/** What a search found, newest session first. */
export const sessionHitListSchema = z.object({
  items: z.array(
    z.object({
      session: sessionSchema,
      /** The first places where one of the words was printed. */
      matches: z.array(
        z.object({
          /** Seconds since the session began. */
          atSeconds: z.number().min(0),
          /** The line, without anything that acts on a terminal, at most 160 characters. */
          text: z.string(),
        }),
      ),
    }),
  ),
  metadata: z.object({ continue: z.string().optional() }),
});

/** Query of a recording: which part of it, by time. Without either, all of it. */
export const recordingQuerySchema = z.strictObject({
  /** Only what happened at this time or later, in seconds since the session began. The header comes all the same. */
  fromSeconds: z.coerce.number().min(0).optional(),
  /** Only what happened at this time or before, in seconds since the session began. */
  toSeconds: z.coerce.number().min(0).optional(),
});

/** Ends a session that runs. */
export const terminateSessionSchema = z.strictObject({
  /** Why; whoever is in the session is told. */
  reason: saidSchema.max(256),
});

/** A session that was recorded, or is. */
export type SessionResource = z.output<typeof sessionSchema>;
/** See {@link recordedSessionListSchema}. */
export type RecordedSessionList = z.output<typeof recordedSessionListSchema>;
/** See {@link sessionListQuerySchema}. */
export type SessionListQuery = z.output<typeof sessionListQuerySchema>;
/** See {@link sessionSearchQuerySchema}. */
export type SessionSearchQuery = z.output<typeof sessionSearchQuerySchema>;
/** See {@link recordingQuerySchema}. */
export type RecordingQuery = z.output<typeof recordingQuerySchema>;
/** See {@link sessionHitListSchema}. */
export type SessionHitList = z.output<typeof sessionHitListSchema>;
