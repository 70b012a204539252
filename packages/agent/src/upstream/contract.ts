import type { Impersonation, RawHeaders, Secret } from '@sallyport/core';
import type { ResponseHead } from '@sallyport/tunnel/http';
import type { AgentError } from '../errors.ts';

/** Protocols that a request may be upgraded to. */
export type UpgradeProtocol = 'websocket' | 'SPDY/3.1';

/** Who a request acts as: somebody who is impersonated, or the holder of a token. */
export type UpstreamIdentity = Impersonation | TokenIdentity;

/** A request that is made with a credential of its own, in place of the agent's. */
export interface TokenIdentity {
  readonly token: Secret;
}

/** One request on somebody's behalf. It can't be built without an identity. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Forwardable header lines: no identity, no credential, no hop-by-hop field. */
  readonly headers: RawHeaders;
  /** Who the request acts as. The upstream writes these lines last, after its own credential. */
  readonly as: UpstreamIdentity;
  /** `sized` when `headers` has the Content-Length. */
  readonly body: 'none' | 'sized' | 'chunked';
  /** Asks for a switch of protocols. */
  readonly upgrade?: UpgradeProtocol;
  /** Stays open: a watch or a log that is followed. Such requests share connections where they can. */
  readonly isLongRunning: boolean;
}

/** What happens to a request. After `onEnd` or `onError` nothing more is called. */
export interface UpstreamHandler {
  /** The answer begins. Status 101 only in answer to an upgrade: bytes are raw both ways from then on. */
  onHead(head: ResponseHead): void;
  onData(chunk: Buffer): void;
  onEnd(trailers: RawHeaders): void;
  /** `ERR_AGENT_UPSTREAM_UNREACHABLE` before the answer began, `ERR_AGENT_UPSTREAM_RESET` after. */
  onError(error: AgentError): void;
}

/** Handle of a request that is under way. */
export interface UpstreamCall {
  /** Sends bytes of the body, or of the pipe after an upgrade. `taken` is called once the connection has them. */
  write(chunk: Uint8Array, taken: () => void): void;
  /** Half-closes our direction. */
  end(): void;
  /** Stops and restarts `onData`. */
  pause(): void;
  resume(): void;
  /** Gives the request up at once; nothing more is called. Idempotent. */
  destroy(): void;
}

/** A request that the agent makes as itself, never on behalf of a principal. */
export interface OwnRequest {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Media types that the answer may have. Default `application/json`. */
  readonly accept?: string;
  /** Asks on behalf of this identity, for what somebody may do. Default: as the agent itself. */
  readonly as?: UpstreamIdentity;
  /** Longest time until the answer is there, in milliseconds; the request is given up then. Default: that of any request. */
  readonly timeoutMs?: number;
}

/** Answer to an {@link OwnRequest}. */
export interface OwnResponse {
  readonly status: number;
  /** Parsed JSON; `undefined` when the body is none. */
  readonly body: unknown;
}

/** The one kube-apiserver that an agent speaks to. */
export interface KubeUpstream {
  /** `https://host:port`, the only origin that is ever dialled. */
  readonly origin: string;
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
  /**
   * Sends a request as the agent. The identity store, the probe, the attestation, the keeping of access and the uninstalling use it,
   * nothing that a principal asks for.
   * @throws AgentError `ERR_AGENT_UPSTREAM_UNREACHABLE`, `ERR_AGENT_UPSTREAM_RESET`
   */
  sendAsAgent(request: OwnRequest): Promise<OwnResponse>;
  /** Destroys every connection. Idempotent. */
  close(): void;
}
