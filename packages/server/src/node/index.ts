/**
 * The access proxy on Node's own HTTP servers: {@link createNodeMount} for `node:http`, `node:https`, express and fastify; and
 * request and answer of `node:http` and `node:http2` in the proxy's form, for servers of another kind.
 *
 * @packageDocumentation
 */
export { http1ProxyRequest, http1Sink } from './http1-sink.ts';
export type { Http2Head } from './http2-sink.ts';
export { http2ProxyRequest, http2Sink, readHttp2Head } from './http2-sink.ts';
export type { ApplicationUpgrade, NodeMount, NodeMountOptions } from './mount.ts';
export { createNodeMount } from './mount.ts';
