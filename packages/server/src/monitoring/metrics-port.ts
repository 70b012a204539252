import { createServer } from 'node:http';
import { bindListener } from '../node/listener.ts';
import { METRICS_CONTENT_TYPE } from './server-metrics.ts';

/** Options of {@link openMetricsPort}. */
export interface MetricsPortOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly render: () => Promise<string>;
}

/** A port that serves metrics. */
export interface MetricsPort {
  readonly port: number;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Scrapers have a few connections each. */
const LIMITS = { maxConnections: 200, maxConnectionsPerAddress: 100 };

/**
 * Serves `GET /metrics` in plain HTTP, to whoever reaches the port: keep it inside. It holds nothing secret, but tells how much is
 * going on.
 * @throws ServerError `ERR_LISTEN_PORT_TAKEN`, `ERR_LISTEN_FAILED`
 */
export async function openMetricsPort({ host, port, render }: MetricsPortOptions): Promise<MetricsPort> {
  const listener = await bindListener({ host, port, limits: LIMITS, exclusive: true });
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 1_000 });
  // It is handed its connections and never listens; but it is at that event that Node begins to look for late heads.
  server.emit('listening');
  server.on('request', (request, response) => {
    const plain = (status: number, body: string) =>
      void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
    if (request.url !== '/metrics') return plain(404, 'not found\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'only GET\n');
    render().then(
      (body) => {
        response.writeHead(200, { 'content-type': METRICS_CONTENT_TYPE, 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : body);
      },
      () => plain(500, 'the metrics could not be put together\n'),
    );
  });
  listener.onConnection((socket) => void server.emit('connection', socket));
  return {
    port: listener.port,
    async close() {
      server.closeAllConnections();
      // Stops looking for late heads.
      server.close();
      await listener.close();
    },
  };
}
