import { readUint32 } from './decode.ts';
import { type ResetCode, TunnelError, type TunnelErrorCode } from './errors.ts';
import { FrameType, MAX_STREAM_ID, resetCodeName } from './frame.ts';
import { RESETS_PER_SECOND, type TunnelLimits } from './limits.ts';
import type { ReceiveWindow } from './receive-window.ts';
import { SendQueue } from './send-queue.ts';
import { type ControlFrame, controlFrame, type Sender } from './sender.ts';
import { canReceive, canSend, nextStreamState, type StreamState } from './stream-state.ts';
import type { StreamHandler, TunnelStream } from './tunnel.ts';

/** What a stream needs of its tunnel. */
export interface StreamOwner {
  readonly limits: TunnelLimits;
  readonly sender: Sender;
  /** The peer broke the protocol: ends the tunnel. */
  fail(code: TunnelErrorCode, message: string): void;
  /** Whether the peer may reset one more stream of its own. */
  takeReset(): boolean;
  /** A handler threw: that costs its own stream, never the tunnel. */
  onHandlerError(stream: MuxStream, error: unknown): void;
  /** The stream is closed; `wasReset` when we reset it, so that what is under way from the peer is expected. */
  onStreamClosed(stream: MuxStream, wasReset: boolean): void;
}

/** One stream of a tunnel. The tunnel dispatches frames to it, the sender takes DATA from it. */
export class MuxStream implements TunnelStream {
  readonly id: number;
  readonly isOpener: boolean;
  readonly window: ReceiveWindow;
  state: StreamState = 'open';
  /** Set right after construction, before any frame can reach the stream. */
  handler: StreamHandler = IDLE_HANDLER;
  /** Whether HEAD has passed, in its one direction. */
  hasHead = false;
  /** Bytes we may send before the next WINDOW. */
  sendCredit: number;
  readonly queue = new SendQueue();
  /** Bytes in `queue` that are not yet planned into a batch. */
  queuedBytes = 0;
  /** END waits for the queue to empty. */
  pendingEnd: Uint8Array | undefined;
  isInRing = false;
  wantsDrain = false;
  /** WINDOW frame that is queued and not yet sent: more credit is added to it. */
  pendingWindow: ControlFrame | undefined;
  readonly #owner: StreamOwner;

  constructor(owner: StreamOwner, id: number, isOpener: boolean, window: ReceiveWindow, sendCredit: number) {
    this.#owner = owner;
    this.id = id;
    this.isOpener = isOpener;
    this.window = window;
    this.sendCredit = sendCredit;
  }

  sendHead(payload: Uint8Array): void {
    if (this.state === 'closed') return;
    if (this.isOpener || this.hasHead) throw misuse(`stream ${this.id} can't send a head here`);
    this.#assertFits(payload, 'head');
    this.hasHead = true;
    this.#owner.sender.pushControl(controlFrame(FrameType.HEAD, this.id, payload));
  }

  write(chunk: Uint8Array): boolean {
    // A stream ends under its writer's hands (reset, lost tunnel): what still comes is dropped, not an error.
    if (this.state === 'closed') return true;
    this.#assertWritable();
    const bytes = chunk.byteLength;
    if (bytes === 0) return true;
    this.queue.push(chunk);
    this.queuedBytes += bytes;
    this.#owner.sender.onQueued(this, bytes);
    if (this.queuedBytes < this.#owner.limits.highWaterBytes) return true;
    this.wantsDrain = true;
    return false;
  }

  end(trailers: Uint8Array = NOTHING): void {
    if (this.state === 'closed') return;
    this.#assertWritable();
    this.#assertFits(trailers, 'trailers');
    this.pendingEnd = trailers;
    if (this.queuedBytes > 0) return;
    this.#owner.sender.pushControl(this.takeEnd());
    this.settleEnd();
  }

  /** END, once the queue is empty. Call {@link settleEnd} when it stands in line, so that a drain does not overtake it. */
  takeEnd(): ControlFrame {
    const frame = controlFrame(FrameType.END, this.id, this.pendingEnd ?? NOTHING);
    this.pendingEnd = undefined;
    return frame;
  }

  /** Our direction has ended. */
  settleEnd(): void {
    this.state = nextStreamState(this.state, 'sendEnd') ?? this.state;
    if (this.state === 'closed') this.#owner.onStreamClosed(this, false);
  }

  reset(code: ResetCode, message = ''): void {
    if (this.state === 'closed') return;
    this.#owner.sender.pushReset(this.id, code, message);
    this.closeNow(true);
  }

  renew(payload: Uint8Array): void {
    if (this.state === 'closed') return;
    if (!this.isOpener) throw misuse(`stream ${this.id} was opened by the peer, only the opener renews`);
    this.#assertFits(payload, 'renewal');
    this.#owner.sender.pushControl(controlFrame(FrameType.RENEW, this.id, payload));
  }

  consumed(bytes: number): void {
    // Nobody needs credit to a direction that has ended.
    if (!canReceive(this.state)) return;
    this.grant(this.window.consume(bytes));
  }

  /** Sends credit, or adds it to a WINDOW frame that is still queued. */
  grant(bytes: number): void {
    if (bytes === 0) return;
    if (this.pendingWindow === undefined) {
      this.pendingWindow = controlFrame(FrameType.WINDOW, this.id, NOTHING, bytes);
      this.pendingWindow.stream = this;
      this.#owner.sender.pushControl(this.pendingWindow);
    } else {
      this.pendingWindow.value += bytes;
    }
  }

  /** Closes without a word to the peer and forgets what was queued. */
  closeNow(wasReset: boolean): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.#owner.sender.forget(this);
    this.queue.clear();
    this.queuedBytes = 0;
    this.pendingEnd = undefined;
    this.#owner.onStreamClosed(this, wasReset);
  }

  /** Takes one frame of the peer. */
  receive(type: number, payload: Uint8Array): void {
    try {
      switch (type) {
        case FrameType.DATA:
          this.#onData(payload);
          break;
        case FrameType.HEAD:
          this.#onHead(payload);
          break;
        case FrameType.END:
          this.#onEnd(payload);
          break;
        case FrameType.RESET:
          this.#onReset(payload);
          break;
        case FrameType.WINDOW:
          this.#onWindow(payload);
          break;
        default:
          if (this.isOpener) this.#notAllowed(type);
          else this.handler.onRenew?.(payload);
      }
    } catch (error) {
      this.#owner.onHandlerError(this, error);
    }
  }

  #onHead(payload: Uint8Array): void {
    if (!this.isOpener || this.hasHead) {
      this.#notAllowed(FrameType.HEAD);
      return;
    }
    this.hasHead = true;
    this.handler.onHead?.(payload);
  }

  #onData(payload: Uint8Array): void {
    if (!canReceive(this.state) || (this.isOpener && !this.hasHead)) {
      this.#notAllowed(FrameType.DATA);
      return;
    }
    if (!this.window.receive(payload.byteLength)) {
      this.#owner.fail(
        'ERR_TUNNEL_FLOW_CONTROL',
        `stream ${this.id} received ${payload.byteLength} bytes, ${-this.window.credit} above its window`,
      );
      return;
    }
    // A stream that proves to have a body gets more than the floor, from its first bytes on.
    if (!this.isOpener) this.grant(this.window.widen());
    if (payload.byteLength > 0) this.handler.onData(payload);
  }

  #onEnd(trailers: Uint8Array): void {
    const next = nextStreamState(this.state, 'receiveEnd');
    if (next === undefined || (this.isOpener && !this.hasHead)) {
      this.#notAllowed(FrameType.END);
      return;
    }
    this.state = next;
    if (next === 'closed') this.#owner.onStreamClosed(this, false);
    this.handler.onEnd(trailers);
  }

  #onReset(payload: Uint8Array): void {
    if (payload.byteLength < 4) {
      this.#notAllowed(FrameType.RESET);
      return;
    }
    if (!this.isOpener && !this.#owner.takeReset()) {
      this.#owner.fail('ERR_TUNNEL_PROTOCOL', `peer resets more than ${RESETS_PER_SECOND} streams a second`);
      return;
    }
    this.closeNow(false);
    const resetCode = resetCodeName(readUint32(payload, 0));
    const message = Buffer.from(payload.subarray(4)).toString('utf8');
    this.handler.onReset(
      new TunnelError({
        code: 'ERR_TUNNEL_STREAM_RESET',
        resetCode,
        message: message === '' ? `stream ${this.id} was reset: ${resetCode}` : message,
      }),
    );
  }

  #onWindow(payload: Uint8Array): void {
    const credit = payload.byteLength === 4 ? readUint32(payload, 0) : 0;
    if (credit === 0 || this.sendCredit + credit > MAX_STREAM_ID) {
      this.#notAllowed(FrameType.WINDOW);
      return;
    }
    this.sendCredit += credit;
    if (canSend(this.state)) this.#owner.sender.makeReady(this);
  }

  #notAllowed(type: number): void {
    this.#owner.fail(
      'ERR_TUNNEL_PROTOCOL',
      `frame of type ${type} is not allowed on stream ${this.id}, which is ${this.state}`,
    );
  }

  #assertWritable(): void {
    if (!canSend(this.state) || this.pendingEnd !== undefined)
      throw misuse(`stream ${this.id} is written to after end`);
    if (!this.isOpener && !this.hasHead) throw misuse(`stream ${this.id} is written to before its head`);
  }

  #assertFits(payload: Uint8Array, name: string): void {
    const limit = this.#owner.limits.maxControlBytes;
    if (payload.byteLength <= limit) return;
    throw new TunnelError({
      code: 'ERR_TUNNEL_FRAME_TOO_LARGE',
      message: `${name} of stream ${this.id} is ${payload.byteLength} bytes, limit is ${limit}`,
    });
  }
}

const NOTHING = new Uint8Array(0);

const IDLE_HANDLER: StreamHandler = { onData() {}, onEnd() {}, onReset() {} };

function misuse(message: string): TunnelError {
  return new TunnelError({ code: 'ERR_TUNNEL_PROTOCOL', message });
}
