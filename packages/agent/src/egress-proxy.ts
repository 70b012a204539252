import http from 'node:http';
import type { Socket } from 'node:net';
import type { Secret } from '@sallyport/core';
import { AgentError, faultOf } from './errors.ts';

/** An HTTP proxy that the agent's connections to the server pass through, by CONNECT. */
export interface EgressProxy {
  readonly host: string;
  readonly port: number;
  /** For `Proxy-Authorization: Basic`. */
  readonly credentials?: { readonly userName: string; readonly password: Secret };
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Opens a connection to `host:port` through the proxy. The proxy sees the address and TLS ciphertext only.
 * @throws AgentError `ERR_AGENT_EGRESS_PROXY`
 */
export function connectThroughProxy(proxy: EgressProxy, host: string, port: number): Promise<Socket> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const headers = ['Host', authority, ...proxyAuthorization(proxy)];
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: proxy.host,
      port: proxy.port,
      method: 'CONNECT',
      path: authority,
      headers,
      setHost: false,
      agent: false,
      timeout: CONNECT_TIMEOUT_MS,
    });
    const fail = (message: string, cause?: unknown) => {
      request.destroy();
      reject(new AgentError({ code: 'ERR_AGENT_EGRESS_PROXY', message, cause }));
    };
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) {
        socket.setTimeout(0);
        resolve(socket);
        return;
      }
      socket.destroy();
      const missing = response.statusCode === 407 ? ': it wants other credentials' : '';
      fail(`the egress proxy answered CONNECT with status ${response.statusCode}${missing}`);
    });
    request.once('timeout', () => fail(`the egress proxy gave no answer within ${CONNECT_TIMEOUT_MS} ms`));
    request.once('error', (cause) => fail(`the egress proxy can't be reached: ${faultOf(cause)}`, cause));
    request.end();
  });
}

/** `Proxy-Authorization` as header lines; empty without credentials. */
export function proxyAuthorization(proxy: EgressProxy): string[] {
  if (proxy.credentials === undefined) return [];
  const { userName, password } = proxy.credentials;
  return ['Proxy-Authorization', `Basic ${Buffer.from(`${userName}:${password.reveal()}`).toString('base64')}`];
}

/** The proxy as a URL with its credentials, which is how the gRPC link takes it. Holds the password: never log it. */
export function proxyUrl(proxy: EgressProxy): URL {
  const url = new URL(`http://${proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host}:${proxy.port}`);
  if (proxy.credentials !== undefined) {
    url.username = encodeURIComponent(proxy.credentials.userName);
    url.password = encodeURIComponent(proxy.credentials.password.reveal());
  }
  return url;
}
