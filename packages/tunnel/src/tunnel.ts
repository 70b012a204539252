import type { Clock, Logger } from '@sallyport/core';
import type { ResetCode, TunnelError } from './errors.ts';
import type { TunnelLimits } from './limits.ts';
import type { WindowBudget } from './window-budget.ts';

/** One authenticated, multiplexed connection between server and agent. */
export interface Tunnel {
  readonly state: 'open' | 'draining' | 'closed';
  /** Streams open at this moment, both directions. */
  readonly streamCount: number;
  /** Bytes accepted from writers and not yet handed to the link. What a picker compares. */
  readonly queuedBytes: number;
  /** The peer's HELLO payload; resolves with the first frame, rejects when the tunnel closes before it. */
  readonly peerHello: Promise<Uint8Array>;
  /** Resolves once the tunnel is closed, with the reason when it was not orderly. Never rejects. */
  readonly closed: Promise<TunnelError | undefined>;
  /**
   * Opens a stream. Frames of `handler` may arrive from the next turn of the event loop on.
   * @throws TunnelError `ERR_TUNNEL_CLOSED`, `ERR_TUNNEL_DRAINING`, `ERR_TUNNEL_TOO_MANY_STREAMS`
   */
  open(header: Uint8Array, handler: StreamHandler): TunnelStream;
  /** Round trip in milliseconds. */
  ping(): Promise<number>;
  /** Sends GOAWAY: no new streams in either direction. Resolves when the last stream ended and the tunnel is closed. */
  drain(): Promise<void>;
  /** Ends the tunnel now. Each open stream ends with `onReset`. Idempotent. */
  close(reason?: Error): void;
}

/** One request or upgraded connection inside a tunnel: low level, callback based, made for pass-through. */
export interface TunnelStream {
  readonly id: number;
  /** Sends the response head; once, and only by the side that accepted the stream. */
  sendHead(payload: Uint8Array): void;
  /** Queues bytes. `false` asks the writer to wait for `onDrain`; the bytes are taken all the same. */
  write(chunk: Uint8Array): boolean;
  /** Half-closes this direction, with optional trailers. Nothing may be written after it. */
  end(trailers?: Uint8Array): void;
  /** Ends both directions at once; the peer's handler gets `onReset`, ours gets nothing more. Idempotent. */
  reset(code: ResetCode, message?: string): void;
  /** Sends a RENEW frame; only by the side that opened the stream. */
  renew(payload: Uint8Array): void;
  /** Gives credit back: the consumer has taken `bytes` of what `onData` delivered. */
  consumed(bytes: number): void;
}

/** What happens on a stream, in order. After `onReset`, or after both directions ended, nothing more is called. */
export interface StreamHandler {
  /** The response head. Only on the side that opened the stream. */
  onHead?(payload: Uint8Array): void;
  /** Bytes; a view that stays valid. Each byte must be given back through `consumed`. */
  onData(chunk: Uint8Array): void;
  /** The peer half-closed; `trailers` is empty when there are none. */
  onEnd(trailers: Uint8Array): void;
  /** The stream is over: reset by the peer, or the tunnel was lost (`ERR_TUNNEL_CLOSED`). */
  onReset(error: TunnelError): void;
  /** The queue of this stream has room again after `write` returned `false`. */
  onDrain?(): void;
  /** A RENEW frame came. Only on the side that accepted the stream. */
  onRenew?(payload: Uint8Array): void;
}

/** Options of `createTunnel`. Sizes in bytes, times in milliseconds. */
export interface TunnelOptions {
  /** `server` opens odd stream ids, `agent` even ones. */
  readonly role: 'server' | 'agent';
  /** Payload of our HELLO, sent first. Default: empty. */
  readonly hello?: Uint8Array;
  /** Takes a stream that the peer opened. Absent: every incoming stream is reset with `refused`. */
  readonly onStream?: (header: Uint8Array, stream: TunnelStream) => StreamHandler;
  /** The peer sent GOAWAY: dial a new tunnel, this one ends when its streams have. */
  readonly onGoaway?: () => void;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly limits?: Partial<TunnelLimits>;
  /** Receive windows shared with other tunnels. Default: one budget of 1 GiB for the whole process. */
  readonly windowBudget?: WindowBudget;
}
