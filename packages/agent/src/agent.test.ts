import { createFakeClock } from '@sallyport/core/testing';
import { createTunnel, type Link, type Tunnel } from '@sallyport/tunnel';
import { openExchange } from '@sallyport/tunnel/http';
import { createMemoryLinkPair } from '@sallyport/tunnel/memory';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Agent, type AgentOptions, type AgentState, createAgent } from './agent.ts';
import { AgentError } from './errors.ts';
import type { KubeUpstream, UpstreamHandler } from './upstream/contract.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that takes every dial, and an upstream whose requests stay open until the test ends them. */
function start(overrides: Partial<AgentOptions> = {}) {
  const clock = createFakeClock();
  const tunnels: Tunnel[] = [];
  const links: Link[] = [];
  const handlers: UpstreamHandler[] = [];
  const states: AgentState[] = [];
  const upstream: KubeUpstream = {
    origin: 'https://k',
    send(_request, handler) {
      handlers.push(handler);
      handler.onHead({ status: 200, headers: [] });
      return { write: (_chunk, taken) => taken(), end() {}, pause() {}, resume() {}, destroy() {} };
    },
    sendAsAgent: () => Promise.reject(new Error('not used')),
    close() {},
  };
  const verified = {
    clusterId: 'clu_1' as never,
    principalId: 'prn_1' as never,
    impersonation: { user: 'ada', groups: [] },
    actionClass: 'read' as const,
    snapshotVersion: 1,
    issuedAt: new Date(clock.now()),
    expiresAt: new Date(clock.now() + 3_600_000),
  };
  const agent = createAgent({
    connect: async () => {
      const [near, far] = createMemoryLinkPair();
      links.push(near);
      tunnels.push(createTunnel(near, { role: 'server', clock }));
      return { link: far };
    },
    upstream,
    capabilities: { peek: () => verified, verify: async () => verified },
    ceiling: { groups: [] },
    clock,
    random: () => 0.5,
    onStateChange: (state) => states.push(state),
    ...overrides,
  });
  const stop = new AbortController();
  const running = agent.run({ signal: stop.signal });
  running.catch(() => {});
  closers.push(() => stop.abort());
  return { agent, tunnels, links, handlers, states, clock, running, stop };
}

function openStream(tunnel: Tunnel) {
  const ended: { error?: Error; isWhole?: boolean } = {};
  const exchange = openExchange(
    tunnel,
    { method: 'GET', target: '/', headers: [], upgrade: false, capability: 'c', decisionId: 'd' },
    {
      onHead() {},
      onData() {},
      onEnd() {
        ended.isWhole = true;
      },
      onReset(error) {
        ended.error = error;
      },
    },
  );
  exchange.end();
  return ended;
}

const connected = (agent: Agent) => vi.waitFor(() => expect(agent.state).toBe('connected'));

describe('an agent', () => {
  it('dials again after its tunnel was lost, with a pause, and says so', async () => {
    const { agent, links, tunnels, clock, states } = start();
    await connected(agent);
    links[0]?.close(new Error('cable pulled'));
    await vi.waitFor(() => expect(clock.pending).toBeGreaterThan(0));
    await tunnels[0]?.closed;
    await clock.advanceAsync(250);
    await vi.waitFor(() => expect(tunnels).toHaveLength(2));
    await connected(agent);
    expect(states).toEqual(['connecting', 'connected', 'connecting', 'connected']);
  });

  it('keeps dialling with growing pauses while nobody answers', async () => {
    const dials: number[] = [];
    const { clock } = start({
      connect: () => {
        dials.push(0);
        return Promise.reject(new Error('refused'));
      },
    });
    const counts: number[] = [];
    for (const ms of [0, 250, 500, 1_000, 2_000, 4_000, 8_000]) {
      await clock.advanceAsync(ms);
      counts.push(dials.length);
    }
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('answers GOAWAY with a new tunnel first, and the old one’s streams go on to their end', async () => {
    const { agent, tunnels, handlers, states } = start();
    await connected(agent);
    const [first] = tunnels as [Tunnel];
    const stream = openStream(first);
    await vi.waitFor(() => expect(handlers).toHaveLength(1));
    const drained = first.drain();
    await vi.waitFor(() => expect(tunnels).toHaveLength(2));
    await connected(agent);
    const second = openStream(tunnels[1] as Tunnel);
    await vi.waitFor(() => expect(handlers).toHaveLength(2));
    expect(first.streamCount).toBe(1);
    handlers[0]?.onEnd([]);
    await drained;
    expect(stream).toEqual({ isWhole: true });
    expect(second).toEqual({});
    expect(states).toEqual(['connecting', 'connected']);
  });

  it('replaces its tunnel on redial without a moment in between', async () => {
    const { agent, tunnels, states } = start();
    await connected(agent);
    agent.redial();
    await vi.waitFor(() => expect(tunnels).toHaveLength(2));
    await (tunnels[0] as Tunnel).closed;
    expect((tunnels[1] as Tunnel).state).toBe('open');
    expect(states).toEqual(['connecting', 'connected']);
  });

  it('SEC-D22 keeps serving on the new tunnel when the old one ends late', async () => {
    const { agent, tunnels, handlers, links } = start();
    await connected(agent);
    const [first] = tunnels as [Tunnel];
    openStream(first);
    await vi.waitFor(() => expect(handlers).toHaveLength(1));
    void first.drain();
    await vi.waitFor(() => expect(tunnels).toHaveLength(2));
    links[0]?.close(new Error('late'));
    await first.closed;
    openStream(tunnels[1] as Tunnel);
    await vi.waitFor(() => expect(handlers).toHaveLength(2));
    expect([agent.state, tunnels.length]).toEqual(['connected', 2]);
  });

  it('SEC-D23 ends every stream at once when the tunnel is lost', async () => {
    let destroyed = 0;
    const { agent, tunnels, links } = start({
      upstream: {
        origin: 'https://k',
        send: () => ({
          write: (_chunk, taken) => taken(),
          end() {},
          pause() {},
          resume() {},
          destroy() {
            destroyed += 1;
          },
        }),
        sendAsAgent: () => Promise.reject(new Error('not used')),
        close() {},
      },
    });
    await connected(agent);
    const streams = [0, 1, 2].map(() => openStream(tunnels[0] as Tunnel));
    await tunnels[0]?.ping();
    links[0]?.close(new Error('gone'));
    await vi.waitFor(() => expect(destroyed).toBe(3));
    for (const { error } of streams) expect(error).toMatchObject({ code: 'ERR_TUNNEL_CLOSED' });
  });

  it('drains: no new exchange, the open one ends, then it stops', async () => {
    const { agent, tunnels, handlers, running } = start();
    await connected(agent);
    const stream = openStream(tunnels[0] as Tunnel);
    await vi.waitFor(() => expect(handlers).toHaveLength(1));
    const drained = agent.drain();
    await vi.waitFor(() => expect((tunnels[0] as Tunnel).state).toBe('draining'));
    expect(() => openStream(tunnels[0] as Tunnel)).toThrow(expect.objectContaining({ code: 'ERR_TUNNEL_DRAINING' }));
    handlers[0]?.onEnd([]);
    await drained;
    await running;
    expect(stream).toEqual({ isWhole: true });
    expect([agent.state, tunnels.length]).toEqual(['stopped', 1]);
  });

  for (const [name, error] of [
    ['a dial is refused as revoked', new AgentError({ code: 'ERR_AGENT_REVOKED', message: 'revoked' })],
    [
      'the gateway does not know its certificate',
      Object.assign(new Error('gRPC'), { details: 'ERR_GATEWAY_IDENTITY_REFUSED: this agent certificate is revoked' }),
    ],
  ] as const) {
    it(`SEC-D21 stops for good when ${name}`, async () => {
      const dial = vi.fn(() => Promise.reject(error));
      const { running, agent } = start({ connect: dial });
      await expect(running).rejects.toMatchObject({ code: 'ERR_AGENT_REVOKED' });
      expect([agent.state, dial.mock.calls.length]).toEqual(['stopped', 1]);
    });
  }

  it('SEC-D21 stops for good when the tunnel ends with the gateway’s refusal', async () => {
    const { agent, links, running } = start();
    await connected(agent);
    links[0]?.close(Object.assign(new Error('ended'), { details: 'ERR_GATEWAY_IDENTITY_REFUSED: revoked' }));
    await expect(running).rejects.toMatchObject({ code: 'ERR_AGENT_REVOKED' });
  });

  it('stops at once when its signal is aborted, also while it waits to dial', async () => {
    const { running, stop, agent, clock } = start({ connect: () => Promise.reject(new Error('refused')) });
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    stop.abort();
    await running;
    expect([agent.state, clock.pending]).toEqual(['stopped', 0]);
  });

  describe('beside several servers', () => {
    /** Servers that dials reach in turn, as behind a balancer. */
    function startAmong(names: readonly string[], overrides: Partial<AgentOptions> = {}) {
      const servers = { names: [...names], next: 0 };
      const open: { readonly replicaId: string; readonly tunnel: Tunnel; readonly link: Link }[] = [];
      const clock = createFakeClock();
      const started = start({
        clock,
        maxTunnels: 3,
        readReplicaId: (hello) => Buffer.from(hello).toString(),
        connect: async () => {
          const replicaId = servers.names[servers.next++ % servers.names.length];
          if (replicaId === undefined) throw new Error('nobody is there');
          const [near, far] = createMemoryLinkPair();
          const hello = Buffer.from(replicaId);
          const one = { replicaId, link: near, tunnel: createTunnel(near, { role: 'server', clock, hello }) };
          open.push(one);
          void one.tunnel.closed.then(() => open.splice(open.indexOf(one), 1));
          return { link: far };
        },
        ...overrides,
      });
      const held = () => open.map(({ replicaId }) => replicaId).sort();
      const pass = async (ms: number) => {
        for (let passed = 0; passed < ms; passed += 500) await clock.advanceAsync(500);
      };
      return { ...started, servers, open, held, pass, clock };
    }

    it('holds a tunnel to each of three, whichever a dial reaches', async () => {
      const { agent, held, pass, states } = startAmong(['a', 'a', 'b', 'b', 'a', 'c', 'd']);
      agent.spread(['a', 'b', 'c', 'd']);
      await connected(agent);
      await pass(20_000);
      expect(held()).toEqual(['a', 'b', 'c']);
      expect(states).toEqual(['connecting', 'connected']);
    });

    it('holds one where there is one, and more once it is told of others', async () => {
      const { agent, held, pass, servers } = startAmong(['a']);
      await connected(agent);
      await pass(600_000);
      expect([held(), servers.next]).toEqual([['a'], 1]);
      servers.names.push('b');
      agent.spread(['a', 'b']);
      await pass(10_000);
      expect(held()).toEqual(['a', 'b']);
    });

    it('stays connected when it loses one of them, and takes another in its place', async () => {
      const { agent, held, pass, open, states, servers } = startAmong(['a', 'b', 'c']);
      agent.spread(['a', 'b', 'c']);
      await connected(agent);
      await pass(10_000);
      servers.names = ['a', 'b', 'd'];
      agent.spread(['a', 'b', 'd']);
      open.find(({ replicaId }) => replicaId === 'c')?.link.close(new Error('killed'));
      await pass(20_000);
      expect(held()).toEqual(['a', 'b', 'd']);
      expect(states).toEqual(['connecting', 'connected']);
    });

    it('gives up looking for a while when it reaches only those that it has', async () => {
      const { agent, held, pass, servers } = startAmong(['a', 'b']);
      agent.spread(['a', 'b', 'c']);
      await connected(agent);
      await pass(60_000);
      const dials = servers.next;
      expect(held()).toEqual(['a', 'b']);
      await pass(60_000);
      expect(servers.next).toBe(dials);
      servers.names = ['c'];
      await pass(300_000);
      expect(held()).toEqual(['a', 'b', 'c']);
    });

    it('looks at once when it is told that another server has come', async () => {
      const { agent, held, pass, servers } = startAmong(['a', 'b']);
      agent.spread(['a', 'b', 'killed']);
      await connected(agent);
      await pass(60_000);
      expect(held()).toEqual(['a', 'b']);
      servers.names = ['a', 'b', 'new'];
      agent.spread(['a', 'b', 'new']);
      await pass(10_000);
      expect(held()).toEqual(['a', 'b', 'new']);
    });

    it('has its streams end with the tunnel that they run on, and no others', async () => {
      const { agent, pass, open, handlers } = startAmong(['a', 'b', 'c']);
      agent.spread(['a', 'b', 'c']);
      await connected(agent);
      await pass(10_000);
      const streams = open.map(({ tunnel }) => openStream(tunnel));
      await vi.waitFor(() => expect(handlers).toHaveLength(3));
      open[1]?.link.close(new Error('killed'));
      await vi.waitFor(() => expect(streams.map(({ error }) => error !== undefined)).toEqual([false, true, false]));
    });

    it('renews all of them on redial', async () => {
      const { agent, held, pass, open } = startAmong(['a', 'b', 'c']);
      agent.spread(['a', 'b', 'c']);
      await connected(agent);
      await pass(10_000);
      const before = open.map(({ tunnel }) => tunnel);
      agent.redial();
      await pass(60_000);
      expect(held()).toEqual(['a', 'b', 'c']);
      expect(before.map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
    });

    it('SEC-D21 stops for good when one of them says that it is no longer wanted', async () => {
      const { agent, pass, running, open } = startAmong(['a', 'b', 'c']);
      agent.spread(['a', 'b', 'c']);
      await connected(agent);
      await pass(10_000);
      open[2]?.link.close(Object.assign(new Error('ended'), { details: 'ERR_GATEWAY_IDENTITY_REFUSED: revoked' }));
      await expect(running).rejects.toMatchObject({ code: 'ERR_AGENT_REVOKED' });
      expect(agent.state).toBe('stopped');
    });
  });
});
