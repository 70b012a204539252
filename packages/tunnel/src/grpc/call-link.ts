import { Fifo } from '../fifo.ts';
import type { Link } from '../link.ts';
import { BATCH_HEADROOM_BYTES, openBatch, sealBatch } from './batch.ts';

/** What a link needs of a gRPC call; both ends of grpc-js fit. */
export interface BatchCall {
  write(message: Uint8Array, callback: (error?: Error | null) => void): boolean;
  on(event: 'data', listener: (message: Uint8Array) => void): unknown;
}

/** A link over a call, and how its end reaches it. */
export interface CallLink {
  readonly link: Link;
  /** The call is over; `error` is absent after an orderly end. Idempotent. */
  finish(error?: Error): void;
}

/** Makes a link of a call. `end` is called once, when our side closes the link. */
export function createCallLink(call: BatchCall, end: (reason: Error | undefined) => void): CallLink {
  const pending = new Fifo<(error?: Error) => void>();
  /** Why we closed, once we have: it counts, whatever the call then reports. */
  let closing: { readonly error: Error | undefined } | undefined;
  let ended: { readonly error: Error | undefined } | undefined;
  let onClose: ((error?: Error) => void) | undefined;

  function onWritten(error?: Error | null): void {
    pending.shift()?.(error ?? undefined);
  }

  function finish(error?: Error): void {
    if (ended !== undefined) return;
    closing ??= { error };
    ended = closing;
    // grpc-js never calls back for messages of a cancelled call.
    for (let done = pending.shift(); done !== undefined; done = pending.shift())
      done(ended.error ?? new Error('call is over'));
    onClose?.(ended.error);
  }

  const link: Link = {
    headroomBytes: BATCH_HEADROOM_BYTES,
    // grpc-js puts its own five bytes in front of each message, into a buffer of its own.
    copiesBatches: true,
    send(batch, done) {
      if (closing !== undefined) {
        queueMicrotask(() => done(new Error('link is closed')));
        return;
      }
      pending.push(done);
      call.write(sealBatch(batch), onWritten);
    },
    onBatch(listener) {
      call.on('data', (message) => {
        if (closing !== undefined) return;
        try {
          listener(openBatch(message));
        } catch (error) {
          link.close(error as Error);
        }
      });
    },
    onClose(listener) {
      onClose = listener;
      if (ended !== undefined) listener(ended.error);
    },
    close(reason) {
      if (closing !== undefined) return;
      closing = { error: reason };
      end(reason);
      // A tunnel that closes its link waits for nothing; whoever else listens is told in a turn of its own.
      queueMicrotask(() => finish(reason));
    },
  };
  return { link, finish };
}
