import { type IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { failureStatus } from '@sallyport/core';
import type { AccessProxy } from '../access-proxy.ts';
import { clientCertificateOf } from './certificate-host.ts';
import { hostName, http1ProxyRequest, http1Sink } from './http1-sink.ts';
import { isKubeRequest } from './routing.ts';

/**
 * Takes a request of the application that asks for another protocol; `false` when there is nothing at its address. `response`
 * answers as long as nothing was switched; `takeOver` yields the raw connection, and ends the use of `response`.
 */
export type ApplicationUpgrade = (
  request: IncomingMessage,
  response: ServerResponse,
  takeOver: () => Duplex,
) => boolean;

/** Options of {@link createNodeMount}. */
export interface NodeMountOptions {
  readonly proxy: AccessProxy;
  /** Answers what is not for Kubernetes. Default: 404. */
  readonly application?: RequestListener;
  /** Whether a path is one of the application's own, so that a host leaves it to us. Default: none is. */
  readonly isApplicationPath?: (path: string) => boolean;
  /** Takes the WebSockets of the application. Default: there are none. */
  readonly applicationUpgrade?: ApplicationUpgrade;
  /** Domain of per-cluster host names. Default: none. */
  readonly hostDomain?: string;
}

/**
 * Sallyport on an HTTP/1.1 server of somebody else: `node:http`, `node:https`, express, fastify. The functions need no `this`. Hand
 * requests over before anything reads their bodies, at the root of an origin.
 */
export interface NodeMount {
  /** Whether a request is ours: for Kubernetes, or at a path of the application. */
  takes(request: IncomingMessage): boolean;
  /**
   * Answers a request. With `next`, as middleware: what is not ours goes to `next`. Without, what is not ours goes to the
   * application all the same, which has pages and an answer for what it doesn't know.
   */
  request(request: IncomingMessage, response: ServerResponse, next?: () => void): void;
  /** Serves `upgrade` of the server: exec, attach, port-forward, and WebSockets of the application. What is not ours is answered 404. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Makes the listeners that serve the access proxy, and an application beside it, on a Node HTTP/1.1 server. Holds no state. */
export function createNodeMount(options: NodeMountOptions): NodeMount {
  const { proxy, application, applicationUpgrade, isApplicationPath, hostDomain } = options;
  const routing = { ...(hostDomain !== undefined && { hostDomain }) };
  const isKube = (request: IncomingMessage) => isKubeRequest(routeOf(request), routing);

  function takes(request: IncomingMessage): boolean {
    return isKube(request) || isApplicationPath?.((request.url ?? '/').replace(/\?.*$/s, '')) === true;
  }

  return {
    takes,
    request(request, response, next) {
      if (next !== undefined && !takes(request)) return next();
      // Whoever read it has taken it: upstream would wait for bytes that never come.
      if (request.readableDidRead) return refuseReadBody(response);
      if (isKube(request)) void proxy.handle(http1ProxyRequest(request), http1Sink(response));
      else if (application !== undefined) application(request, response);
      else notFound(response);
    },
    upgrade(request, socket, head) {
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      try {
        response.assignSocket(socket as Socket);
      } catch {
        // Behind a request that still waits for its answer, a switch would take the connection from under it.
        return void socket.destroy();
      }
      // Whatever the caller sends after a refused switch is never read as another request (SEC-C01).
      response.on('finish', () => socket.end());
      socket.on('error', noop);
      const takeOver = () => {
        response.detachSocket(socket as Socket);
        if (head.length > 0) socket.unshift(head);
        return socket;
      };
      if (isKube(request)) void proxy.upgrade(http1ProxyRequest(request), http1Sink(response), takeOver);
      else if (applicationUpgrade?.(request, response, takeOver) !== true) notFound(response);
    },
  };
}

function routeOf(request: IncomingMessage) {
  return {
    target: request.url ?? '/',
    host: hostName(request.headers.host),
    authorization: request.headers.authorization,
    isCertificateHost: clientCertificateOf(request.socket) !== undefined,
  };
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, { 'Content-Length': 0 }).end();
}

/** A Status also on paths of the application: nobody but the host's own developers ever sees this. */
function refuseReadBody(response: ServerResponse): void {
  const message =
    "the body of this request was read before it came to Sallyport: mount it before the host's body parsers [ERR_FRONT_BODY_READ]";
  const body = `${JSON.stringify(failureStatus('InternalError', message))}\n`;
  response
    .writeHead(500, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      Connection: 'close',
    })
    .end(body);
}

function noop(): void {}
