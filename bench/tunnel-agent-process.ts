/** The tunnel's agent end as a process of its own: forwards what comes. Argument: JSON. First line on stdout once it is up. */
import { createTunnel } from '@sallyport/tunnel';
import { createExchangeServer } from '@sallyport/tunnel/http';
import { type AgentPlace, dialGateway, staticUpstream } from './pieces.ts';

const place = JSON.parse(process.argv[2] ?? '{}') as AgentPlace;
const upstream = staticUpstream(place);
const tunnel = createTunnel(await dialGateway(place), {
  role: 'agent',
  onStream: createExchangeServer((head, exchange) => {
    const hasLength = head.headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length');
    const call = upstream.send(
      {
        method: head.method,
        target: head.target,
        headers: head.headers,
        as: { user: 'bench', groups: [] },
        body: hasLength ? 'sized' : 'none',
        isLongRunning: false,
      },
      {
        onHead: (answer) => exchange.respond(answer),
        onData: (chunk) => {
          if (!exchange.write(chunk)) call.pause();
        },
        onEnd: (trailers) => exchange.end(trailers),
        onError: (error) => exchange.reset('upstreamReset', error.message),
      },
    );
    return {
      onData: (chunk) => call.write(chunk, () => exchange.consumed(chunk.length)),
      onEnd: () => call.end(),
      onReset: () => call.destroy(),
      onDrain: () => call.resume(),
      onRenew() {},
    };
  }),
});
await tunnel.peerHello;
process.stdout.write('ready\n');
