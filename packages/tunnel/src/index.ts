/**
 * A multiplexed, flow-controlled tunnel: many streams over one link.
 *
 * Start with {@link createTunnel} over a link from `@sallyport/tunnel/grpc` or `/memory`; for HTTP requests use
 * `/http`, to join streams with Node's use `/node`. Authentication is the link's business and the HELLO payload is
 * opaque here. `PROTOCOL.md` specifies the wire.
 *
 * @packageDocumentation
 */
export type { Backoff, BackoffOptions } from './backoff.ts';
export { createBackoff } from './backoff.ts';
export { createTunnel } from './create-tunnel.ts';
export type { FrameDecoder, FrameSink } from './decode.ts';
export { createFrameDecoder } from './decode.ts';
export type { Frame } from './encode.ts';
export { encodeFrame } from './encode.ts';
export type { ResetCode, TunnelErrorCode } from './errors.ts';
export { TunnelError } from './errors.ts';
export { FrameType, PROTOCOL_VERSION } from './frame.ts';
export type { TunnelLimits } from './limits.ts';
export { DEFAULT_TUNNEL_LIMITS } from './limits.ts';
export type { Link } from './link.ts';
export { relayStream } from './relay.ts';
export type { StreamHandler, Tunnel, TunnelOptions, TunnelStream } from './tunnel.ts';
export type { WindowBudget } from './window-budget.ts';
export { createWindowBudget } from './window-budget.ts';
