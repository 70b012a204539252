/**
 * Codecs of the streams that kubectl opens beside plain HTTP: WebSocket (RFC 6455), SPDY/3.1, and the remote command
 * channels on top of them. Bytes in, frames out: no sockets, no timers.
 *
 * To end an exec, attach, port-forward or watch so that kubectl says why, use {@link createUpgradeTracker}. To read a
 * session, use {@link createWebSocketMessageDecoder} or {@link createSpdyDecoder}. Compression extensions of WebSocket
 * and flow control of SPDY are left out: kubectl and kube-apiserver use neither.
 *
 * @packageDocumentation
 */
export type { ExitStatus, RemoteCommandStream, RemoteCommandSubprotocol, TerminalSize } from './remote-command.ts';
export {
  encodeChannelMessage,
  exitCodeStatus,
  formatErrorChannelStatus,
  formatTerminalSize,
  parseExitStatus,
  parseTerminalSize,
  REMOTE_COMMAND_CHANNEL,
  REMOTE_COMMAND_SUBPROTOCOLS,
  remoteCommandSubprotocol,
  SPDY_PORT_FORWARD_SUBPROTOCOL,
} from './remote-command.ts';
export type { UpgradeKind } from './session-end.ts';
export type { SessionObserver } from './session-observer.ts';
export type { SpdyBoundaryTracker, SpdyFrameListener } from './spdy-boundary.ts';
export { createSpdyBoundaryTracker } from './spdy-boundary.ts';
export type { SpdyDecoder, SpdyDecoderOptions } from './spdy-decoder.ts';
export { createSpdyDecoder } from './spdy-decoder.ts';
export type { SpdyFrame } from './spdy-frame.ts';
export { encodeSpdyData, encodeSpdyFrame } from './spdy-frame.ts';
export type { HeaderBlockDecoder, HeaderBlockEncoder, HeaderBlockLimits, SpdyHeaders } from './spdy-header-block.ts';
export { createHeaderBlockDecoder, createHeaderBlockEncoder, spdyHeader } from './spdy-header-block.ts';
export type { UpgradeTracker, UpgradeTrackerOptions } from './upgrade-tracker.ts';
export { createUpgradeTracker, isObservable } from './upgrade-tracker.ts';
export type { PayloadListener, PayloadPosition, WebSocketBoundaryTracker } from './websocket-boundary.ts';
export { createWebSocketBoundaryTracker } from './websocket-boundary.ts';
export type { WebSocketDecoder, WebSocketDecoderOptions } from './websocket-decoder.ts';
export { createWebSocketDecoder } from './websocket-decoder.ts';
export type { WebSocketClose, WebSocketEncodeOptions, WebSocketFrame, WebSocketOpcode } from './websocket-frame.ts';
export { encodeClosePayload, encodeWebSocketFrame, parseClosePayload } from './websocket-frame.ts';
export {
  BEARER_SUBPROTOCOL_PREFIX,
  isWebSocketKey,
  parseSubprotocols,
  webSocketAccept,
  withoutBearerSubprotocols,
} from './websocket-handshake.ts';
export type {
  WebSocketMessage,
  WebSocketMessageDecoder,
  WebSocketMessageDecoderOptions,
} from './websocket-message.ts';
export { createWebSocketMessageDecoder } from './websocket-message.ts';
