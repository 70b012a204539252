import { type Clock, type Logger, silentLogger, sleep, systemClock } from '@sallyport/core';
import type { CapabilityVerifier } from '@sallyport/core/credentials';
import { createBackoff, createTunnel, type Link, type Tunnel } from '@sallyport/tunnel';
import { createExchangeServer } from '@sallyport/tunnel/http';
import type { Ceiling } from './authorize-exchange.ts';
import { AgentError } from './errors.ts';
import { type AgentMetrics, createAgentMetrics } from './metrics.ts';
import { deregistered, isDeregistration, isRevocation } from './revocation.ts';
import { type Identify, serveExchange } from './serve-exchange.ts';
import type { KubeUpstream } from './upstream/contract.ts';

/** A link that was dialled. */
export interface AgentConnection {
  readonly link: Link;
  /** Who answered, for logs: an address, a replica's id. */
  readonly peer?: string;
}

/** Options of {@link createAgent}. */
export interface AgentOptions {
  /**
   * Dials the server. Called again, after a pause, whenever it rejects or the tunnel is lost. Only a revocation ends the
   * agent: an error, here or at the end of the link, that has `ERR_AGENT_REVOKED` or a refusal of the gateway as a cause.
   */
  readonly connect: (signal: AbortSignal) => Promise<AgentConnection>;
  readonly upstream: KubeUpstream;
  readonly capabilities: CapabilityVerifier;
  readonly ceiling: Ceiling;
  /** Who requests are made as for somebody who is to be acted as. Default: they are impersonated. */
  readonly identify?: Identify;
  /** Makes the payload of the HELLO of each tunnel. Default: empty. */
  readonly hello?: () => Uint8Array;
  readonly metrics?: AgentMetrics;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly onStateChange?: (state: AgentState) => void;
  /** Uniform in [0, 1), for the pauses between dials. Default `Math.random`. */
  readonly random?: () => number;
}

/** Where an agent stands. `connected` means that exchanges are taken. */
export type AgentState = 'idle' | 'connecting' | 'connected' | 'draining' | 'stopped';

/** Serves exchanges of one cluster over a tunnel that it dials. */
export interface Agent {
  readonly state: AgentState;
  /**
   * Dials and serves until `signal` is aborted or {@link Agent.drain} has finished; rejects with `ERR_AGENT_REVOKED`
   * when the server says that this agent is no longer wanted, and with `ERR_AGENT_DEREGISTERED` when its cluster was given up.
   * Call it once.
   */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Dials a new tunnel and drains the present one once it is up: for a renewed certificate. */
  redial(): void;
  /** Takes no new exchanges; resolves when the last one ended. */
  drain(): Promise<void>;
}

/** Makes an agent. Nothing happens before `run`. */
export function createAgent(options: AgentOptions): Agent {
  const { clock = systemClock, logger = silentLogger, metrics = createAgentMetrics() } = options;
  const served = { ...options, clock, logger, metrics };
  const backoff = createBackoff({ clock, ...(options.random && { random: options.random }) });
  /** Tunnels that still carry streams, the current one among them. */
  const tunnels = new Set<Tunnel>();
  let state: AgentState = 'idle';
  const enter = (next: AgentState) => {
    if (state === next) return;
    state = next;
    options.onStateChange?.(next);
  };
  let replace: () => void = () => {};
  const drainRequested = new AbortController();

  async function openTunnel(
    signal: AbortSignal,
    dialSignal: AbortSignal,
  ): Promise<{ tunnel: Tunnel; replaced: Promise<void> }> {
    const { link, peer } = await options.connect(dialSignal);
    let wanted: () => void = () => {};
    const replaced = new Promise<void>((resolve) => {
      wanted = resolve;
    });
    const tunnel = createTunnel(link, {
      role: 'agent',
      clock,
      logger,
      ...(options.hello && { hello: options.hello() }),
      onStream: createExchangeServer((head, exchange) => serveExchange(head, exchange, served)),
      onGoaway: () => wanted(),
    });
    tunnels.add(tunnel);
    metrics.tunnelOpened();
    void tunnel.closed.then((error) => {
      tunnels.delete(tunnel);
      metrics.tunnelClosed();
      logger.info({ peer, err: error }, error === undefined ? 'tunnel ended' : 'tunnel lost');
    });
    const onAbort = () => tunnel.close();
    signal.addEventListener('abort', onAbort, { once: true });
    void tunnel.closed.then(() => signal.removeEventListener('abort', onAbort));
    await tunnel.peerHello;
    replace = wanted;
    logger.info({ peer }, 'tunnel is up');
    return { tunnel, replaced };
  }

  async function dialUntilUp(signal: AbortSignal, dialSignal: AbortSignal, previous: Tunnel | undefined) {
    for (;;) {
      dialSignal.throwIfAborted();
      if (previous === undefined || previous.state === 'closed') enter('connecting');
      try {
        return await openTunnel(signal, dialSignal);
      } catch (error) {
        dialSignal.throwIfAborted();
        throwIfUnwanted(error);
        metrics.dialFailed();
        const delayMs = backoff.nextDelayMs();
        logger.warn({ err: error, delayMs: Math.round(delayMs) }, 'dial failed');
        await sleep(clock, delayMs, dialSignal);
      }
    }
  }

  async function serve(signal: AbortSignal, dialSignal: AbortSignal): Promise<void> {
    let previous: Tunnel | undefined;
    for (;;) {
      const { tunnel, replaced } = await dialUntilUp(signal, dialSignal, previous);
      // Only now that the new one is up: there is no moment without a tunnel.
      void previous?.drain();
      enter('connected');
      backoff.connected();
      const ending = await Promise.race([
        tunnel.closed.then((error) => ({ error })),
        replaced.then(() => 'replaced' as const),
        rejectOnAbort(dialSignal),
      ]);
      backoff.disconnected();
      previous = tunnel;
      if (ending !== 'replaced') throwIfUnwanted(ending.error);
      if (ending !== 'replaced') await sleep(clock, backoff.nextDelayMs(), dialSignal);
    }
  }

  async function drainTunnels(): Promise<void> {
    await Promise.all([...tunnels].map((tunnel) => tunnel.drain()));
  }

  return {
    get state() {
      return state;
    },
    async run({ signal }) {
      const noMoreDials = AbortSignal.any([signal, drainRequested.signal]);
      try {
        await serve(signal, noMoreDials);
      } catch (error) {
        if (!noMoreDials.aborted) throw error;
        if (!signal.aborted) await drainTunnels();
      } finally {
        enter('stopped');
        for (const tunnel of tunnels) tunnel.close();
        await Promise.all([...tunnels].map((tunnel) => tunnel.closed));
      }
    },
    redial: () => replace(),
    async drain() {
      if (state === 'stopped') return;
      enter('draining');
      drainRequested.abort();
      await drainTunnels();
    },
  };
}

/** Ends the agent when the server says that it is no longer wanted. */
function throwIfUnwanted(cause: unknown): void {
  if (isDeregistration(cause)) throw deregistered(cause);
  if (!isRevocation(cause)) return;
  throw new AgentError({
    code: 'ERR_AGENT_REVOKED',
    message: 'the server no longer knows this agent: its certificate is revoked, or its cluster was removed',
    cause,
    nextStep: 'Register the cluster again and install the agent with the new join token.',
  });
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
