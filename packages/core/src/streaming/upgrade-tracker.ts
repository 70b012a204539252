import type { KubernetesStatus } from '../status.ts';
import { concatBytes, NO_BYTES } from './byte-queue.ts';
import {
  type RemoteCommandSubprotocol,
  remoteCommandSubprotocol,
  SPDY_PORT_FORWARD_SUBPROTOCOL,
} from './remote-command.ts';
import type { SessionTracker, UpgradeKind } from './session-end.ts';
import type { SessionObserver } from './session-observer.ts';
import { createSpdyOverWebSocketTracker } from './spdy-over-websocket-session.ts';
import { createSpdySessionTracker } from './spdy-session.ts';
import { createWebSocketSessionTracker } from './websocket-session.ts';

/** What the 101 of an upgrade agreed on. */
export interface UpgradeTrackerOptions {
  /** `Upgrade` of the 101, in lower case. */
  readonly protocol: 'websocket' | 'spdy/3.1';
  /** `Sec-WebSocket-Protocol` of the 101; absent or empty when it had none. */
  readonly subprotocol?: string;
  readonly kind: UpgradeKind;
  /** Looks on; the frames are followed once for both. Absent: nobody does. */
  readonly observer?: SessionObserver;
}

/**
 * Follows both directions of an upgraded connection and can end it *in protocol*: with a reason that kubectl prints and
 * an exit code that is not 0. A bare cut of an exec over SPDY, or a clean WebSocket close, looks like success to scripts.
 *
 * Bytes are never held back and payload is not copied. Feed every chunk as it passes, towards the downstream in the
 * order it is written.
 */
export interface UpgradeTracker {
  /**
   * Takes the next bytes from the upstream and returns what to write downstream: the chunk itself, until an end is
   * asked for; then its bytes up to the next frame boundary, followed by the ending; then nothing.
   */
  upstreamToDownstream(chunk: Uint8Array): Uint8Array;
  /**
   * Takes the next bytes on their way upstream. Returns bytes to write *downstream*, which are empty except when an end
   * was asked for before the client had opened its error stream.
   */
  downstreamToUpstream(chunk: Uint8Array): Uint8Array;
  /** Asks for the end with a reason. Returns what to write downstream now; see {@link ended}. Later calls do nothing. */
  end(status: KubernetesStatus): Uint8Array;
  /**
   * Ends now, because the upstream is gone or patience is over: completes the frame under way with padding. Needs a
   * preceding {@link end}. `undefined` when the frame can't be completed; then only a reset is left.
   */
  finish(): Uint8Array | undefined;
  /** The ending has been handed out: write what was returned, then half-close the downstream. */
  readonly ended: boolean;
  /** No frame towards the downstream is half sent. */
  readonly atBoundary: boolean;
}

/** Whether the streams of such an upgrade can be told to a `SessionObserver`. */
export function isObservable({ protocol, subprotocol = '', kind }: Omit<UpgradeTrackerOptions, 'observer'>): boolean {
  if (kind !== 'remoteCommand' && kind !== 'portForward') return false;
  if (protocol === 'spdy/3.1') return true;
  if (kind === 'portForward' && subprotocol === SPDY_PORT_FORWARD_SUBPROTOCOL) return true;
  return channelForm(kind, subprotocol) !== undefined;
}

/** Creates a tracker for one upgraded connection. */
export function createUpgradeTracker(options: UpgradeTrackerOptions): UpgradeTracker {
  const session = createSession(options);
  let isUnreadable = false;
  let wanted: KubernetesStatus | undefined;
  let ended = false;

  function checkReadable(): void {
    if (isUnreadable || !session.isUnreadable) return;
    isUnreadable = true;
    options.observer?.onUnreadable?.();
  }

  function tryToEnd(): Uint8Array {
    if (wanted === undefined || ended || !session.atBoundary || !session.isReadyToEnd) return NO_BYTES;
    ended = true;
    return session.ending(wanted);
  }

  return {
    get ended() {
      return ended;
    },
    get atBoundary() {
      return session.atBoundary;
    },
    upstreamToDownstream(chunk) {
      if (ended) return NO_BYTES;
      if (wanted === undefined || !session.isReadyToEnd) {
        session.upstreamToDownstream(chunk);
        checkReadable();
        return chunk;
      }
      const boundary = session.boundaryIn(chunk);
      const passing = boundary === -1 ? chunk : chunk.subarray(0, boundary);
      session.upstreamToDownstream(passing);
      return concatBytes([passing, tryToEnd()]);
    },
    downstreamToUpstream(chunk) {
      session.downstreamToUpstream(chunk);
      checkReadable();
      return tryToEnd();
    },
    end(status) {
      wanted ??= status;
      return tryToEnd();
    },
    finish() {
      if (ended || wanted === undefined) return NO_BYTES;
      const padding = session.pad();
      if (padding === undefined) return undefined;
      ended = true;
      return concatBytes([padding, session.ending(wanted)]);
    },
  };
}

// Port-forward over WebSocket without SPDY has the remote command's framing, two channels per port.
function channelForm(kind: UpgradeKind, subprotocol: string): RemoteCommandSubprotocol | undefined {
  if (kind !== 'remoteCommand' && kind !== 'portForward') return undefined;
  return remoteCommandSubprotocol(subprotocol);
}

function createSession({ protocol, subprotocol = '', kind, observer }: UpgradeTrackerOptions): SessionTracker {
  if (protocol === 'spdy/3.1') return createSpdySessionTracker(kind, observer);
  if (subprotocol === SPDY_PORT_FORWARD_SUBPROTOCOL) return createSpdyOverWebSocketTracker(observer);
  const channels = channelForm(kind, subprotocol);
  return createWebSocketSessionTracker({ kind, channels, ...(observer && { observer }) });
}
