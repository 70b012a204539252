import assert from 'node:assert/strict';
import { createTunnel } from '../create-tunnel.ts';
import type { Tunnel, TunnelOptions } from '../tunnel.ts';
import type { ConformanceCase } from './conformance.ts';
import { type LinkSetup, pattern } from './link-conformance.ts';
import { echo, openStream, writeAll } from './tunnel-client.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const BODY_SIZES = [0, 1, ...[32 * KIB, 64 * KIB, 256 * KIB, 4 * MIB].flatMap((size) => [size - 1, size, size + 1])];

/** What a tunnel must do over any pair of links, in either direction. */
export const tunnelConformance: readonly ConformanceCase<LinkSetup>[] = [
  {
    name: 'exchanges the HELLO payloads first',
    run: (setup) =>
      withTunnels(setup, {}, async (server, agent) => {
        assert.equal(Buffer.from(await agent.peerHello).toString(), 'hello of server');
        assert.equal(Buffer.from(await server.peerHello).toString(), 'hello of agent');
      }),
  },
  {
    name: 'SEC-D26 carries bodies of sizes around every border byte for byte, both ways, with head and trailers',
    run: (setup) =>
      withTunnels(setup, { onStream: echo }, async (server, agent) => {
        for (const tunnel of [server, agent]) {
          for (const size of BODY_SIZES) {
            const opened = openStream(tunnel, `head ${size}`);
            const body = pattern(size, size & 0xff);
            await writeAll(opened, body, 100_000);
            opened.stream.end(Buffer.from('trailers'));
            const outcome = await opened.outcome;
            assert.equal(outcome.error, undefined);
            assert.equal(outcome.head, `head ${size}`);
            assert.equal(outcome.trailers, 'trailers');
            assert.equal(outcome.body.byteLength, size);
            assert.ok(outcome.body.equals(body), `body of ${size} bytes differs`);
          }
        }
        assert.deepEqual([server.streamCount, agent.streamCount], [0, 0]);
      }),
  },
  {
    name: 'tells the opener why a stream was reset, and frees it on both sides',
    run: (setup) =>
      withTunnels(
        setup,
        {
          onStream(_header, stream) {
            stream.reset('upstreamUnreachable', 'connection refused');
            return { onData() {}, onEnd() {}, onReset() {} };
          },
        },
        async (server, agent) => {
          const { error } = await openStream(server).outcome;
          assert.equal(error?.code, 'ERR_TUNNEL_STREAM_RESET');
          assert.equal(error.resetCode, 'upstreamUnreachable');
          assert.equal(error.message, 'connection refused');
          assert.deepEqual([server.streamCount, agent.streamCount], [0, 0]);
        },
      ),
  },
  {
    name: 'tells the acceptor when the opener cancels',
    run: async (setup) => {
      let cancelled: (code: string | undefined) => void = () => {};
      const code = new Promise<string | undefined>((resolve) => {
        cancelled = resolve;
      });
      await withTunnels(
        setup,
        { onStream: () => ({ onData() {}, onEnd() {}, onReset: (error) => cancelled(error.resetCode) }) },
        async (server) => {
          openStream(server).stream.reset('cancelled');
          assert.equal(await code, 'cancelled');
          assert.equal(server.streamCount, 0);
        },
      );
    },
  },
  {
    name: 'refuses streams where nobody takes them',
    run: (setup) =>
      withTunnels(setup, {}, async (server) => {
        assert.equal((await openStream(server).outcome).error?.resetCode, 'refused');
      }),
  },
  {
    name: 'asks the writer to wait while the consumer does not take the bytes, and goes on afterwards',
    run: async (setup) => {
      let take: () => void = () => {};
      let taken = 0;
      await withTunnels(
        setup,
        {
          onStream(_header, stream) {
            let held = 0;
            let isHolding = true;
            take = () => {
              isHolding = false;
              stream.consumed(held);
            };
            return {
              onData(chunk) {
                taken += chunk.byteLength;
                if (isHolding) held += chunk.byteLength;
                else stream.consumed(chunk.byteLength);
              },
              onEnd() {
                stream.sendHead(Buffer.from(String(taken)));
                stream.end();
              },
              onReset() {},
            };
          },
        },
        async (server) => {
          const opened = openStream(server);
          let written = 0;
          while (opened.stream.write(new Uint8Array(64 * KIB))) written += 64 * KIB;
          written += 64 * KIB;
          await server.ping();
          assert.ok(written <= MIB, `${written} bytes were taken before backpressure`);
          assert.ok(taken <= 256 * KIB, `${taken} bytes arrived without credit`);
          const drained = opened.drained();
          take();
          await drained;
          opened.stream.end();
          assert.equal((await opened.outcome).head, String(written));
        },
      );
    },
  },
  {
    name: 'measures the round trip',
    run: (setup) =>
      withTunnels(setup, {}, async (server, agent) => {
        assert.ok((await server.ping()) >= 0);
        assert.ok((await agent.ping()) >= 0);
      }),
  },
  {
    name: 'drains: finishes the streams that are open, takes no new ones, then closes both ends in order',
    run: (setup) =>
      withTunnels(setup, { onStream: echo }, async (server, agent) => {
        const opened = openStream(server, 'still here');
        // Nothing of the stream has left yet: a drain must not overtake it.
        const drained = agent.drain();
        assert.throws(() => openStream(agent), { code: 'ERR_TUNNEL_DRAINING' });
        await writeAll(opened, pattern(600 * KIB, 1));
        opened.stream.end();
        const outcome = await opened.outcome;
        assert.equal(outcome.error, undefined);
        assert.equal(outcome.body.byteLength, 600 * KIB);
        await drained;
        assert.equal(await server.closed, undefined);
        assert.throws(() => openStream(server), { code: 'ERR_TUNNEL_CLOSED' });
      }),
  },
  {
    name: 'SEC-D23 ends every open stream at once when the tunnel is closed, on both sides',
    run: async (setup) => {
      const codes: string[] = [];
      await withTunnels(
        setup,
        { onStream: () => ({ onData() {}, onEnd() {}, onReset: (error) => codes.push(error.code) }) },
        async (server, agent) => {
          const opened = Array.from({ length: 50 }, () => openStream(server));
          await server.ping();
          server.close();
          const outcomes = await Promise.all(opened.map(({ outcome }) => outcome));
          assert.ok(outcomes.every(({ error }) => error?.code === 'ERR_TUNNEL_CLOSED'));
          await agent.closed;
          assert.deepEqual(
            codes,
            Array.from({ length: 50 }, () => 'ERR_TUNNEL_CLOSED'),
          );
          assert.deepEqual([server.streamCount, agent.streamCount], [0, 0]);
        },
      );
    },
  },
  {
    name: 'SEC-D25 keeps every frame whole and in order with 1,000 streams, cancels and pings at once',
    run: (setup) =>
      withTunnels(setup, { onStream: echo }, async (server, agent) => {
        const pings: Promise<number>[] = [];
        const answers: Promise<void>[] = [];
        for (let i = 0; i < 1_000; i += 1) {
          const opened = openStream(server, String(i));
          const body = pattern(i * 3, i & 0xff);
          opened.stream.write(body.subarray(0, i));
          opened.stream.write(body.subarray(i));
          opened.stream.end();
          const cancelled = openStream(server, 'cancelled');
          cancelled.stream.write(body);
          cancelled.stream.reset('cancelled');
          pings.push(server.ping(), agent.ping());
          answers.push(
            opened.outcome.then((outcome) => {
              assert.equal(outcome.error, undefined);
              assert.equal(outcome.head, String(i));
              assert.ok(outcome.body.equals(body), `body of stream ${i} differs`);
            }),
          );
        }
        await Promise.all([...answers, ...pings]);
        await server.ping();
        assert.deepEqual([server.state, agent.state], ['open', 'open']);
        assert.deepEqual([server.streamCount, agent.streamCount], [0, 0]);
      }),
  },
];

async function withTunnels(
  setup: LinkSetup,
  options: Pick<TunnelOptions, 'onStream'>,
  run: (server: Tunnel, agent: Tunnel) => Promise<void>,
): Promise<void> {
  const pair = await setup();
  const server = createTunnel(pair.left, { role: 'server', hello: Buffer.from('hello of server'), ...options });
  const agent = createTunnel(pair.right, { role: 'agent', hello: Buffer.from('hello of agent'), ...options });
  try {
    await run(server, agent);
  } finally {
    server.close();
    agent.close();
    await pair.close();
  }
}
