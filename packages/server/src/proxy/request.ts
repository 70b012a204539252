import type { Readable } from 'node:stream';
import type { RequestOrigin } from '@sallyport/authz';
import type { RawHeaders } from '@sallyport/core';

/**
 * The certificate of a connection's peer: its bytes (DER), the same object for each request of the connection, after the
 * handshake proved its key. Nothing else of it was checked. `absent`: the peer has shown none.
 */
export type ClientCertificate = Uint8Array | 'absent';

/** A request as the access proxy takes it, whatever protocol or framework it came through. */
export interface ProxyRequest {
  readonly method: string;
  /** Path and query exactly as received. */
  readonly target: string;
  /** Without HTTP/2 pseudo headers. */
  readonly headers: RawHeaders;
  /** `Host` or `:authority`, lower case, without the port. */
  readonly host: string;
  /** Address of the socket's peer (or of a configured balancer's word for it). Never from a plain header. */
  readonly peerAddress: string;
  /** Set by the web UI's own way in, in process; absent for whatever came over the wire, which counts as kubectl. */
  readonly channel?: RequestOrigin['channel'];
  /** On a connection that was asked for a client certificate. Nothing else on it says who the caller is. */
  readonly clientCertificate?: ClientCertificate;
  /** Absent when the request has no body. */
  readonly body?: Readable;
}

/** Where the answer to a {@link ProxyRequest} goes. The proxy calls `head` once, then `write` any number of times, then `end` or `abort`. */
export interface ResponseSink {
  head(status: number, headers: RawHeaders): void;
  /** `taken` is called once the downstream has accepted the bytes. */
  write(chunk: Uint8Array, taken: () => void): void;
  end(trailers: RawHeaders): void;
  /** Breaks the answer off so that it can't look complete: a reset of the stream or connection. */
  abort(): void;
  /** Sets the one listener for the downstream's going away before the end. */
  onGone(listener: () => void): void;
}
