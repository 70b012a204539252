import { createServer, type IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '@sallyport/core';
import type { VerifiedCredential } from '@sallyport/core/credentials';
import type { AccessProxy } from '../access-proxy.ts';
import { http1ProxyRequest, http1Sink } from '../node/http1-sink.ts';
import { lookUpLive } from '../proxy/authenticate.ts';
import { refusalAnswer } from '../proxy/refusal.ts';
import type { ProxyRequest } from '../proxy/request.ts';
import type { SnapshotSource } from '../snapshot.ts';

/** Whose requests come out of a sandbox. */
export interface SandboxOwner {
  /** The person, their login session and the one cluster. Looked up live for each request; it is never written down. */
  readonly credential: VerifiedCredential;
  /** Address of the browser. */
  readonly peerAddress: string;
  /** What paths begin with where others of the machine could connect, too. Absent: nobody else can. */
  readonly pathSecret?: string;
}

/** Takes the requests of sandboxes to the access proxy. */
export interface KubeEntry {
  /** Serves what connects to `listener` as `owner`. Returns the way to end it, with every connection. */
  serve(listener: Server, owner: SandboxOwner): () => void;
}

/** What {@link createKubeEntry} needs. */
export interface KubeEntryOptions {
  readonly proxy: Pick<AccessProxy, 'handleInternal'>;
  readonly snapshots: Pick<SnapshotSource, 'current'>;
  readonly clock: Clock;
}

/**
 * Creates the way from sandboxes to clusters. A sandbox holds no credential that could be stolen from it: by which listener a
 * request comes says whose it is, and it then goes through every stage of the access proxy. Headers that would say
 * otherwise are taken off.
 */
export function createKubeEntry({ proxy, snapshots, clock }: KubeEntryOptions): KubeEntry {
  const owners = new WeakMap<Duplex, SandboxOwner>();
  const http = createServer({ requestTimeout: 0, headersTimeout: 20_000, keepAliveTimeout: 60_000 });

  async function serve(request: IncomingMessage, response: ServerResponse, takeOver?: () => Duplex): Promise<void> {
    const owner = owners.get(request.socket);
    if (owner === undefined) return void response.destroy();
    const asked = requestOf(request, owner);
    const sink = http1Sink(response);
    const who = asked && lookUpLive(owner.credential, snapshots.current(), new Date(clock.now()));
    if (asked === undefined || who === undefined) return void response.writeHead(404, { 'content-length': 0 }).end();
    if ('code' in who) {
      const { status, headers, body } = refusalAnswer(who, asked.target);
      sink.head(status, headers);
      sink.write(body, () => {});
      return sink.end([]);
    }
    await proxy.handleInternal(who, asked, sink, takeOver);
  }

  http.on('request', (request, response) => void serve(request, response));
  http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => socket.end());
    void serve(request, response, () => {
      response.detachSocket(socket);
      if (head.length > 0) socket.unshift(head);
      return socket;
    });
  });
  http.on('clientError', (_error, socket) => socket.destroy());

  return {
    serve(listener, owner) {
      const sockets = new Set<Socket>();
      listener.on('connection', (socket) => {
        sockets.add(socket);
        owners.set(socket, owner);
        socket.on('close', () => sockets.delete(socket));
        socket.on('error', () => {});
        http.emit('connection', socket);
      });
      return () => {
        listener.close();
        for (const socket of sockets) socket.destroy();
      };
    },
  };
}

const OF_IDENTITY = new Set(['authorization', 'cookie', 'proxy-authorization']);

function requestOf(request: IncomingMessage, { peerAddress, pathSecret }: SandboxOwner): ProxyRequest | undefined {
  const asked = http1ProxyRequest(request);
  const prefix = pathSecret === undefined ? '' : `/${pathSecret}`;
  if (!asked.target.startsWith(`${prefix}/`)) return undefined;
  const headers: string[] = [];
  for (let i = 0; i < asked.headers.length; i += 2) {
    const name = asked.headers[i] as string;
    if (!OF_IDENTITY.has(name.toLowerCase())) headers.push(name, asked.headers[i + 1] as string);
  }
  return { ...asked, headers, target: asked.target.slice(prefix.length), peerAddress, channel: 'webKubectl' };
}
