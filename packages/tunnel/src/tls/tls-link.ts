import type { TLSSocket } from 'node:tls';
import type { Clock } from '@sallyport/core';
import { TunnelError } from '../errors.ts';
import { refusalText } from '../gateway/refusal.ts';
import type { Link } from '../link.ts';
import { createLinkEnd } from '../link-end.ts';
import { createRecordReader, encodeRecord, RECORD, RECORD_HEADER_BYTES, sealRecord } from './record.ts';

/** A link over a TLS connection, and what else travels on it. */
export interface TlsLink {
  readonly link: Link;
  /** Sends a record that is no batch. After the end it goes nowhere. */
  send(type: number, payload: Uint8Array): void;
}

/** Options of {@link createTlsLink}. */
export interface TlsLinkOptions {
  /** Takes records that are neither batches nor the end. An error that it throws closes the link. */
  readonly onRecord: (type: number, payload: Uint8Array) => void;
  /** The link is over; called once, before the listener of the link is told. */
  readonly onEnd: (error: Error | undefined) => void;
  readonly clock: Clock;
}

/** Time that the peer gets to read the last record before the connection is cut, in milliseconds. */
const LINGER_MS = 2_000;

/** What the peer refused or closed for, in its words: a code, a colon and a sentence. */
export class PeerReason extends Error {
  /** As an error of gRPC has it. */
  readonly details: string;

  constructor(details: string) {
    super(details);
    this.details = details;
  }
}

/** The error of an end that the peer gave a reason for. */
export function closedByPeer(reason: string): TunnelError {
  const cause = new PeerReason(reason);
  return new TunnelError({ code: 'ERR_TUNNEL_CLOSED', message: `the peer closed the link: ${reason}`, cause });
}

/** Makes a link of a connection whose handshake is over. It owns the socket. */
export function createTlsLink(socket: TLSSocket, options: TlsLinkOptions): TlsLink {
  const { onRecord, onEnd, clock } = options;
  /** Batches that came before there was a listener: the rest of one chunk, since the socket is paused then. */
  const early: Uint8Array[] = [];
  let onBatch: ((batch: Uint8Array) => void) | undefined;
  const end = createLinkEnd(onEnd);

  /** Ends our side, and cuts the connection if the peer's does not end in time. */
  function hangUp(reason: string): void {
    socket.end(encodeRecord(RECORD.close, Buffer.from(reason)));
    const timer = clock.setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => timer.cancel());
    // What still comes is of no use, and must not keep the end from coming.
    socket.resume();
  }

  function take(type: number, payload: Uint8Array): void {
    if (end.isClosing) return;
    if (type === RECORD.close) {
      const reason = Buffer.from(payload).toString();
      end.closeFor(reason === '' ? undefined : closedByPeer(reason));
      hangUp('');
      queueMicrotask(() => end.finish());
    } else if (type !== RECORD.frames) {
      onRecord(type, payload);
    } else if (payload.byteLength === 0) {
      throw new TunnelError({ code: 'ERR_TUNNEL_PROTOCOL', message: 'a record of frames is empty' });
    } else if (onBatch === undefined) {
      early.push(payload);
      socket.pause();
    } else {
      onBatch(payload);
    }
  }

  const link: Link = {
    headroomBytes: RECORD_HEADER_BYTES,
    // A write is over once its bytes are encrypted and handed on.
    copiesBatches: true,
    send(batch, done) {
      if (end.isClosing) {
        queueMicrotask(() => done(new Error('link is closed')));
        return;
      }
      socket.write(sealRecord(RECORD.frames, batch), (error) => done(error ?? undefined));
    },
    onBatch(listener) {
      onBatch = listener;
      for (const batch of early.splice(0)) listener(batch);
      socket.resume();
    },
    onClose: end.onClose,
    close(reason) {
      if (end.isClosing) return;
      end.closeFor(reason);
      hangUp(reason === undefined ? '' : refusalText(reason));
      // A tunnel that closes its link waits for nothing; whoever else listens is told in a turn of its own.
      queueMicrotask(() => end.finish());
    },
  };

  const read = createRecordReader(take);
  socket.on('data', (chunk: Uint8Array) => {
    try {
      read(chunk);
    } catch (error) {
      link.close(error as Error);
    }
  });
  // Whoever leaves in order says so in a record: an end without one is the loss of the connection.
  const onLost = (cause?: Error) => {
    end.finish(new TunnelError({ code: 'ERR_TUNNEL_CLOSED', message: 'connection was lost', ...(cause && { cause }) }));
    socket.destroy();
  };
  socket.on('error', onLost);
  socket.on('end', () => onLost());
  socket.on('close', () => onLost());
  socket.setNoDelay(true);

  return {
    link,
    send(type, payload) {
      if (!end.isClosing) socket.write(encodeRecord(type, payload));
    },
  };
}
