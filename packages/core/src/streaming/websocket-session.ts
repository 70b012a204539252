import type { KubernetesStatus } from '../status.ts';
import { concatBytes, NO_BYTES } from './byte-queue.ts';
import { type ObservedChannels, observePortForward, observeRemoteCommand } from './observed-channels.ts';
import {
  encodeChannelMessage,
  formatErrorChannelStatus,
  REMOTE_COMMAND_CHANNEL,
  type RemoteCommandSubprotocol,
} from './remote-command.ts';
import { MAX_PADDING_BYTES, type SessionTracker, type UpgradeKind } from './session-end.ts';
import type { SessionObserver } from './session-observer.ts';
import { createWebSocketBoundaryTracker } from './websocket-boundary.ts';
import { webSocketHeaderBytes, webSocketPayloadLength } from './websocket-decoder.ts';
import { encodeClosePayload, encodeWebSocketFrame, isControlOpcode } from './websocket-frame.ts';

/** What {@link createWebSocketSessionTracker} needs to know. */
export interface WebSocketSessionOptions {
  readonly kind: UpgradeKind;
  /** How channels are written; for exec, attach and the channel form of port-forward. */
  readonly channels: RemoteCommandSubprotocol | undefined;
  readonly observer?: SessionObserver;
}

const NORMAL_CLOSURE = 1_000;
const BASE64_ZERO = 0x41;
const ASCII_ZERO = 0x30;

/** Creates a tracker for an upgrade to WebSocket whose messages are channels, watch events or text. */
export function createWebSocketSessionTracker(options: WebSocketSessionOptions): SessionTracker {
  const { kind, channels, observer } = options;
  const base64 = channels?.base64 ?? false;
  const errorChannels = new Set<number>();
  let statusSent = false;

  const observed = observer && observe(kind, channels, observer);
  const fromUpstream = createWebSocketBoundaryTracker((piece, position) => {
    observed?.fromUpstream.piece(piece, position);
    if (position.offset > 0 || position.continuation || channels === undefined) return;
    const channel = base64 ? (piece[0] as number) - ASCII_ZERO : (piece[0] as number);
    if (kind === 'remoteCommand' && channel === REMOTE_COMMAND_CHANNEL.error) statusSent = true;
    if (kind === 'portForward' && channel % 2 === 1) errorChannels.add(channel);
  }, observed?.fromUpstream.frame);
  const fromDownstream =
    observed && createWebSocketBoundaryTracker(observed.fromDownstream.piece, observed.fromDownstream.frame);

  function channelFrame(channel: number, payload: Uint8Array): Uint8Array {
    if (!base64) return encodeWebSocketFrame('binary', encodeChannelMessage(channel, payload));
    const text = String.fromCharCode(ASCII_ZERO + channel) + Buffer.from(payload).toString('base64');
    return encodeWebSocketFrame('text', Buffer.from(text));
  }

  function lastWords(status: KubernetesStatus): Uint8Array[] {
    const text = Buffer.from(status.message ?? '');
    switch (kind) {
      case 'remoteCommand':
        if (statusSent) return [];
        return [
          channelFrame(
            REMOTE_COMMAND_CHANNEL.error,
            channels?.statusObject === false ? text : formatErrorChannelStatus(status),
          ),
        ];
      case 'portForward':
        return [...errorChannels].map((channel) => channelFrame(channel, text));
      case 'watch':
        return [encodeWebSocketFrame('text', Buffer.from(JSON.stringify({ type: 'ERROR', object: status })))];
      case 'other':
        return [];
    }
  }

  return {
    // Only the direction towards the downstream is written to, so only its frames matter, unless somebody looks on.
    downstreamToUpstream(chunk) {
      fromDownstream?.push(chunk);
    },
    get isUnreadable() {
      return fromUpstream.broken || fromDownstream?.broken === true;
    },
    upstreamToDownstream: fromUpstream.push,
    boundaryIn: fromUpstream.boundaryIn,
    get atBoundary() {
      return fromUpstream.atBoundary;
    },
    isReadyToEnd: true,
    pad() {
      if (fromUpstream.broken) return undefined;
      if (fromUpstream.atBoundary) return NO_BYTES;
      const padding =
        fromUpstream.remainingBytes > 0
          ? new Uint8Array(Math.min(fromUpstream.remainingBytes, MAX_PADDING_BYTES + 1))
          : completeHeader(fromUpstream.partialHeader, channels === undefined ? undefined : base64);
      if (padding === undefined || padding.length > MAX_PADDING_BYTES) return undefined;
      if (base64 && fromUpstream.remainingBytes > 0) padding.fill(BASE64_ZERO);
      fromUpstream.push(padding);
      return padding;
    },
    ending(status) {
      if (fromUpstream.closed) return NO_BYTES;
      const endOfMessage = fromUpstream.insideMessage ? [encodeWebSocketFrame('continuation', NO_BYTES)] : [];
      const reason = kind === 'remoteCommand' ? '' : (status.message ?? '');
      const close = encodeWebSocketFrame('close', encodeClosePayload({ code: NORMAL_CLOSURE, reason }));
      return concatBytes([...endOfMessage, ...lastWords(status), close]);
    },
  };
}

function observe(
  kind: UpgradeKind,
  channels: RemoteCommandSubprotocol | undefined,
  observer: SessionObserver,
): ObservedChannels | undefined {
  if (channels === undefined) return undefined;
  return kind === 'remoteCommand'
    ? observeRemoteCommand(channels, observer)
    : observePortForward(channels.base64, observer);
}

/**
 * Completes a server's frame of which only part of the header is out, as short as the known bytes allow: an empty
 * control frame, or a message on stdout of nothing (or of NULs, where a length byte already promises more). A message
 * without even a channel byte would make client-go give up, so there is always one. `base64` is undefined where
 * messages have no channels.
 */
export function completeHeader(partial: Uint8Array, base64: boolean | undefined): Uint8Array | undefined {
  const opcode = (partial[0] as number) & 0x0f;
  const hasChannel = base64 !== undefined && !isControlOpcode(opcode) && opcode !== 0;
  const second = partial[1] ?? (hasChannel ? 1 : 0);
  const header = new Uint8Array(webSocketHeaderBytes(second));
  header.set(partial);
  header[1] = second;
  if (partial.length > 1 && hasChannel && webSocketPayloadLength(header) === 0) header[header.length - 1] = 1;
  const length = webSocketPayloadLength(header);
  if (length > MAX_PADDING_BYTES) return undefined;
  const payload = new Uint8Array(length);
  if (base64) payload.fill(BASE64_ZERO);
  if (hasChannel && length > 0) payload[0] = REMOTE_COMMAND_CHANNEL.stdout + (base64 ? ASCII_ZERO : 0);
  return concatBytes([header.subarray(partial.length), payload]);
}
