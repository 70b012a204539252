import type { z } from 'zod';
import type { OperationPermission } from '../permissions.ts';

/** One operation of the REST contract. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Template below `/api/v1`; parameters in braces. */
  readonly path: string;
  readonly summary: string;
  /** What the caller must be allowed. `each`: for each resource of the body, what changing it alone would demand. */
  readonly permission: OperationPermission | 'each';
  /** What is the caller's own is answered without `permission`, to a login as fresh and as strong as the settings demand. */
  readonly isOwnFree?: true;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Absent: 204 without a body. */
  readonly response?: z.ZodType;
  /**
   * Given: the answer is text, sent piece by piece, in one of these media types by the values of the query parameter `format`;
   * `response` is a string then.
   */
  readonly formats?: Readonly<Record<string, string>>;
  /** Beside `formats`: server-sent events, which go on until either side ends them. Takes `Last-Event-ID`. */
  readonly isEventStream?: true;
  /** Status of success. */
  readonly status: 200 | 201 | 204;
  /** Takes an `Idempotency-Key`: the same key with the same request is carried out once, and answered alike for 24 hours. */
  readonly isIdempotent?: true;
  /** Takes `If-Match` with a resource version in quotes: refused with 412 when the resource has another one by now. */
  readonly isConditional?: true;
  /** Largest body in bytes, where it is not that of the others (1 MiB). */
  readonly maxBodyBytes?: number;
}
