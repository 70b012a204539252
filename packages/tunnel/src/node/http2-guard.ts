import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock, type Timer } from '@sallyport/core';

/** What one HTTP/2 connection may cost beside the requests and bodies that it carries. */
export interface Http2PeerLimits {
  /**
   * Bytes that a peer may send at once beyond its heads and bodies: frame heads, padding, SETTINGS, PING, PRIORITY, WINDOW_UPDATE.
   * Default 1 MiB: control frames of a busy caller are a hundredth of that. The connection is closed beyond.
   */
  readonly overheadBurstBytes: number;
  /** How many more of those each second. Default 64 KiB: some 7,000 of the smallest frames. */
  readonly overheadBytesPerSecond: number;
  /** Streams that may end by a reset at once, the peer's or ours. Default 500: all that one caller may have open. */
  readonly resetBurst: number;
  /** How many more of those each second. Default 20: below the 33 at which nghttp2 falls silent without hanging up. */
  readonly resetsPerSecond: number;
  /** Streams whose peer takes nothing of what waits for it. Default 8: a person has one such page or pager open, or two. */
  readonly maxStalledStreams: number;
  /** After how long with nothing taken a stream counts as stalled, in milliseconds. Default 60,000. */
  readonly stallMs: number;
}

/** Limits in force where the options name none. */
export const HTTP2_PEER_LIMITS: Http2PeerLimits = Object.freeze({
  overheadBurstBytes: 1024 * 1024,
  overheadBytesPerSecond: 64 * 1024,
  resetBurst: 500,
  resetsPerSecond: 20,
  maxStalledStreams: 8,
  stallMs: 60_000,
});

/** Why a connection was closed. */
export type Http2Flood = 'overhead' | 'resets' | 'stalled';

/** Options of {@link createHttp2Guard}. */
export interface Http2GuardOptions {
  readonly limits?: Partial<Http2PeerLimits>;
  /** A connection is about to be closed; for logs and counters. */
  readonly onFlood?: (flood: Http2Flood, session: ServerHttp2Session) => void;
  readonly clock?: Clock;
}

/** A socket that knows what went over it. */
export type CountingSocket = Duplex & { readonly bytesRead: number; readonly bytesWritten: number };

/** Closes HTTP/2 connections whose peers cost more than they ask for. */
export interface Http2Guard {
  /** Watches a connection, from before its first stream until its end. `socket` is the one that the session was made on. */
  watch(session: ServerHttp2Session, socket: CountingSocket): void;
  /** Looks no more. Idempotent. */
  close(): void;
}

/** How often connections are looked at, in milliseconds: as long may a flood take what a connection gives. */
const LOOK_INTERVAL_MS = 250;
/** What a field takes on the wire beside its name and value at most, in bytes (RFC 7541, section 6.2). */
const FIELD_BYTES = 9;
/** Frames that each stream needs beside its head: its end, and the windows of a body. In bytes. */
const STREAM_BYTES = 128;
/** A body may come in frames as small as eight times their heads. */
const BODY_SHARE = 8;
/** What a peer sends back for what it reads, windows above all, is hardly a sixteenth of it. */
const ANSWER_SHARE = 16;

/**
 * Makes a guard for the connections of a listener. Frames are not looked at one by one, which would cost every caller: what a
 * connection has read is compared with the heads and bodies that came of it, and the rest is held to a rate. Every flood of control
 * frames, empty frames and crumbs is such a rest, whatever it consists of. Floods that Node ends by itself end there.
 */
export function createHttp2Guard(options: Http2GuardOptions = {}): Http2Guard {
  const { onFlood, clock = systemClock } = options;
  const limits = { ...HTTP2_PEER_LIMITS, ...options.limits };
  const connections = new Set<WatchedConnection>();
  let timer: Timer | undefined;
  let isClosed = false;

  function look(): void {
    for (const connection of connections) {
      const flood = connection.look(clock.monotonicMs());
      if (flood !== undefined) end(connection, flood);
    }
    timer = isClosed || connections.size === 0 ? undefined : clock.setTimeout(look, LOOK_INTERVAL_MS);
  }

  function end(connection: WatchedConnection, flood: Http2Flood): void {
    if (!connections.delete(connection)) return;
    onFlood?.(flood, connection.session);
    cutSession(connection.session, connection.socket, clock, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  return {
    watch(session, socket) {
      const connection = new WatchedConnection(session, socket, limits, clock);
      connections.add(connection);
      session.on('close', () => connections.delete(connection));
      const onStream = (
        stream: ServerHttp2Stream,
        _headers: unknown,
        _flags: number,
        rawHeaders: readonly string[],
      ) => {
        connection.opened(stream, rawHeaders);
        stream.on('close', () => {
          if (connection.closed(stream)) end(connection, 'resets');
        });
      };
      // Before whoever answers: what is written at once counts as well.
      session.prependListener('stream', onStream);
      timer ??= clock.setTimeout(look, LOOK_INTERVAL_MS);
    },
    close() {
      isClosed = true;
      timer?.cancel();
      timer = undefined;
      connections.clear();
    },
  };
}

/** Time a peer gets to read why its connection ends, in milliseconds. */
const LINGER_MS = 500;

/**
 * Ends a session with a GOAWAY, and its socket soon after in any case: Node keeps the connection of a destroyed session until what
 * was written has been taken, which a peer that reads nothing can put off for ever.
 */
export function cutSession(
  session: ServerHttp2Session,
  socket: Duplex,
  clock: Clock,
  code: number = constants.NGHTTP2_NO_ERROR,
): void {
  session.destroy(undefined, code);
  const timer = clock.setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => timer.cancel());
}

/** What came over a connection, and what that was for. */
class WatchedConnection {
  readonly session: ServerHttp2Session;
  readonly socket: CountingSocket;
  readonly #limits: Http2PeerLimits;
  readonly #clock: Clock;
  /** Bytes read that have their reason in heads, bodies and answers. */
  #dueBytes = 0;
  #overhead: Level;
  #resets: Level;
  /** Overhead that was charged already, in bytes. */
  #chargedBytes = 0;
  /** Since when each stream waits for its peer to take what was written. */
  readonly #waiting = new Map<ServerHttp2Stream, number>();

  constructor(session: ServerHttp2Session, socket: CountingSocket, limits: Http2PeerLimits, clock: Clock) {
    this.session = session;
    this.socket = socket;
    this.#limits = limits;
    this.#clock = clock;
    this.#overhead = new Level(clock.monotonicMs());
    this.#resets = new Level(clock.monotonicMs());
  }

  opened(stream: ServerHttp2Stream, rawHeaders: readonly string[]): void {
    let bytes = STREAM_BYTES;
    for (const text of rawHeaders) bytes += text.length;
    this.#dueBytes += bytes + (rawHeaders.length / 2) * FIELD_BYTES;
    this.#countBody(stream);
    this.#followWrites(stream);
  }

  /** Says whether that was one reset too many. */
  closed(stream: ServerHttp2Stream): boolean {
    this.#waiting.delete(stream);
    if (stream.rstCode === constants.NGHTTP2_NO_ERROR) return false;
    const { resetBurst, resetsPerSecond } = this.#limits;
    return this.#resets.add(1, resetsPerSecond, this.#clock.monotonicMs()) > resetBurst;
  }

  look(atMs: number): Http2Flood | undefined {
    const { bytesRead, bytesWritten } = this.socket;
    const overhead = Math.max(0, bytesRead - this.#dueBytes - bytesWritten / ANSWER_SHARE);
    const { overheadBurstBytes, overheadBytesPerSecond, maxStalledStreams, stallMs } = this.#limits;
    const fresh = Math.max(0, overhead - this.#chargedBytes);
    this.#chargedBytes += fresh;
    if (this.#overhead.add(fresh, overheadBytesPerSecond, atMs) > overheadBurstBytes) return 'overhead';
    let stalled = 0;
    for (const since of this.#waiting.values()) if (atMs - since >= stallMs) stalled += 1;
    return stalled > maxStalledStreams ? 'stalled' : undefined;
  }

  #countBody(stream: ServerHttp2Stream): void {
    const count = (bytes: number) => {
      this.#dueBytes += bytes + bytes / BODY_SHARE;
    };
    // What came in one read with the head is there already.
    count(stream.readableLength);
    const push = stream.push.bind(stream);
    stream.push = (chunk: Buffer | null, encoding) => {
      if (chunk !== null) count(chunk.length);
      return push(chunk, encoding);
    };
  }

  #followWrites(stream: ServerHttp2Stream): void {
    type Done = (error?: Error | null) => void;
    const follow = (done: Done): Done => {
      this.#waiting.set(stream, this.#clock.monotonicMs());
      return (error) => {
        this.#waiting.delete(stream);
        done(error);
      };
    };
    const write = stream._write.bind(stream);
    stream._write = (chunk, encoding, done) => write(chunk, encoding, follow(done));
    const writev = stream._writev?.bind(stream);
    if (writev) stream._writev = (chunks, done) => writev(chunks, follow(done));
  }
}

/** A level that falls at a rate, and never below nothing. */
class Level {
  #level = 0;
  #atMs: number;

  constructor(atMs: number) {
    this.#atMs = atMs;
  }

  /** Raises the level, and yields it. */
  add(amount: number, perSecond: number, atMs: number): number {
    this.#level = Math.max(0, this.#level - ((atMs - this.#atMs) * perSecond) / 1_000) + amount;
    this.#atMs = atMs;
    return this.#level;
  }
}
