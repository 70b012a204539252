import { concatBytes } from './byte-queue.ts';
import { MAX_PADDING_BYTES, type SessionTracker } from './session-end.ts';
import type { SessionObserver } from './session-observer.ts';
import { createSpdySessionTracker } from './spdy-session.ts';
import { createWebSocketBoundaryTracker } from './websocket-boundary.ts';
import { applyMask, encodeClosePayload, encodeWebSocketFrame } from './websocket-frame.ts';
import { completeHeader } from './websocket-session.ts';

/**
 * Creates a tracker for port-forward over WebSocket, whose binary payloads form one byte stream of SPDY frames. Frame
 * borders of the two layers do not align, so an ending must complete both.
 */
export function createSpdyOverWebSocketTracker(observer?: SessionObserver): SessionTracker {
  const inner = createSpdySessionTracker('portForward', observer);

  const fromDownstream = createWebSocketBoundaryTracker((piece, { offset, mask }) => {
    // Payload of forwarded connections is passed over while still masked; only frame headers and streams are looked at.
    const skipped = Math.min(inner.fromDownstream.skippableBytes, piece.length);
    if (skipped > 0) inner.fromDownstream.skip(skipped);
    if (skipped === piece.length) return;
    // A copy that is one for Buffers too: their `slice` is a view, and the bytes go on upstream as they are.
    const rest = new Uint8Array(piece.subarray(skipped));
    if (mask) applyMask(rest, mask, offset + skipped);
    inner.fromDownstream.push(rest);
  });
  const fromUpstream = createWebSocketBoundaryTracker((piece) => inner.upstreamToDownstream(piece));

  return {
    downstreamToUpstream: fromDownstream.push,
    upstreamToDownstream: fromUpstream.push,
    boundaryIn: fromUpstream.boundaryIn,
    get atBoundary() {
      return fromUpstream.atBoundary;
    },
    get isUnreadable() {
      return fromUpstream.broken || fromDownstream.broken || inner.isUnreadable;
    },
    isReadyToEnd: true,
    pad() {
      if (fromUpstream.broken) return undefined;
      if (fromUpstream.atBoundary) return new Uint8Array(0);
      const { remainingBytes } = fromUpstream;
      if (remainingBytes > MAX_PADDING_BYTES) return undefined;
      const padding =
        remainingBytes > 0 ? new Uint8Array(remainingBytes) : completeHeader(fromUpstream.partialHeader, undefined);
      if (padding) fromUpstream.push(padding);
      return padding;
    },
    ending(status) {
      if (fromUpstream.closed) return new Uint8Array(0);
      const endOfMessage = fromUpstream.insideMessage ? [encodeWebSocketFrame('continuation', new Uint8Array(0))] : [];
      const spdyPadding = inner.pad();
      const spdy = spdyPadding ? concatBytes([spdyPadding, inner.ending(status)]) : new Uint8Array(0);
      const close = encodeClosePayload({ code: 1_000, reason: status.message ?? '' });
      return concatBytes([...endOfMessage, encodeWebSocketFrame('binary', spdy), encodeWebSocketFrame('close', close)]);
    },
  };
}
