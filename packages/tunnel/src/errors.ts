import { CodedError, type CodedErrorOptions } from '@sallyport/core';

/** Codes of `@sallyport/tunnel`. */
export type TunnelErrorCode =
  /** The tunnel is closed: by either end, by a lost link or by a missed keepalive. */
  | 'ERR_TUNNEL_CLOSED'
  /** The tunnel drains and takes no new streams. */
  | 'ERR_TUNNEL_DRAINING'
  /** A frame declares more payload than the limit. */
  | 'ERR_TUNNEL_FRAME_TOO_LARGE'
  /** A frame is malformed, or not allowed in the state of its stream. */
  | 'ERR_TUNNEL_PROTOCOL'
  /** The peer sent more than the credit it had. */
  | 'ERR_TUNNEL_FLOW_CONTROL'
  /** The peer missed its keepalives. */
  | 'ERR_TUNNEL_KEEPALIVE'
  /** More streams are open than the limit. */
  | 'ERR_TUNNEL_TOO_MANY_STREAMS'
  /** The peer reset the stream; `resetCode` says why. */
  | 'ERR_TUNNEL_STREAM_RESET'
  /** The HTTP/2 windows in force are below the required ones (see `PROTOCOL.md`, "gRPC link"). */
  | 'ERR_TUNNEL_WINDOW_TOO_SMALL'
  /** A limit in the options is not a positive whole number, or too small to work. */
  | 'ERR_TUNNEL_LIMIT_INVALID'
  /** The link could not be dialled. */
  | 'ERR_TUNNEL_DIAL'
  /** The server knows no such link: it is older, or offers gRPC alone. */
  | 'ERR_TUNNEL_LINK_UNKNOWN'
  /** The gateway refused the peer's certificate, or what the peer does. */
  | 'ERR_TUNNEL_PEER_REFUSED'
  /** A PEM bundle has a block that is not a certificate, or none at all. */
  | 'ERR_TUNNEL_CERTIFICATE_MALFORMED';

/** Why a stream is reset; the numbers stand in `PROTOCOL.md`. */
export type ResetCode =
  | 'cancelled'
  | 'refused'
  | 'internal'
  | 'upstreamUnreachable'
  | 'upstreamReset'
  | 'capabilityRefused'
  | 'capabilityExpired'
  | 'accessEnded'
  | 'headTooLarge'
  | 'tunnelLost';

/** Error of `@sallyport/tunnel`. */
export class TunnelError extends CodedError<TunnelErrorCode> {
  /** Set with `ERR_TUNNEL_STREAM_RESET`. */
  readonly resetCode: ResetCode | undefined;

  constructor(options: CodedErrorOptions<TunnelErrorCode> & { readonly resetCode?: ResetCode }) {
    super(options);
    this.resetCode = options.resetCode;
  }
}
