import http2, {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect, type TLSSocket } from 'node:tls';
import type { Clock, Timer } from '@sallyport/core';
import type { Endpoint } from './endpoint.ts';

/** Largest header block sent, in bytes. Node's own limit of 64 KiB holds fewer than 2,000 groups; Go takes 1 MiB. */
const MAX_HEADER_BLOCK_BYTES = 1_000_000;
/** Receive window of a whole session. Streams keep the standard 64 KiB, so a thousand stalled watches cost 64 MiB at most. */
const SESSION_WINDOW_BYTES = 4 * 1024 * 1024;
/** Streams put on one session; kube-apiserver allows 250, or 100 to clients it does not know. */
const MAX_STREAMS_PER_SESSION = 100;
const PING_INTERVAL_MS = 30_000;
const PING_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** Shared HTTP/2 connections to kube-apiserver, for requests that stay open. */
export interface Http2Sessions {
  /**
   * Sends a request on a session with room for one more stream; `undefined` when the endpoint speaks no HTTP/2. Rejects
   * with the system's or TLS's own error when it can't be reached.
   */
  request(headers: OutgoingHttpHeaders, options: ClientSessionRequestOptions): Promise<ClientHttp2Stream | undefined>;
  /** Destroys all sessions. Idempotent. */
  close(): void;
}

/** Opens sessions on demand, one more whenever all are full, and pings each, so that a dead peer is noticed in 45 s. */
export function createHttp2Sessions(endpoint: Endpoint, clock: Clock): Http2Sessions {
  const streams = new Map<ClientHttp2Session, number>();
  const sockets = new Set<TLSSocket>();
  let opening: Promise<void> | undefined;
  let isUnsupported = false;
  let isClosed = false;

  function withRoom(): ClientHttp2Session | undefined {
    for (const [session, open] of streams) {
      const limit = Math.min(session.remoteSettings?.maxConcurrentStreams ?? Infinity, MAX_STREAMS_PER_SESSION);
      if (!session.closed && !session.destroyed && open < limit) return session;
    }
    return undefined;
  }

  function count(session: ClientHttp2Session, change: 1 | -1): void {
    const before = streams.get(session);
    if (before !== undefined) streams.set(session, before + change);
  }

  async function open(): Promise<void> {
    const socket = await dial();
    if (socket.alpnProtocol !== 'h2') {
      isUnsupported = true;
      socket.destroy();
      return;
    }
    const session = http2.connect(endpoint.origin, {
      createConnection: () => socket,
      maxSendHeaderBlockLength: MAX_HEADER_BLOCK_BYTES,
      settings: { enablePush: false, maxHeaderListSize: MAX_HEADER_BLOCK_BYTES },
    });
    streams.set(session, 0);
    session.on('connect', () => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
    // A session that no stream uses must not keep the process alive; streams report their own errors.
    session.unref();
    session.on('error', () => {});
    const stopPings = pingRegularly(session, clock);
    session.on('close', () => {
      stopPings();
      streams.delete(session);
    });
  }

  function dial(): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ ...endpoint.tls, ALPNProtocols: ['h2', 'http/1.1'] });
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      const timer = clock.setTimeout(
        () => socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' })),
        CONNECT_TIMEOUT_MS,
      );
      socket.once('secureConnect', () => {
        timer.cancel();
        socket.off('error', reject);
        resolve(socket);
      });
      socket.once('error', reject);
      socket.once('close', () => {
        timer.cancel();
        reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
      });
    });
  }

  return {
    async request(headers, options) {
      for (;;) {
        if (isUnsupported) return undefined;
        if (isClosed) throw Object.assign(new Error('closed'), { code: 'ECONNABORTED' });
        const session = withRoom();
        if (session !== undefined) {
          const stream = session.request(headers, options);
          count(session, 1);
          stream.on('close', () => count(session, -1));
          return stream;
        }
        // One connection attempt at a time: a burst of watches fills a session before it opens the next.
        opening ??= open().finally(() => {
          opening = undefined;
        });
        await opening;
      }
    },
    close() {
      isClosed = true;
      for (const session of streams.keys()) abortSession(session, 'ECONNABORTED');
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Ends a session with an error: without one, its streams would look as if they had ended by themselves. */
function abortSession(session: ClientHttp2Session, code: string): void {
  session.destroy(Object.assign(new Error('session aborted'), { code }), http2.constants.NGHTTP2_CANCEL);
}

function pingRegularly(session: ClientHttp2Session, clock: Clock): () => void {
  let timer: Timer;
  let deadline: Timer | undefined;
  const schedule = () => {
    timer = clock.setTimeout(() => {
      deadline = clock.setTimeout(() => abortSession(session, 'ETIMEDOUT'), PING_TIMEOUT_MS);
      session.ping(() => {
        deadline?.cancel();
        if (!session.destroyed) schedule();
      });
    }, PING_INTERVAL_MS);
  };
  schedule();
  return () => {
    timer.cancel();
    deadline?.cancel();
  };
}
