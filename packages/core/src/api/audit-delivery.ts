import { z } from 'zod';
import { instant } from './instant.ts';

/** How one sink or witness does in one log. */
export const auditReceiverSchema = z.object({
  type: z.enum(['sink', 'witness']),
  name: z.string(),
  /** Whose sink it is; absent of those of the server's configuration. */
  organization: z.string().optional(),
  /** Organization id, or `installation`. */
  log: z.string(),
  /** `refusing`: a sink that is required, behind its bounds, and requests are refused for it. */
  state: z.enum(['delivering', 'failing', 'refusing']),
  /** Events of the log that it does not have; of a witness, that the newest checkpoint it has does not cover. */
  eventsBehind: z.int().nonnegative(),
  /** When the first event happened that a sink does not have. */
  waitingSince: instant.optional(),
  /** When it took something last. */
  lastDeliveredAt: instant.optional(),
  /** Since when it takes nothing. */
  failingSince: instant.optional(),
  /** Why a sink did not take something, while it fails. */
  lastError: z.string().optional(),
});

/** How all sinks and witnesses of an installation do; disabled sinks are left out. */
export const auditDeliverySchema = z.object({ items: z.array(auditReceiverSchema) });

/** Media types of figures for monitoring. */
export const AUDIT_METRICS_FORMATS = { openmetrics: 'application/openmetrics-text; version=1.0.0' } as const;

/** How one sink or witness does in one log; see {@link auditReceiverSchema}. */
export type AuditReceiver = z.infer<typeof auditReceiverSchema>;
/** How all of them do; see {@link auditDeliverySchema}. */
export type AuditDelivery = z.infer<typeof auditDeliverySchema>;
