import { z } from 'zod';

/** Media type of {@link Problem} documents (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Codes that the REST API answers with. Stable; clients switch on them, never on `title` or `detail`. */
export type ApiProblemCode =
  /** No access token, or one that is not valid here and now: wrong kind, expired, logged out, not bound to the key. */
  | 'ERR_API_UNAUTHENTICATED'
  /** The principal is known, and none of its roles allows the operation. */
  | 'ERR_API_FORBIDDEN'
  /** There is no such thing, or the caller may not know of it. */
  | 'ERR_API_NOT_FOUND'
  /** The path exists, the method does not; `Allow` lists those that do. */
  | 'ERR_API_METHOD_NOT_ALLOWED'
  /** Body, path or query break the contract; `problems` lists where. */
  | 'ERR_API_REQUEST_INVALID'
  /** The body is larger than the limit. */
  | 'ERR_API_BODY_TOO_LARGE'
  /** The body is not `application/json`. */
  | 'ERR_API_MEDIA_TYPE'
  /** A browser sent the request from a foreign site. */
  | 'ERR_API_CROSS_SITE'
  /** A WebSocket carries no ticket of its session for its address, or one that was used or has expired. */
  | 'ERR_API_TICKET_REFUSED'
  /** The name is taken, or somebody else changed the resource meanwhile: `metadata.resourceVersion` is no longer its own. */
  | 'ERR_API_CONFLICT'
  /** `If-Match` names another version than the resource has by now. */
  | 'ERR_API_PRECONDITION'
  /** The `Idempotency-Key` was used for another request. */
  | 'ERR_API_IDEMPOTENCY'
  /** The resource is still referred to by others, which the sentence names. */
  | 'ERR_API_IN_USE'
  /** The change would hand out more than the caller holds; the sentence names what is missing. */
  | 'ERR_API_EXCEEDS_AUTHORITY'
  /** The change would leave the organization without an owner. */
  | 'ERR_API_LAST_OWNER'
  /** No request policy lets the caller ask for this, or not so; the sentence says what stands against it. */
  | 'ERR_API_NOT_REQUESTABLE'
  /** The caller may see the access request and does not review it: it is their own, or they are none of its reviewers. */
  | 'ERR_API_REVIEW_REFUSED'
  /** The access request is not what the reviewer saw: `contentSha256` is another by now. */
  | 'ERR_API_CONTENT_CHANGED'
  /** The resource comes with Sallyport, or from its configuration, and can't be changed here. */
  | 'ERR_API_READ_ONLY'
  /** A limit of the installation or organization is reached. */
  | 'ERR_API_LIMIT'
  /** The operation demands a fresher or stronger login than this session has (RFC 9470). */
  | 'ERR_API_STEP_UP_REQUIRED'
  /** Too many requests; `Retry-After` tells when to come back. */
  | 'ERR_API_TOO_MANY_REQUESTS'
  /** The server has no fresh view of its database and decides nothing until it has one. */
  | 'ERR_API_STALE'
  /** What was recorded of a session can not be read: where its chunks lie is not set up on this server, or does not answer. */
  | 'ERR_API_RECORDING_UNREADABLE'
  /** The server failed; its log has the cause under the request id. */
  | 'ERR_API_INTERNAL';

/** A problem document of RFC 9457, as every failure of the REST API is answered. */
export const problemSchema = z.object({
  /** Link to the reference entry of `code`. */
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  /** One sentence about this occurrence. */
  detail: z.string(),
  /** Stable code: an {@link ApiProblemCode}, or one that a newer server knows. */
  code: z.string(),
  /** What the reader can do now. */
  nextStep: z.string().optional(),
  /** The same link as `type`, when documentation has a base address. */
  docs: z.string().optional(),
  /** Where a request broke the contract. */
  problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** A problem document of RFC 9457. */
export type Problem = z.infer<typeof problemSchema>;
