import { z } from 'zod';
import { instant } from './instant.ts';
import { idSchema as id } from './names.ts';

/** A stream of the caller that ended before its time. */
export const endedStreamSchema = z.object({
  at: instant,
  clusterId: id('cluster'),
  cluster: z.string(),
  verb: z.string(),
  /** With its subresource, as rules name it: `pods/log`. Absent for what is no resource. */
  resource: z.string().optional(),
  namespace: z.string().optional(),
  name: z.string().optional(),
  /** `accessEnded`: the caller may it no longer, or the server stopped. `tunnelLost`: the way to the cluster was lost. */
  cause: z.enum(['accessEnded', 'tunnelLost']),
  /** The sentence that the client was told, as far as its protocol can tell one. */
  reason: z.string(),
});

/** What ended within the last hour, newest first. */
export const endedStreamListSchema = z.object({ items: z.array(endedStreamSchema) });

/** See {@link endedStreamSchema}. */
export type EndedStream = z.infer<typeof endedStreamSchema>;
/** See {@link endedStreamListSchema}. */
export type EndedStreamList = z.infer<typeof endedStreamListSchema>;
