import type { Duplex } from 'node:stream';
import { type Clock, firstHeader, type KubernetesStatus } from '@sallyport/core';
import { createUpgradeTracker, isObservable, type UpgradeKind, type UpgradeTracker } from '@sallyport/core/streaming';
import type { Exchange, ResponseHead } from '@sallyport/tunnel/http';
import type { Admission } from './admit.ts';
import { createPlainDownstream, type Downstream } from './downstream.ts';
import type { Upgrade } from './headers.ts';
import type { RecordedSession } from './recording/recorded-session.ts';
import { type Refusal, refusalStatus } from './refusal.ts';
import type { ResponseSink } from './request.ts';

/** What the upgraded downstream tells the forwarder. */
export interface UpgradeEvents {
  /** Bytes from the caller; `false` asks to wait until {@link UpgradedDownstream.resume}. */
  onBytes(chunk: Uint8Array): boolean;
  /** The caller half-closed. */
  onHalfClose(): void;
  /** The caller went away. */
  onGone(): void;
}

/** A {@link Downstream} that may switch protocols. */
export interface UpgradedDownstream extends Downstream {
  /** The tunnel has room again. */
  resume(): void;
}

/** Headers of the 101 answer that the handshake needs; nothing else goes down. */
const SWITCH_HEADERS = ['sec-websocket-accept', 'sec-websocket-protocol', 'x-stream-protocol-version'] as const;

/** How long a session that ends may take to be told so, and the caller to hang up, before its connection is cut. */
const ENDING_TIMEOUT_MS = 2_000;
const NO_BYTES = new Uint8Array(0);

/** What {@link createUpgradedDownstream} is put between. */
export interface UpgradeWiring {
  readonly sink: ResponseSink;
  readonly takeOver: () => Duplex;
  readonly events: UpgradeEvents;
  /** The recording of what passes. */
  readonly session: RecordedSession | undefined;
  readonly clock: Clock;
}

/** The kubectl side of a request that asks for a protocol switch. Until 101 it answers like a plain one. */
export function createUpgradedDownstream(
  admission: Admission,
  upgrade: Upgrade,
  { sink, takeOver, events, session, clock }: UpgradeWiring,
): UpgradedDownstream {
  const plain = createPlainDownstream(sink, admission.attributes, clock);
  let socket: Duplex | undefined;
  let tracker: UpgradeTracker | undefined;
  let hasEnded = false;
  let isTunnelFull = false;
  let isRecorderFull = false;

  function resumeReading(): void {
    if (!isTunnelFull && !isRecorderFull) socket?.resume();
  }

  function switchProtocols(head: ResponseHead): Refusal | undefined {
    if (firstHeader(head.headers, 'upgrade')?.toLowerCase() !== upgrade.toLowerCase()) {
      return {
        code: 'ERR_PROXY_UPGRADE_FAILED',
        message: 'the API server switched to another protocol than was asked for.',
      };
    }
    const subprotocol = firstHeader(head.headers, 'sec-websocket-protocol');
    const agreed = {
      protocol: upgrade === 'websocket' ? 'websocket' : 'spdy/3.1',
      ...(subprotocol !== undefined && { subprotocol }),
      kind: kindOf(admission),
    } as const;
    const unreadable = isObservable(agreed) ? undefined : session?.unreadable();
    if (unreadable !== undefined) return unreadable;
    session?.open();
    const lines = [`HTTP/1.1 101 Switching Protocols`, `Upgrade: ${upgrade}`, 'Connection: Upgrade'];
    for (const name of SWITCH_HEADERS) {
      const value = firstHeader(head.headers, name);
      if (value !== undefined) lines.push(`${name}: ${value}`);
    }
    tracker = createUpgradeTracker({ ...agreed, ...(session && { observer: session.observer }) });
    socket = takeOver();
    socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    listen(socket, tracker);
    return undefined;
  }

  function listen(from: Duplex, watched: UpgradeTracker): void {
    from.on('data', (chunk: Buffer) => {
      if (hasEnded) return write(from, watched, watched.downstreamToUpstream(chunk));
      watched.downstreamToUpstream(chunk);
      isTunnelFull = !events.onBytes(chunk);
      if (session?.observer.wantsStdin === true) {
        isRecorderFull = true;
        session.whenRoom(() => {
          isRecorderFull = false;
          resumeReading();
        });
      }
      if (isTunnelFull || isRecorderFull) from.pause();
    });
    from.on('end', () => {
      if (!hasEnded) events.onHalfClose();
    });
    // A caller that hung up while its answer was on the way has said so already, and a stream says it once.
    if (from.readableEnded) events.onHalfClose();
    from.on('error', noop);
    from.on('close', () => {
      if (!hasEnded) events.onGone();
      hasEnded = true;
    });
  }

  /** Ends in protocol now, or as soon as the caller has opened the stream that the reason goes to. */
  function endInProtocol(to: Duplex, watched: UpgradeTracker, status: KubernetesStatus): void {
    hasEnded = true;
    write(to, watched, watched.end(status));
    if (!watched.ended) write(to, watched, watched.finish() ?? NO_BYTES);
    const deadline = clock.setTimeout(() => to.destroy(), ENDING_TIMEOUT_MS);
    to.on('close', () => deadline.cancel());
    to.resume();
  }

  function write(to: Duplex, watched: UpgradeTracker, bytes: Uint8Array): void {
    if (bytes.length > 0) to.write(bytes);
    if (watched.ended && !to.writableEnded) to.end();
  }

  return {
    get status() {
      return socket === undefined ? plain.status : 101;
    },
    head(head) {
      if (head.status === 101) return switchProtocols(head);
      // Anything but a refusal would be an open pipe that nobody asked for (SEC-C02).
      if (head.status < 400) {
        return {
          code: 'ERR_PROXY_UPGRADE_FAILED',
          message: `the API server answered the protocol switch with status ${head.status}.`,
        };
      }
      return plain.head(head);
    },
    data(chunk, taken) {
      if (socket === undefined) return plain.data(chunk, taken);
      tracker?.upstreamToDownstream(chunk);
      socket.write(chunk, session === undefined ? taken : () => session.whenRoom(taken));
      return undefined;
    },
    end(trailers) {
      if (socket === undefined) return plain.end(trailers);
      socket.end();
      return undefined;
    },
    fail(refusal) {
      if (socket === undefined || tracker === undefined) return plain.fail(refusal);
      endInProtocol(socket, tracker, refusalStatus(refusal));
    },
    resume() {
      isTunnelFull = false;
      resumeReading();
    },
  };
}

function kindOf({ attributes }: Admission): UpgradeKind {
  if (attributes.kind !== 'resource') return 'other';
  if (attributes.subresource === 'exec' || attributes.subresource === 'attach') return 'remoteCommand';
  if (attributes.subresource === 'portforward') return 'portForward';
  return attributes.verb === 'watch' ? 'watch' : 'other';
}

/** Binds the events of an upgraded downstream to an exchange. */
export function upgradeEventsOf(
  exchange: () => Exchange,
  count: (bytes: number) => void,
  onGone: () => void,
): UpgradeEvents {
  return {
    onBytes(chunk) {
      count(chunk.length);
      return exchange().write(chunk);
    },
    onHalfClose: () => exchange().end(),
    onGone,
  };
}

function noop(): void {}
