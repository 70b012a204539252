import type { AuditOutcome } from '@sallyport/audit';
import { TunnelError } from '@sallyport/tunnel';
import type { Refusal } from './refusal.ts';

/** How a stream that the tunnel ended is told to the downstream and to audit. */
export interface Failure {
  readonly refusal: Refusal;
  readonly ended: AuditOutcome['ended'];
}

/** Translates the end of a tunnel stream. `cluster` is the name that the caller knows the cluster by. */
export function describeFailure(error: TunnelError, cluster: string): Failure {
  switch (error.resetCode) {
    case undefined:
    case 'tunnelLost':
      return {
        refusal: {
          code: 'ERR_PROXY_TUNNEL_LOST',
          message: `the connection to the agent of cluster "${cluster}" was lost while the request was under way. It was not repeated; check its effect before you run it again.`,
        },
        ended: 'tunnelLost',
      };
    case 'capabilityRefused':
      return {
        refusal: {
          code: 'ERR_PROXY_AGENT_REFUSED',
          message: `the agent of cluster "${cluster}" refused the request: ${error.message}.`,
        },
        ended: 'reset',
      };
    case 'capabilityExpired':
    case 'accessEnded':
      return {
        refusal: {
          code: 'ERR_PROXY_ACCESS_ENDED',
          message: 'access has ended. Run the command again if you still may.',
        },
        ended: 'accessEnded',
      };
    case 'headTooLarge':
      return {
        refusal: { code: 'ERR_PROXY_HEADER_TOO_LARGE', message: `the header is too large: ${error.message}.` },
        ended: 'reset',
      };
    case 'refused':
      // Nothing of it went on, so it may be tried again: by another server, or once the agent has another tunnel.
      return {
        refusal: {
          code: 'ERR_PROXY_AGENT_AWAY',
          message: `the agent of cluster "${cluster}" takes no request at this moment: ${error.message}.`,
          retryAfterSeconds: 1,
        },
        ended: 'reset',
      };
    case 'upstreamUnreachable':
    case 'upstreamReset':
    case 'cancelled':
    case 'internal':
      return {
        refusal: {
          code: 'ERR_PROXY_UPSTREAM_FAILED',
          message: `the agent of cluster "${cluster}" could not complete the request: ${error.message}.`,
        },
        ended: 'reset',
      };
  }
}

/** Says why a tunnel took no stream for a request. Nothing went upstream, so it may be tried again. */
export function describeUnopened(error: unknown, cluster: string): Refusal {
  const code = error instanceof TunnelError ? error.code : undefined;
  const { message } = error as Error;
  switch (code) {
    case 'ERR_TUNNEL_FRAME_TOO_LARGE':
      return {
        code: 'ERR_PROXY_HEADER_TOO_LARGE',
        message: `headers and groups of the request are more than the tunnel carries: ${message}.`,
      };
    case 'ERR_TUNNEL_PROTOCOL':
      return { code: 'ERR_PROXY_REQUEST_AMBIGUOUS', message: `the request can not be carried: ${message}.` };
    case 'ERR_TUNNEL_CLOSED':
    case 'ERR_TUNNEL_DRAINING':
    case 'ERR_TUNNEL_TOO_MANY_STREAMS':
      return {
        code: 'ERR_PROXY_AGENT_AWAY',
        message: `the agent of cluster "${cluster}" takes no request at this moment: ${message}.`,
        retryAfterSeconds: 1,
      };
    default:
      return { code: 'ERR_PROXY_INTERNAL', message: 'the request could not be opened.' };
  }
}
