// Shows: the tunnel alone carries a plain HTTP service that has no inbound port, without Kubernetes and without Sallyport's server.
import { createServer as createHttpServer, type Server as HttpServer, request as httpRequest } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createBackoff, createTunnel, type Tunnel } from '@sallyport/tunnel';
import { createGrpcGateway, type DialOptions, dialGrpcLink, type GatewayCredentials } from '@sallyport/tunnel/grpc';
import { createExchangeServer, openExchange, type ServedExchangeHandler } from '@sallyport/tunnel/http';
import { deliverTo, pumpReadable } from '@sallyport/tunnel/node';

/** Fields that are about one connection (RFC 9110, section 7.6.1). */
const OF_A_CONNECTION = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

/** The fields of a message that go on to the other side. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, i) => !OF_A_CONNECTION.test(rawHeaders[i - (i % 2)] ?? ''));
}

/** The public side: `links` takes services that dial in, `site` hands them what browsers ask. */
export function createFront(credentials: GatewayCredentials): { readonly links: TcpServer; readonly site: HttpServer } {
  let tunnel: Tunnel | undefined;
  const gateway = createGrpcGateway({
    credentials,
    onConnect(link) {
      const opened = createTunnel(link, { role: 'server' });
      tunnel = opened;
      void opened.closed.then(() => {
        if (tunnel === opened) tunnel = undefined;
      });
    },
    onRenew: () => Promise.reject(new Error('certificates are made by hand here')),
  });
  const links = createTcpServer((socket) => gateway.injectConnection(socket)).on('close', () => gateway.close());
  const site = createHttpServer((request, response) => {
    if (tunnel === undefined) return void response.writeHead(503).end('the service is not connected\n');
    const { method = 'GET', url: target = '/', rawHeaders } = request;
    const head = { method, target, headers: endToEnd(rawHeaders), upgrade: false, capability: '', decisionId: '' };
    const exchange = openExchange(tunnel, head, {
      onHead: (answer) => void response.writeHead(answer.status, endToEnd(answer.headers)).flushHeaders(),
      onData: (chunk) => body.data(chunk),
      onEnd: () => body.end(),
      onReset(error) {
        pump.stop();
        body.stop();
        // A body that breaks off must not look whole.
        if (response.headersSent) response.destroy();
        else response.writeHead(502).end(`${error.message}\n`);
      },
      onDrain: () => pump.resume(),
    });
    const body = deliverTo(response, exchange);
    const pump = pumpReadable(request, exchange);
  });
  return { links, site };
}

/** The private side: dials out, again whenever the tunnel is lost, and passes what comes through it to `service`. */
export async function serveThrough(dial: DialOptions, service: URL, signal: AbortSignal): Promise<void> {
  const backoff = createBackoff();
  while (!signal.aborted) {
    try {
      const { link } = await dialGrpcLink({ ...dial, signal });
      const tunnel = createTunnel(link, { role: 'agent', onStream: passTo(service) });
      backoff.connected();
      const stop = () => tunnel.close();
      signal.addEventListener('abort', stop, { once: true });
      await tunnel.closed;
      signal.removeEventListener('abort', stop);
      backoff.disconnected();
    } catch {
      // Not there yet, or no longer: the next attempt tells.
    }
    await delay(backoff.nextDelayMs(), undefined, { signal }).catch(() => {});
  }
}

/** Serves each exchange with a request to `service`, and to nothing else: of what comes, only path and query are believed. */
function passTo({ hostname, port }: URL) {
  return createExchangeServer((head, exchange): ServedExchangeHandler => {
    const { method, target: path } = head;
    const call = httpRequest({ hostname, port, method, path, headers: endToEnd(head.headers) });
    let answered: ReturnType<typeof pumpReadable> | undefined;
    call.on('response', (answer) => {
      exchange.respond({ status: answer.statusCode ?? 502, headers: endToEnd(answer.rawHeaders) });
      answered = pumpReadable(answer, exchange);
    });
    call.on('error', (error) => exchange.reset('upstreamUnreachable', error.message));
    const body = deliverTo(call, exchange);
    return {
      onData: (chunk) => body.data(chunk),
      onEnd: () => body.end(),
      onReset: () => {
        body.stop();
        call.destroy();
      },
      onDrain: () => answered?.resume(),
      onRenew() {},
    };
  });
}
