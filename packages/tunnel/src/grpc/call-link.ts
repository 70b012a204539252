import { Fifo } from '../fifo.ts';
import type { Link } from '../link.ts';
import { createLinkEnd } from '../link-end.ts';
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

/** Makes a link of a call. `hangUp` is called once, when our side closes the link. */
export function createCallLink(call: BatchCall, hangUp: (reason: Error | undefined) => void): CallLink {
  const pending = new Fifo<(error?: Error) => void>();
  const end = createLinkEnd((error) => {
    // grpc-js never calls back for messages of a cancelled call.
    for (let done = pending.shift(); done !== undefined; done = pending.shift())
      done(error ?? new Error('call is over'));
  });

  function onWritten(error?: Error | null): void {
    pending.shift()?.(error ?? undefined);
  }

  const link: Link = {
    headroomBytes: BATCH_HEADROOM_BYTES,
    // grpc-js puts its own five bytes in front of each message, into a buffer of its own.
    copiesBatches: true,
    send(batch, done) {
      if (end.isClosing) {
        queueMicrotask(() => done(new Error('link is closed')));
        return;
      }
      pending.push(done);
      call.write(sealBatch(batch), onWritten);
    },
    onBatch(listener) {
      call.on('data', (message) => {
        if (end.isClosing) return;
        try {
          listener(openBatch(message));
        } catch (error) {
          link.close(error as Error);
        }
      });
    },
    onClose: end.onClose,
    close(reason) {
      if (end.isClosing) return;
      end.closeFor(reason);
      hangUp(reason);
      // A tunnel that closes its link waits for nothing; whoever else listens is told in a turn of its own.
      queueMicrotask(() => end.finish());
    },
  };
  return { link, finish: end.finish };
}
