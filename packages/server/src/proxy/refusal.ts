import { failureStatus, type KubernetesStatus, type RawHeaders, type StatusReason } from '@sallyport/core';
import type { ProxyErrorCode } from '../errors.ts';

/** Why the proxy answers by itself instead of forwarding. A value, not an error: refusals are expected outcomes. */
export interface Refusal {
  readonly code: ProxyErrorCode;
  /** One good sentence; kubectl prints it. */
  readonly message: string;
  /** Lines for a terminal that stand below the sentence: what can be done about it. Audit does not need them. */
  readonly advice?: readonly string[];
  /** Seconds after which the client may try again; kubectl then waits silently. Never on a denial. */
  readonly retryAfterSeconds?: number;
}

/** The refusal of a server that has lost its change feed. */
export const STALE: Refusal = {
  code: 'ERR_PROXY_SNAPSHOT_STALE',
  message: 'this server has lost touch with its database and makes no decisions until it is back.',
  retryAfterSeconds: 1,
};

/** HTTP status and Kubernetes reason of each code: the one place where codes become answers. */
function describe(code: ProxyErrorCode): { reason: StatusReason; status?: number } {
  switch (code) {
    case 'ERR_PROXY_CREDENTIAL_MISSING':
    case 'ERR_PROXY_CREDENTIAL_REFUSED':
    case 'ERR_PROXY_SESSION_ENDED':
      return { reason: 'Unauthorized' };
    case 'ERR_PROXY_REQUEST_AMBIGUOUS':
    case 'ERR_PROXY_UPGRADE_REFUSED':
    case 'ERR_PROXY_BODY_UNREADABLE':
      return { reason: 'BadRequest' };
    case 'ERR_PROXY_BODY_TOO_LARGE':
      return { reason: 'RequestEntityTooLarge' };
    case 'ERR_PROXY_BODY_UNSUPPORTED':
      return { reason: 'UnsupportedMediaType' };
    case 'ERR_PROXY_BODY_TIMEOUT':
      return { reason: 'Timeout', status: 408 };
    case 'ERR_PROXY_NOT_ACCEPTABLE':
      return { reason: 'NotAcceptable' };
    case 'ERR_PROXY_WATCH_EXPIRED':
      return { reason: 'Expired' };
    case 'ERR_PROXY_ANSWER_UNREADABLE':
    case 'ERR_PROXY_ANSWER_TOO_LARGE':
      return { reason: 'InternalError', status: 502 };
    case 'ERR_PROXY_HEADER_TOO_LARGE':
      return { reason: 'RequestEntityTooLarge', status: 431 };
    // Not 404: kubectl takes that in discovery for a server without the resource, and hides the sentence.
    case 'ERR_PROXY_CLUSTER_UNKNOWN':
    case 'ERR_PROXY_IMPERSONATION_REFUSED':
    case 'ERR_PROXY_NOT_FOR_BROWSERS':
    case 'ERR_PROXY_DENIED':
    case 'ERR_PROXY_STEP_UP_REQUIRED':
    case 'ERR_PROXY_RECORDING_UNAVAILABLE':
    case 'ERR_PROXY_RECORDING_FAILED':
    case 'ERR_PROXY_ACCESS_ENDED':
    case 'ERR_PROXY_SESSION_TERMINATED':
    case 'ERR_PROXY_SIGNER_REFUSED':
      return { reason: 'Forbidden' };
    case 'ERR_PROXY_AGENT_AWAY':
    case 'ERR_PROXY_ACCESS_PENDING':
    case 'ERR_PROXY_SNAPSHOT_STALE':
    case 'ERR_PROXY_AUDIT_UNAVAILABLE':
    case 'ERR_PROXY_BODIES_BUSY':
    case 'ERR_PROXY_SIGNER_AWAY':
    case 'ERR_PROXY_SERVER_STOPPING':
      return { reason: 'ServiceUnavailable' };
    case 'ERR_PROXY_RATE_LIMITED':
    case 'ERR_PROXY_TOO_MANY_STREAMS':
      return { reason: 'TooManyRequests' };
    case 'ERR_PROXY_TUNNEL_LOST':
    case 'ERR_PROXY_UPSTREAM_FAILED':
    case 'ERR_PROXY_AGENT_REFUSED':
    case 'ERR_PROXY_UPGRADE_FAILED':
      return { reason: 'InternalError', status: 502 };
    case 'ERR_PROXY_INTERNAL':
      return { reason: 'InternalError' };
  }
}

/** What a person reads: the sentence with the code, which is how one finds the error's page, and the advice below. */
export function refusalText({ message, code, advice = [] }: Refusal): string {
  return [`${message} [${code}]`, ...advice].join('\n');
}

/** The Kubernetes Status of a refusal. kubectl prints its message as it is, line breaks too, whatever the command. */
export function refusalStatus(refusal: Refusal): KubernetesStatus {
  const { reason, status } = describe(refusal.code);
  return failureStatus(reason, refusalText(refusal), {
    ...(status !== undefined && { code: status }),
    ...(refusal.retryAfterSeconds !== undefined && { details: { retryAfterSeconds: refusal.retryAfterSeconds } }),
  });
}

/** A whole answer of our own: status line, headers, body. */
export interface OwnAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

/**
 * Renders a refusal of a request for `target`. JSON, because kubectl loses the text of most plain-text answers; but plain
 * text where the list of API groups is asked for, since there it is the other way round: kubectl reads that answer raw.
 */
export function refusalAnswer(refusal: Refusal, target = ''): OwnAnswer {
  const status = refusalStatus(refusal);
  const asText = status.code === 403 && DISCOVERY.test(target);
  const body = Buffer.from(`${asText ? status.message : JSON.stringify(status)}\n`);
  const headers = [
    'Content-Type',
    asText ? 'text/plain; charset=utf-8' : 'application/json',
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
  ];
  if (refusal.retryAfterSeconds !== undefined) headers.push('Retry-After', String(refusal.retryAfterSeconds));
  return { status: status.code, headers, body };
}

const DISCOVERY = /^(?:\/k\/[^/]+\/[^/]+)?\/apis?(?:\?|$)/;
