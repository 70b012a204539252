import type { KubernetesStatus } from '../status.ts';
import { concatBytes, NO_BYTES } from './byte-queue.ts';
import { observeSpdyStreams } from './observed-spdy.ts';
import { formatErrorChannelStatus } from './remote-command.ts';
import { MAX_PADDING_BYTES, type SessionTracker, type UpgradeKind } from './session-end.ts';
import type { SessionObserver } from './session-observer.ts';
import { createSpdyBoundaryTracker, type SpdyBoundaryTracker } from './spdy-boundary.ts';
import { parseSpdyControl } from './spdy-control.ts';
import { encodeSpdyData, encodeSpdyFrame, SPDY_CONTROL, SPDY_FLAG_FIN, SPDY_HEADER_BYTES } from './spdy-frame.ts';
import { createHeaderBlockDecoder, createHeaderBlockEncoder, spdyHeader } from './spdy-header-block.ts';

/** A stream that the downstream opened. */
export interface SpdyStreamInfo {
  readonly id: number;
  /** Value of its `streamtype` header: `error`, `stdin`, `data` …; empty when it had none. */
  readonly streamType: string;
  /** The upstream has answered with SYN_REPLY. */
  readonly isReplied: boolean;
}

/** A {@link SessionTracker} for SPDY/3.1 that also knows the streams. */
export interface SpdySessionTracker extends SessionTracker {
  /** Streams that the downstream has opened and the upstream has neither half-closed nor reset. */
  readonly streams: ReadonlyMap<number, SpdyStreamInfo>;
  /** The direction towards the upstream, so that a carrier can skip payload. */
  readonly fromDownstream: SpdyBoundaryTracker;
}

/** Streams that may be open at once; a client beyond it is no longer followed. Port-forward opens two per connection. */
const MAX_STREAMS = 16_384;

/** Creates a tracker for an upgrade to SPDY/3.1. */
export function createSpdySessionTracker(kind: UpgradeKind, observer?: SessionObserver): SpdySessionTracker {
  const streams = new Map<number, { -readonly [K in keyof SpdyStreamInfo]: SpdyStreamInfo[K] }>();
  const blocks = createHeaderBlockDecoder();
  let lastStreamId = 0;
  let upstreamSentBlocks = false;
  let goneAway = false;
  let sawErrorStream = false;
  const observed = observer && observeSpdyStreams(kind, observer);

  const fromDownstream = createSpdyBoundaryTracker({
    ...observed?.fromDownstream,
    onControl(type, flags, body) {
      if (type === SPDY_CONTROL.rstStream) {
        const frame = parseSpdyControl(type, flags, body, blocks);
        if (frame?.type === 'rstStream') {
          streams.delete(frame.streamId);
          observed?.close(frame.streamId);
        }
        return;
      }
      if (type !== SPDY_CONTROL.synStream && type !== SPDY_CONTROL.headers) return;
      const frame = parseSpdyControl(type, flags, body, blocks);
      if (frame?.type !== 'synStream') return;
      if (streams.size >= MAX_STREAMS) throw new Error('too many streams');
      lastStreamId = frame.streamId;
      const streamType = spdyHeader(frame.headers, 'streamtype') ?? '';
      streams.set(frame.streamId, { id: frame.streamId, streamType, isReplied: false });
      sawErrorStream ||= streamType === 'error';
      observed?.open(frame.streamId, frame.headers);
    },
  });

  const fromUpstream = createSpdyBoundaryTracker({
    ...observed?.fromUpstream,
    onData(streamId, fin) {
      if (fin) streams.delete(streamId);
    },
    onControl(type, flags, body) {
      if (type === SPDY_CONTROL.goAway) goneAway = true;
      if (type === SPDY_CONTROL.synStream || type === SPDY_CONTROL.headers) upstreamSentBlocks = true;
      if (type !== SPDY_CONTROL.synReply && type !== SPDY_CONTROL.rstStream) return;
      const streamId = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0) & 0x7fffffff;
      const stream = streams.get(streamId);
      if (type === SPDY_CONTROL.synReply) {
        upstreamSentBlocks = true;
        if (stream) stream.isReplied = true;
      }
      if (type === SPDY_CONTROL.rstStream) observed?.close(streamId);
      if (type === SPDY_CONTROL.rstStream || (flags & SPDY_FLAG_FIN) !== 0) streams.delete(streamId);
    },
  });

  return {
    streams,
    fromDownstream,
    downstreamToUpstream: fromDownstream.push,
    upstreamToDownstream: fromUpstream.push,
    boundaryIn: fromUpstream.boundaryIn,
    get atBoundary() {
      return fromUpstream.atBoundary;
    },
    get isUnreadable() {
      return fromUpstream.broken || fromDownstream.broken;
    },
    get isReadyToEnd() {
      return kind !== 'remoteCommand' || fromDownstream.broken || goneAway || sawErrorStream;
    },
    pad() {
      if (fromUpstream.broken) return undefined;
      const current = fromUpstream.current;
      if (current === undefined) return NO_BYTES;
      const padding = paddingFor(current.header, current.remainingBytes);
      if (padding) fromUpstream.push(padding);
      return padding;
    },
    ending(status: KubernetesStatus) {
      if (goneAway) return NO_BYTES;
      const encoder = createHeaderBlockEncoder({ continuing: upstreamSentBlocks });
      const text = kind === 'remoteCommand' ? formatErrorChannelStatus(status) : Buffer.from(status.message ?? '');
      const frames: Uint8Array[] = [];
      // A client waits for the reply to each of its streams before it reads any of them.
      for (const stream of streams.values()) {
        if (stream.isReplied) continue;
        frames.push(encodeSpdyFrame({ type: 'synReply', streamId: stream.id, fin: false, headers: [] }, encoder));
      }
      for (const stream of streams.values()) {
        if (stream.streamType === 'error') frames.push(encodeSpdyData(stream.id, text, true));
      }
      frames.push(encodeSpdyFrame({ type: 'goAway', lastStreamId, status: 0 }, encoder));
      return concatBytes(frames);
    },
  };
}

/** Control frames that may be filled up with zeros: fixed fields without a header block. */
const FILLABLE = new Map<number, number>([
  [SPDY_CONTROL.rstStream, 8],
  [SPDY_CONTROL.ping, 4],
  [SPDY_CONTROL.goAway, 8],
  [SPDY_CONTROL.windowUpdate, 8],
]);

/**
 * Bytes that complete a frame of which `header` (1 to 8 bytes) and all but `remaining` of the body are out. DATA is
 * filled with NUL. A header block cut in the middle can't be completed, because the rest of its compressed form is not
 * ours to invent: `undefined`, and the connection has to be cut.
 */
function paddingFor(header: Uint8Array, remaining: number): Uint8Array | undefined {
  const isControl = ((header[0] as number) & 0x80) !== 0;
  if (header.length === SPDY_HEADER_BYTES) {
    const type = ((header[2] as number) << 8) | (header[3] as number);
    if (isControl && !FILLABLE.has(type) && type !== SPDY_CONTROL.settings) return undefined;
    return remaining > MAX_PADDING_BYTES ? undefined : new Uint8Array(remaining);
  }
  const whole = new Uint8Array(SPDY_HEADER_BYTES);
  if (isControl) {
    // Nothing but a PING of an id that nobody waits for: version and, where it is still open, the type.
    whole.set([0x80, 3, 0, SPDY_CONTROL.ping]);
    whole.set(header);
    const size = FILLABLE.get(((whole[2] as number) << 8) | (whole[3] as number));
    if (size === undefined) return undefined;
    if (header.length < SPDY_HEADER_BYTES) whole[7] = size;
  } else {
    whole.set(header);
  }
  const length = ((whole[5] as number) << 16) | ((whole[6] as number) << 8) | (whole[7] as number);
  if (length > MAX_PADDING_BYTES) return undefined;
  return concatBytes([whole.subarray(header.length), new Uint8Array(length)]);
}
