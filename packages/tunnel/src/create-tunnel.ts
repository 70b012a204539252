import { type Logger, silentLogger, systemClock } from '@sallyport/core';
import { createFrameDecoder, type FrameDecoder, readUint32 } from './decode.ts';
import { TunnelError, type TunnelErrorCode } from './errors.ts';
import { FrameType, GoawayCode, MAX_STREAM_ID, PROTOCOL_VERSION } from './frame.ts';
import { type Keepalive, startKeepalive } from './keepalive.ts';
import {
  MAX_PENDING_REFUSALS,
  MAX_UNANSWERED_PINGS,
  MIN_WINDOW_BYTES,
  RESET_BURST,
  RESETS_PER_SECOND,
  resolveTunnelLimits,
  type TunnelLimits,
} from './limits.ts';
import type { Link } from './link.ts';
import { Pings } from './pings.ts';
import { TokenBucket } from './rate-limit.ts';
import { createAcceptorWindow, createOpenerWindow, type WindowPolicy } from './receive-window.ts';
import { controlFrame, messageBytes, Sender } from './sender.ts';
import { MuxStream, type StreamOwner } from './stream.ts';
import type { StreamHandler, Tunnel, TunnelOptions, TunnelStream } from './tunnel.ts';
import { createWindowBudget, processWindowBudget } from './window-budget.ts';

/**
 * Makes a tunnel of a link: sends HELLO, then multiplexes. The tunnel owns the link from here on. PROTOCOL.md says what
 * goes over the wire.
 * @throws TunnelError `ERR_TUNNEL_LIMIT_INVALID`
 */
export function createTunnel(link: Link, options: TunnelOptions): Tunnel {
  return new Mux(link, options);
}

class Mux implements Tunnel, StreamOwner {
  state: Tunnel['state'] = 'open';
  readonly limits: TunnelLimits;
  readonly sender: Sender;
  readonly peerHello: Promise<Uint8Array>;
  readonly closed: Promise<TunnelError | undefined>;
  readonly #link: Link;
  readonly #options: TunnelOptions;
  readonly #logger: Logger;
  readonly #streams = new Map<number, MuxStream>();
  readonly #decoder: FrameDecoder;
  readonly #keepalive: Keepalive;
  readonly #pings: Pings;
  readonly #windows: WindowPolicy;
  readonly #resets: TokenBucket;
  #nextId: number;
  #lastPeerId = 0;
  #hasPeerHello = false;
  #hasSentGoaway = false;
  #hasPeerGoaway = false;
  /** DATA that may still come for streams we reset: what was under way. */
  #strayCredit = 0;
  #resolveHello!: (payload: Uint8Array) => void;
  #rejectHello!: (error: TunnelError) => void;
  #resolveClosed!: (error: TunnelError | undefined) => void;

  constructor(link: Link, options: TunnelOptions) {
    this.limits = resolveTunnelLimits(options.limits);
    this.#link = link;
    this.#options = options;
    const clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#nextId = options.role === 'server' ? 1 : 2;
    this.peerHello = new Promise((resolve, reject) => {
      this.#resolveHello = resolve;
      this.#rejectHello = reject;
    });
    // Whoever does not ask for the HELLO does not have to handle its absence either: `closed` tells.
    this.peerHello.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.sender = new Sender(
      link,
      this.limits,
      (error) => this.#onLinkClosed(error),
      () => this.#finishDrain(),
    );
    this.#pings = new Pings(clock, (id) => this.sender.pushControl(controlFrame(FrameType.PING, 0, NOTHING, id)));
    this.#resets = new TokenBucket(RESET_BURST, RESETS_PER_SECOND, () => clock.monotonicMs());
    this.#windows = {
      initialWindowBytes: this.limits.initialWindowBytes,
      maxWindowBytes: this.limits.maxWindowBytes,
      budgets: [createWindowBudget(this.limits.windowBudgetBytes), options.windowBudget ?? processWindowBudget],
      now: () => clock.monotonicMs(),
      roundTripMs: () => this.#pings.roundTripMs,
    };
    this.#decoder = createFrameDecoder(this.limits, (type, id, payload) => this.#onFrame(type, id, payload));
    this.#keepalive = startKeepalive({
      clock,
      intervalMs: this.limits.pingIntervalMs,
      maxMissed: this.limits.maxMissedPings,
      sendPing: () => void this.#pings.ping(),
      onDead: (missed) =>
        this.fail('ERR_TUNNEL_KEEPALIVE', `peer missed ${missed} keepalives of ${this.limits.pingIntervalMs} ms`),
    });
    this.sender.pushControl(controlFrame(FrameType.HELLO, 0, options.hello ?? NOTHING, PROTOCOL_VERSION));
    link.onClose((error) => this.#onLinkClosed(error));
    link.onBatch((batch) => this.#onBatch(batch));
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  get queuedBytes(): number {
    return this.sender.queuedBytes;
  }

  open(header: Uint8Array, handler: StreamHandler): TunnelStream {
    if (this.state === 'closed') throw new TunnelError({ code: 'ERR_TUNNEL_CLOSED', message: 'tunnel is closed' });
    if (this.state === 'draining' || this.#nextId > MAX_STREAM_ID) {
      if (this.#nextId > MAX_STREAM_ID) void this.drain();
      throw new TunnelError({ code: 'ERR_TUNNEL_DRAINING', message: 'tunnel drains and takes no new streams' });
    }
    if (this.#streams.size >= this.limits.maxStreams) {
      throw new TunnelError({
        code: 'ERR_TUNNEL_TOO_MANY_STREAMS',
        message: `tunnel has ${this.#streams.size} streams open, limit is ${this.limits.maxStreams}`,
      });
    }
    if (header.byteLength + 4 > this.limits.maxControlBytes) {
      throw new TunnelError({
        code: 'ERR_TUNNEL_FRAME_TOO_LARGE',
        message: `stream header is ${header.byteLength} bytes, limit is ${this.limits.maxControlBytes - 4}`,
      });
    }
    const id = this.#nextId;
    this.#nextId += 2;
    const window = createOpenerWindow(this.#windows);
    const stream = new MuxStream(this, id, true, window, MIN_WINDOW_BYTES);
    stream.handler = handler;
    this.#streams.set(id, stream);
    this.sender.pushControl(controlFrame(FrameType.OPEN, id, header, window.size));
    return stream;
  }

  ping(): Promise<number> {
    if (this.state !== 'closed') return this.#pings.ping();
    return Promise.reject(new TunnelError({ code: 'ERR_TUNNEL_CLOSED', message: 'tunnel is closed' }));
  }

  async drain(): Promise<void> {
    if (this.state !== 'closed') {
      this.#sendGoaway();
      this.#finishDrain();
    }
    await this.closed;
  }

  close(reason?: Error): void {
    this.#end(reason === undefined ? undefined : asClosed(reason), GoawayCode.other);
  }

  takeReset(): boolean {
    return this.#resets.take();
  }

  onStreamClosed(stream: MuxStream, wasReset: boolean): void {
    if (wasReset) this.#strayCredit += stream.window.credit;
    stream.window.release();
    this.#streams.delete(stream.id);
    if (this.state === 'draining') this.#finishDrain();
  }

  #sendGoaway(): void {
    this.state = 'draining';
    if (this.#hasSentGoaway) return;
    this.#hasSentGoaway = true;
    this.sender.pushControl(controlFrame(FrameType.GOAWAY, 0, NOTHING, GoawayCode.drain));
  }

  /** Closes a drained tunnel once nothing is left: both ends have said GOAWAY, and no stream or byte is under way. */
  #finishDrain(): void {
    if (this.state !== 'draining' || !this.#hasPeerGoaway || this.#streams.size > 0 || !this.sender.isIdle) return;
    this.#end(undefined, GoawayCode.drain);
  }

  #onBatch(batch: Uint8Array): void {
    if (this.state === 'closed') return;
    this.#keepalive.alive();
    try {
      this.#decoder.push(batch);
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
      this.#end(error, GoawayCode.frameTooLarge);
    }
  }

  /** Takes one frame; `false` once the tunnel is closed. */
  #onFrame(type: number, id: number, payload: Uint8Array): boolean {
    if (!this.#hasPeerHello) {
      if (type === FrameType.HELLO && id === 0) this.#onHello(payload);
      else this.fail('ERR_TUNNEL_PROTOCOL', `first frame has type ${type} on stream ${id}, not HELLO`);
      return !this.#isClosed();
    }
    switch (type) {
      case FrameType.DATA:
      case FrameType.HEAD:
      case FrameType.END:
      case FrameType.RESET:
      case FrameType.WINDOW:
      case FrameType.RENEW: {
        const stream = this.#streams.get(id);
        if (stream === undefined) this.#onStray(type, id, payload.byteLength);
        else stream.receive(type, payload);
        break;
      }
      case FrameType.OPEN:
        this.#onOpen(id, payload);
        break;
      case FrameType.PING:
      case FrameType.PONG:
      case FrameType.GOAWAY:
      case FrameType.HELLO:
        this.#onTunnelFrame(type, id, payload);
        break;
      default:
      // Section 3: types of a later version are ignored.
    }
    return !this.#isClosed();
  }

  #onHello(payload: Uint8Array): void {
    if (payload.byteLength < 4) {
      this.fail('ERR_TUNNEL_PROTOCOL', `HELLO is ${payload.byteLength} bytes, at least 4 are needed`);
      return;
    }
    const version = readUint32(payload, 0);
    if (version !== PROTOCOL_VERSION) {
      this.fail('ERR_TUNNEL_PROTOCOL', `peer speaks protocol version ${version}, ours is ${PROTOCOL_VERSION}`);
      return;
    }
    this.#hasPeerHello = true;
    this.#resolveHello(payload.subarray(4));
    // The first round trip, so that windows can grow before the first keepalive.
    void this.#pings.ping();
  }

  #onTunnelFrame(type: number, id: number, payload: Uint8Array): void {
    if (id !== 0 || payload.byteLength < 4 || type === FrameType.HELLO) {
      this.fail('ERR_TUNNEL_PROTOCOL', `frame of type ${type} on stream ${id} with ${payload.byteLength} bytes`);
      return;
    }
    const value = readUint32(payload, 0);
    if (type === FrameType.PING) {
      this.sender.pendingPongs += 1;
      if (this.sender.pendingPongs > MAX_UNANSWERED_PINGS) {
        this.fail(
          'ERR_TUNNEL_PROTOCOL',
          `peer has ${this.sender.pendingPongs} pings open, limit is ${MAX_UNANSWERED_PINGS}`,
        );
        return;
      }
      this.sender.pushControl(controlFrame(FrameType.PONG, 0, NOTHING, value));
    } else if (type === FrameType.PONG) {
      if (!this.#pings.onPong(value)) this.fail('ERR_TUNNEL_PROTOCOL', `PONG ${value} answers no PING`);
    } else {
      this.#onGoaway(value, payload.subarray(4));
    }
  }

  #onGoaway(code: number, message: Uint8Array): void {
    if (code !== GoawayCode.drain) {
      const text = Buffer.from(message).toString('utf8');
      this.#end(
        new TunnelError({ code: 'ERR_TUNNEL_CLOSED', message: `peer closed the tunnel with code ${code}: ${text}` }),
        undefined,
      );
      return;
    }
    if (this.#hasPeerGoaway) return;
    this.#hasPeerGoaway = true;
    const isNews = !this.#hasSentGoaway;
    this.#sendGoaway();
    if (isNews) this.#options.onGoaway?.();
    this.#finishDrain();
  }

  #onOpen(id: number, payload: Uint8Array): void {
    const parity = this.#options.role === 'server' ? 0 : 1;
    if (id % 2 !== parity || id <= this.#lastPeerId || payload.byteLength < 4 || this.#hasPeerGoaway) {
      this.fail(
        'ERR_TUNNEL_PROTOCOL',
        `OPEN of stream ${id} after ${this.#lastPeerId} with ${payload.byteLength} bytes`,
      );
      return;
    }
    this.#lastPeerId = id;
    const { onStream } = this.#options;
    if (onStream === undefined || this.#streams.size >= this.limits.maxStreams) {
      this.#refuse(id, onStream === undefined ? 'no streams are taken here' : 'too many streams');
      return;
    }
    const stream = new MuxStream(this, id, false, createAcceptorWindow(this.#windows), readUint32(payload, 0));
    this.#streams.set(id, stream);
    try {
      stream.handler = onStream(payload.subarray(4), stream);
    } catch (error) {
      this.onHandlerError(stream, error);
    }
  }

  #refuse(id: number, message: string): void {
    this.sender.pushReset(id, 'refused', message);
    // The opener's DATA may be under way, up to what it may send unasked.
    this.#strayCredit += MIN_WINDOW_BYTES;
    const limit = this.limits.maxStreams + MAX_PENDING_REFUSALS;
    if (this.sender.pendingResets <= limit) return;
    this.fail('ERR_TUNNEL_PROTOCOL', `peer left ${this.sender.pendingResets} resets unread, limit is ${limit}`);
  }

  /** A frame for a stream that is not open: fine when it has been, and the frame was under way. PROTOCOL.md, section 4.3. */
  #onStray(type: number, id: number, bytes: number): void {
    const isOurs = (id % 2 === 1) === (this.#options.role === 'server');
    if (id === 0 || (isOurs ? id >= this.#nextId : id > this.#lastPeerId)) {
      this.fail('ERR_TUNNEL_PROTOCOL', `frame of type ${type} for stream ${id}, which was never opened`);
      return;
    }
    if (type !== FrameType.DATA) return;
    this.#strayCredit -= bytes;
    if (this.#strayCredit < 0)
      this.fail('ERR_TUNNEL_FLOW_CONTROL', `stream ${id} has ended, peer sent ${bytes} bytes more`);
  }

  onHandlerError(stream: MuxStream, error: unknown): void {
    this.#logger.error({ err: error, streamId: stream.id }, 'stream handler failed');
    stream.reset('internal', 'stream handler failed');
  }

  #onLinkClosed(error: Error | undefined): void {
    this.#end(error === undefined ? undefined : asClosed(error), undefined);
  }

  fail(code: TunnelErrorCode, message: string): void {
    this.#end(new TunnelError({ code, message }), GOAWAY_BY_CODE[code] ?? GoawayCode.other);
  }

  #isClosed(): boolean {
    return this.state === 'closed';
  }

  /** The one way out. Idempotent. `goaway` is sent as the last frame when there is a reason to tell. */
  #end(error: TunnelError | undefined, goaway: number | undefined): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.#keepalive.stop();
    if (error !== undefined && goaway !== undefined) this.sender.sendLast(goaway, messageBytes(error.message));
    this.sender.close();
    this.#link.close(error);
    const lost = error ?? new TunnelError({ code: 'ERR_TUNNEL_CLOSED', message: 'tunnel is closed' });
    this.#rejectHello(lost);
    this.#pings.fail(lost);
    for (const stream of [...this.#streams.values()]) this.#endStream(stream, lost);
    this.#resolveClosed(error);
  }

  #endStream(stream: MuxStream, cause: TunnelError): void {
    stream.closeNow(false);
    try {
      stream.handler.onReset(
        new TunnelError({ code: 'ERR_TUNNEL_CLOSED', resetCode: 'tunnelLost', message: 'tunnel was lost', cause }),
      );
    } catch (error) {
      this.#logger.error({ err: error, streamId: stream.id }, 'stream handler failed');
    }
  }
}

const NOTHING = new Uint8Array(0);

const GOAWAY_BY_CODE: Partial<Record<TunnelErrorCode, number>> = {
  ERR_TUNNEL_PROTOCOL: GoawayCode.protocol,
  ERR_TUNNEL_FLOW_CONTROL: GoawayCode.flowControl,
  ERR_TUNNEL_FRAME_TOO_LARGE: GoawayCode.frameTooLarge,
  ERR_TUNNEL_KEEPALIVE: GoawayCode.keepalive,
};

function asClosed(reason: Error): TunnelError {
  if (reason instanceof TunnelError) return reason;
  return new TunnelError({ code: 'ERR_TUNNEL_CLOSED', message: `tunnel is closed: ${reason.message}`, cause: reason });
}
