/** Pieces of servers and agents that are put together from public names: a front, a gateway, a link, an upstream. */
import { readFileSync } from 'node:fs';
import { createServer as createHttp1Server, type IncomingMessage, ServerResponse } from 'node:http';
import { constants, createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { createKubeUpstream, type KubeUpstream } from '@sallyport/agent';
import type { ProxyRequest, ResponseSink } from '@sallyport/server';
import { http1ProxyRequest, http1Sink, http2ProxyRequest, http2Sink, readHttp2Head } from '@sallyport/server/node';
import type { Link } from '@sallyport/tunnel';
import { createGrpcGateway, dialGrpcLink, type GatewayOptions } from '@sallyport/tunnel/grpc';
import { createTlsGateway, dialTlsLink } from '@sallyport/tunnel/tls';
import type { LinkName } from './configurations.ts';

/** What an agent that is put together from pieces is told. */
export interface AgentPlace {
  /** Folder of {@link ./pki.ts}. */
  readonly pki: string;
  /** Ports on 127.0.0.1. */
  readonly gatewayPort: number;
  readonly upstreamPort: number;
  /** Default: gRPC. */
  readonly link?: LinkName;
}

const read = (pki: string, name: string) => readFileSync(join(pki, name), 'utf8');

/** Serves HTTPS on a free port, HTTP/1.1 and HTTP/2 with the windows of the front door; resolves with the port. */
export function openFront(
  pki: string,
  serve: (request: ProxyRequest, sink: ResponseSink) => unknown,
  upgrade?: (request: ProxyRequest, sink: ResponseSink, takeOver: () => Socket) => unknown,
): Promise<number> {
  const http1 = createHttp1Server((request, response) => {
    serve(http1ProxyRequest(request), http1Sink(response));
  });
  http1.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (upgrade === undefined) return void socket.destroy();
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    socket.on('error', () => {});
    const takeOver = () => {
      response.detachSocket(socket);
      if (head.length > 0) socket.unshift(head);
      return socket;
    };
    upgrade(http1ProxyRequest(request), http1Sink(response), takeOver);
  });
  const http2 = createHttp2Server({
    maxSessionMemory: 64,
    settings: { initialWindowSize: 4 << 20, maxConcurrentStreams: 500 },
  });
  http2.on('session', (session) => {
    session.setLocalWindowSize(16 << 20);
    session.on('error', () => {});
  });
  http2.on('stream', (stream: ServerHttp2Stream, _headers: object, flags: number, rawHeaders: string[]) => {
    const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    serve(http2ProxyRequest(stream, readHttp2Head(rawHeaders), hasBody), http2Sink(stream));
  });
  const tls = createTlsServer(
    {
      cert: read(pki, 'server.crt'),
      key: read(pki, 'server.key'),
      ALPNProtocols: ['h2', 'http/1.1'],
      noDelay: true,
    },
    (socket) => {
      socket.on('error', () => {});
      (socket.alpnProtocol === 'h2' ? http2 : http1).emit('connection', socket);
    },
  );
  return listen(tls);
}

/** Takes agents that hold a certificate of the CA on a free port; resolves with the port. */
export function openGateway(pki: string, onLink: (link: Link) => void): Promise<number> {
  const arrivals: GatewayOptions = {
    credentials: {
      certPem: read(pki, 'server.crt'),
      keyPem: read(pki, 'server.key'),
      clientCaPem: read(pki, 'ca.crt'),
    },
    onConnect: onLink,
    onRenew: () => Promise.reject(new Error('certificates of a run outlive it')),
  };
  const gateway = createGrpcGateway({ ...arrivals, other: createTlsGateway(arrivals) });
  return listen(createTcpServer({ noDelay: true }, (socket) => gateway.injectConnection(socket)));
}

/** Dials what {@link openGateway} opened. */
export async function dialGateway({ pki, gatewayPort, link: name }: AgentPlace): Promise<Link> {
  const { link } = await (name === 'tls' ? dialTlsLink : dialGrpcLink)({
    address: `127.0.0.1:${gatewayPort}`,
    serverName: 'localhost',
    caPem: read(pki, 'ca.crt'),
    certPem: read(pki, 'agent.crt'),
    keyPem: read(pki, 'agent.key'),
  });
  return link;
}

/** The static upstream, as an agent reaches a kube-apiserver. */
export function staticUpstream({ pki, upstreamPort }: AgentPlace): KubeUpstream {
  return createKubeUpstream({ host: '127.0.0.1', port: upstreamPort, ca: [read(pki, 'ca.crt')], token: () => 'bench' });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
