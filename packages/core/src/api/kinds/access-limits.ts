import { z } from 'zod';

/** How much of a cluster's attention one principal may have; see `AccessLimits`. */
export const accessLimitsSchema = z
  .strictObject({
    /** Requests per second in the long run; more are answered 429 with `Retry-After`. */
    requestsPerSecond: z.number().min(0.1).max(100_000).optional(),
    /** Requests that may come at once after a rest. Default: what two seconds allow, at least one. */
    burst: z.int().min(1).max(1_000_000).optional(),
    /** Streams (watch, exec, attach, port-forward, followed logs) open at one time. */
    concurrentStreams: z.int().min(1).max(100_000).optional(),
    /** Bytes per second that answers may carry; more wait. */
    bytesOutPerSecond: z.int().min(1_024).max(1_000_000_000_000).optional(),
  })
  .refine(({ burst, requestsPerSecond }) => burst === undefined || requestsPerSecond !== undefined, {
    error: 'burst needs requestsPerSecond',
  });
