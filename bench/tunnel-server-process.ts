/**
 * The tunnel's server end as a process of its own: no authentication of callers, no policy, no audit. Argument: JSON.
 * First line on stdout: JSON with the ports. Serves once an agent is there.
 */
import type { RawHeaders } from '@sallyport/core';
import type { ProxyRequest, ResponseSink } from '@sallyport/server';
import { createTunnel, type Tunnel } from '@sallyport/tunnel';
import { openExchange } from '@sallyport/tunnel/http';
import { pumpReadable } from '@sallyport/tunnel/node';
import { openFront, openGateway } from './pieces.ts';

/** Fields that concern one connection only. */
const HOP_BY_HOP = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding', 'upgrade']);

const { pki } = JSON.parse(process.argv[2] ?? '{}') as { pki: string };

function carry(via: Tunnel, request: ProxyRequest, sink: ResponseSink): void {
  const head = {
    method: request.method,
    target: request.target,
    headers: endToEnd(request.headers),
    upgrade: false,
    capability: '',
    decisionId: '',
  };
  const exchange = openExchange(via, head, {
    onHead: ({ status, headers }) => sink.head(status, endToEnd(headers)),
    onData: (chunk) => sink.write(chunk, () => exchange.consumed(chunk.length)),
    onEnd: (trailers) => sink.end(trailers),
    onReset: () => sink.abort(),
    onDrain: () => pump?.resume(),
  });
  sink.onGone(() => exchange.reset('cancelled'));
  const pump = request.body && pumpReadable(request.body, exchange);
  if (pump === undefined) exchange.end();
}

function endToEnd(headers: RawHeaders): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

const agents: Tunnel[] = [];
const gatewayPort = await openGateway(pki, (link) => {
  agents.push(createTunnel(link, { role: 'server' }));
});
const frontPort = await openFront(pki, (request, sink) => {
  const via = agents.at(-1);
  if (via === undefined) sink.abort();
  else carry(via, request, sink);
});
process.stdout.write(`${JSON.stringify({ frontPort, gatewayPort })}\n`);
