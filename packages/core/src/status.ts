/**
 * Kubernetes `Status` objects (meta/v1): what every failure on the kube path is answered with, because kubectl prints
 * the message of a JSON Status and loses that of most plain-text answers.
 */
export interface KubernetesStatus {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Success' | 'Failure';
  /** One good sentence. kubectl prints it as it is, newlines too. */
  readonly message?: string;
  /** Machine-readable reason of meta/v1, for example `Forbidden`. */
  readonly reason?: StatusReason;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
    readonly retryAfterSeconds?: number;
  };
  readonly code: number;
}

/** Reasons of meta/v1 that the project uses; each stands for one HTTP status. */
export type StatusReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'Conflict'
  | 'AlreadyExists'
  | 'Gone'
  | 'Expired'
  | 'Invalid'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServiceUnavailable'
  | 'Timeout'
  | 'NonZeroExitCode';

const STATUS_OF_REASON: Readonly<Record<StatusReason, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  Conflict: 409,
  AlreadyExists: 409,
  Gone: 410,
  Expired: 410,
  Invalid: 422,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
  NonZeroExitCode: 500,
};

/** What {@link failureStatus} takes besides the reason and message. */
export interface FailureStatusOptions {
  /** HTTP status, when it differs from the reason's own (502 has no reason of its own). */
  readonly code?: number;
  readonly details?: KubernetesStatus['details'];
}

/** Builds a `Failure` Status. The HTTP status follows from the reason unless `options.code` says otherwise. */
export function failureStatus(
  reason: StatusReason,
  message: string,
  options: FailureStatusOptions = {},
): KubernetesStatus {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(options.details && { details: options.details }),
    code: options.code ?? STATUS_OF_REASON[reason],
  };
}

/** Builds the `Success` Status that ends an exec on its error channel. */
export function successStatus(): Pick<KubernetesStatus, 'metadata' | 'status'> {
  return { metadata: {}, status: 'Success' };
}

/** Reads a Status out of parsed JSON; `undefined` when it is something else. */
export function parseStatus(value: unknown): KubernetesStatus | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const candidate = value as Record<string, unknown>;
  if (candidate['kind'] !== 'Status') return undefined;
  if (candidate['status'] !== 'Success' && candidate['status'] !== 'Failure') return undefined;
  return value as KubernetesStatus;
}
