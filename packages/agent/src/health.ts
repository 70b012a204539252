import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentError, faultOf } from './errors.ts';
import type { AgentMetrics } from './metrics.ts';

/** Options of {@link startHealthServer}. */
export interface HealthServerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Whether exchanges can be served: a tunnel is up. */
  readonly isReady: () => boolean;
  readonly metrics: AgentMetrics;
}

/** A running health port. */
export interface HealthServer {
  readonly port: number;
  /** Closes the port and its connections. Idempotent. */
  close(): void;
}

/** Connections at one time; more are closed at once. Probes and scrapers have a few. */
const MAX_CONNECTIONS = 1_000;

/**
 * Serves `GET /healthz` (the process runs), `/readyz` (a tunnel is up; 503 when not) and `/metrics` in plain HTTP. Holds
 * nothing that is secret.
 * @throws AgentError `ERR_AGENT_HEALTH_PORT`
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { host, port, isReady, metrics } = options;
  const answers: Readonly<Record<string, () => readonly [status: number, body: string]>> = {
    '/healthz': () => [200, 'ok\n'],
    '/readyz': () => (isReady() ? [200, 'ok\n'] : [503, 'no tunnel to the server is up\n']),
    '/metrics': () => [200, metrics.render()],
  };
  // Late heads are looked for every 30 s unless it is said, whatever their time is.
  const server = http.createServer({ connectionsCheckingInterval: 1_000 }, (req, res) => {
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    const answer = Object.hasOwn(answers, req.url ?? '') ? answers[req.url ?? ''] : undefined;
    const [status, body] = answer === undefined ? [404, 'not found\n'] : isRead ? answer() : [405, 'only GET\n'];
    res.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' });
    res.end(body);
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new AgentError({
          code: 'ERR_AGENT_HEALTH_PORT',
          message: `the health port ${host}:${port} can't be opened: ${faultOf(cause)}`,
          cause,
          nextStep: 'Choose another health address, or none.',
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
