import { releaseBatchBuffer, takeBatchBuffer } from './batch-pool.ts';
import { writeFrameHeader, writeUint32 } from './encode.ts';
import type { ResetCode } from './errors.ts';
import { Fifo } from './fifo.ts';
import { FRAME_HEADER_BYTES, FrameType, MAX_MESSAGE_BYTES, resetCodeNumber } from './frame.ts';
import type { TunnelLimits } from './limits.ts';
import type { Link } from './link.ts';
import type { MuxStream } from './stream.ts';

/** A frame on its way into a batch. Its header is written straight into the batch. */
export interface ControlFrame {
  readonly type: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
  /** 32-bit number in front of the payload; below zero when the type has none. */
  value: number;
  /** DATA: the stream to copy from. WINDOW: the stream whose `pendingWindow` this is. */
  stream: MuxStream | undefined;
  /** DATA: bytes to copy. */
  bytes: number;
}

/** Makes a frame for {@link Sender.pushControl}. */
export function controlFrame(type: number, streamId: number, payload: Uint8Array, value = -1): ControlFrame {
  return { type, streamId, payload, value, stream: undefined, bytes: 0 };
}

const NO_PAYLOAD = new Uint8Array(0);

/** A DATA frame smaller than this is not cut to fill the rest of a batch: it waits for the next one. */
const MIN_FRAGMENT_BYTES = 4096;

/**
 * Fills batches: control frames first, then one DATA frame per stream in turn. Flushes once per turn of the event loop,
 * and again whenever the link takes another batch. PROTOCOL.md, section 7.
 */
export class Sender {
  /** Bytes accepted and not yet handed to the link. */
  queuedBytes = 0;
  /** PONGs and RESETs that wait: what a hostile peer could pile up. */
  pendingPongs = 0;
  pendingResets = 0;
  readonly #link: Link;
  readonly #limits: TunnelLimits;
  readonly #onError: (error: Error) => void;
  readonly #onIdle: () => void;
  readonly #control = new Fifo<ControlFrame>();
  #ring = new Fifo<MuxStream>();
  /** Buffers of the batches in flight, oldest first, where they may be filled again. */
  readonly #buffers = new Fifo<Buffer>();
  #inFlight = 0;
  #isScheduled = false;
  #isClosed = false;
  readonly #plan: ControlFrame[] = [];
  readonly #drained: MuxStream[] = [];

  constructor(link: Link, limits: TunnelLimits, onError: (error: Error) => void, onIdle: () => void) {
    this.#link = link;
    this.#limits = limits;
    this.#onError = onError;
    this.#onIdle = onIdle;
  }

  /** Whether everything has been taken by the link. */
  get isIdle(): boolean {
    return this.#inFlight === 0 && this.queuedBytes === 0 && this.#plan.length === 0;
  }

  pushControl(frame: ControlFrame): void {
    this.#control.push(frame);
    this.queuedBytes += frameBytes(frame);
    this.#schedule();
  }

  pushReset(streamId: number, code: ResetCode, message: string): void {
    this.pendingResets += 1;
    this.pushControl(controlFrame(FrameType.RESET, streamId, messageBytes(message), resetCodeNumber(code)));
  }

  /** Counts bytes that `stream` queued. */
  onQueued(stream: MuxStream, bytes: number): void {
    this.queuedBytes += bytes;
    this.makeReady(stream);
  }

  /** Puts a stream that has bytes and credit in line. */
  makeReady(stream: MuxStream): void {
    if (stream.isInRing || stream.queuedBytes === 0 || stream.sendCredit === 0) return;
    stream.isInRing = true;
    this.#ring.push(stream);
    this.#schedule();
  }

  /** Drops what a stream has queued. Its place in the ring goes when its turn comes. */
  forget(stream: MuxStream): void {
    if (!this.#isClosed) this.queuedBytes -= stream.queuedBytes;
  }

  /** Hands out what it can, now. */
  flush(): void {
    while (!this.#isClosed && this.#inFlight < this.#limits.maxBatchesInFlight) {
      const total = this.#planBatch();
      if (total === 0) return;
      this.#sendPlan(total);
    }
  }

  /** Sends GOAWAY as a batch of its own, past everything that waits. */
  sendLast(code: number, message: Uint8Array): void {
    this.#plan.length = 0;
    const frame = controlFrame(FrameType.GOAWAY, 0, message, code);
    this.#plan.push(frame);
    this.#sendPlan(frameBytes(frame));
  }

  /** Sends nothing from here on. */
  close(): void {
    this.#isClosed = true;
    this.#control.clear();
    this.#ring.clear();
    this.queuedBytes = 0;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isClosed || this.#inFlight >= this.#limits.maxBatchesInFlight) return;
    this.#isScheduled = true;
    setImmediate(this.#onImmediate);
  }

  readonly #onImmediate = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  readonly #onSent = (error?: Error): void => {
    this.#inFlight -= 1;
    const buffer = this.#buffers.shift();
    if (buffer !== undefined && error === undefined) releaseBatchBuffer(buffer);
    if (this.#isClosed) return;
    if (error) {
      this.#onError(error);
      return;
    }
    this.flush();
    if (this.isIdle) this.#onIdle();
  };

  /** Chooses the frames of the next batch and returns their bytes; 0 when there is nothing to send. */
  #planBatch(): number {
    const plan = this.#plan;
    const { maxBatchBytes, maxDataBytes } = this.#limits;
    let total = 0;
    for (let frame = this.#control.peek(); frame !== undefined; frame = this.#control.peek()) {
      const bytes = frameBytes(frame);
      // A frame larger than a whole batch travels alone.
      if (total > 0 && total + bytes > maxBatchBytes) return total;
      this.#control.shift();
      plan.push(frame);
      total += bytes;
      this.queuedBytes -= bytes;
    }
    for (let stream = this.#ring.peek(); stream !== undefined; stream = this.#ring.peek()) {
      const room = maxBatchBytes - total - FRAME_HEADER_BYTES;
      const wanted = Math.min(stream.queuedBytes, stream.sendCredit, maxDataBytes);
      const bytes = Math.min(wanted, room);
      if (bytes < wanted && bytes < MIN_FRAGMENT_BYTES && total > 0) return total;
      this.#ring.shift();
      stream.isInRing = false;
      // Closed, or reset, since it got in line.
      if (bytes <= 0) continue;
      plan.push({
        type: FrameType.DATA,
        streamId: stream.id,
        payload: NO_PAYLOAD,
        value: -1,
        stream,
        bytes,
      });
      total += FRAME_HEADER_BYTES + bytes;
      stream.queuedBytes -= bytes;
      stream.sendCredit -= bytes;
      this.queuedBytes -= bytes;
      if (stream.queuedBytes === 0 && stream.pendingEnd !== undefined) {
        const end = stream.takeEnd();
        plan.push(end);
        total += frameBytes(end);
        stream.settleEnd();
      } else {
        if (stream.wantsDrain && stream.queuedBytes * 2 <= this.#limits.highWaterBytes) {
          stream.wantsDrain = false;
          this.#drained.push(stream);
        }
        this.makeReady(stream);
      }
    }
    return total;
  }

  #sendPlan(total: number): void {
    const headroom = this.#link.headroomBytes ?? 0;
    const { copiesBatches = false } = this.#link;
    const bytes = headroom + total;
    const batch = copiesBatches ? takeBatchBuffer(bytes) : Buffer.allocUnsafe(bytes);
    let at = headroom;
    for (const frame of this.#plan) at = this.#writeFrame(batch, at, frame);
    this.#plan.length = 0;
    this.#inFlight += 1;
    if (copiesBatches) this.#buffers.push(batch);
    this.#link.send(batch.byteLength === bytes ? batch : batch.subarray(0, bytes), this.#onSent);
    for (let stream = this.#drained.pop(); stream !== undefined; stream = this.#drained.pop()) {
      if (stream.state !== 'closed') stream.handler.onDrain?.();
    }
  }

  #writeFrame(batch: Buffer, offset: number, frame: ControlFrame): number {
    if (frame.type === FrameType.DATA && frame.stream !== undefined) {
      const at = writeFrameHeader(batch, offset, frame.bytes, FrameType.DATA, frame.streamId);
      frame.stream.queue.copyTo(batch, at, frame.bytes);
      return at + frame.bytes;
    }
    if (frame.stream !== undefined) frame.stream.pendingWindow = undefined;
    if (frame.type === FrameType.PONG) this.pendingPongs -= 1;
    if (frame.type === FrameType.RESET) this.pendingResets -= 1;
    const length = frame.payload.byteLength + (frame.value < 0 ? 0 : 4);
    let at = writeFrameHeader(batch, offset, length, frame.type, frame.streamId);
    if (frame.value >= 0) at = writeUint32(batch, at, frame.value);
    batch.set(frame.payload, at);
    return at + frame.payload.byteLength;
  }
}

function frameBytes(frame: ControlFrame): number {
  return FRAME_HEADER_BYTES + frame.payload.byteLength + (frame.value < 0 ? 0 : 4);
}

/** UTF-8 of a RESET or GOAWAY message, cut at the limit. */
export function messageBytes(message: string): Uint8Array {
  const bytes = Buffer.from(message, 'utf8');
  return bytes.byteLength <= MAX_MESSAGE_BYTES ? bytes : bytes.subarray(0, MAX_MESSAGE_BYTES);
}
