import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type RequestOptions, request as requestOf } from 'node:https';
import type { Duplex } from 'node:stream';
import {
  createFakeKubeApiServer,
  type FakeKubeApiServer,
  type FakeKubeApiServerOptions,
} from '@sallyport/core/testing';

const KUBE = /^\/api\/v1\/clusters\/[^/]+\/kube(\/.*)$/;
/** Headers of a request that mean something to a cluster; cookies and tokens of the page do not. */
const CARRIED = [
  'accept',
  'content-type',
  'content-length',
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
] as const;

/** The cluster behind the mock API: a fake kube-apiserver that every address of the kube path leads to. */
export interface MockCluster {
  readonly cluster: FakeKubeApiServer;
  /** Whose rights requests have from now on: the token of one of the fake's users. */
  actAs(token: string): void;
  /** Answers a request to a cluster. `false`: it is none, and untouched. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  /** The same for WebSockets. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  close(): Promise<void>;
}

/** Starts the cluster, with a small shop in it. What the mock lacks of a server: decisions, recordings, audit. */
export async function startMockCluster(options: FakeKubeApiServerOptions = {}): Promise<MockCluster> {
  const cluster = createFakeKubeApiServer({ seed: 'demo', isRecording: false, ...options });
  await cluster.listen();
  let token = 'admin-token';

  const target = ({ method = 'GET', url = '/', headers }: IncomingMessage): RequestOptions | undefined => {
    const path = KUBE.exec(url)?.[1];
    if (path === undefined) return undefined;
    const { hostname, port } = new URL(cluster.url);
    const carried: OutgoingHttpHeaders = { authorization: `Bearer ${token}` };
    for (const name of CARRIED) if (headers[name] !== undefined) carried[name] = headers[name];
    return { hostname, port, ca: cluster.caPem, method, path, headers: carried };
  };

  return {
    cluster,
    actAs: (next) => {
      token = next;
    },
    answer(request, response) {
      const to = target(request);
      if (to === undefined) return false;
      const upstream = requestOf(to, (answer) => {
        const { connection: _, 'transfer-encoding': __, ...headers } = answer.headers;
        response.writeHead(answer.statusCode ?? 502, headers);
        // A watch says nothing for long; the page must know that it stands.
        response.flushHeaders();
        answer.pipe(response);
      });
      upstream.on('error', () => response.destroy());
      response.on('close', () => upstream.destroy());
      request.pipe(upstream);
      return true;
    },
    upgrade(request, socket, head) {
      const to = target(request);
      if (to === undefined) return false;
      const upstream = requestOf(to);
      upstream.on('upgrade', ({ rawHeaders }, behind, first) => {
        const lines = rawHeaders.flatMap((name, index) =>
          index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : [],
        );
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
        if (first.length > 0) socket.write(first);
        if (head.length > 0) behind.write(head);
        socket.pipe(behind).pipe(socket);
        socket.on('error', () => behind.destroy());
        behind.on('error', () => socket.destroy());
      });
      upstream.on('response', () => socket.destroy());
      upstream.on('error', () => socket.destroy());
      upstream.end();
      return true;
    },
    close: () => cluster.close(),
  };
}
