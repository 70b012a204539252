import { type Clock, type Logger, silentLogger, sleep, systemClock } from '@sallyport/core';
import type { CapabilityVerifier } from '@sallyport/core/credentials';
import { type Backoff, createBackoff, createTunnel, type Link, type Tunnel } from '@sallyport/tunnel';
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
  /** Called once when the tunnel over it has ended. */
  readonly onEnded?: () => void;
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
  /** Makes the payload of the HELLO of a tunnel, beside those that end at the given servers. Default: empty. */
  readonly hello?: (heldReplicaIds: readonly string[]) => Uint8Array;
  /** Reads out of the HELLO of a server which one it is. Default: there is one alone. */
  readonly readReplicaId?: (hello: Uint8Array) => string;
  /** Tunnels that are held at once, each to another server, if there are as many. Default 1. */
  readonly maxTunnels?: number;
  readonly metrics?: AgentMetrics;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly onStateChange?: (state: AgentState) => void;
  /** Uniform in [0, 1), for the pauses between dials. Default `Math.random`. */
  readonly random?: () => number;
}

/** Where an agent stands. `connected` means that exchanges are taken. */
export type AgentState = 'idle' | 'connecting' | 'connected' | 'draining' | 'stopped';

/** Serves exchanges of one cluster over tunnels that it dials. */
export interface Agent {
  readonly state: AgentState;
  /**
   * Dials and serves until `signal` is aborted or {@link Agent.drain} has finished; rejects with `ERR_AGENT_REVOKED`
   * when the server says that this agent is no longer wanted, and with `ERR_AGENT_DEREGISTERED` when its cluster was given up.
   * Call it once.
   */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Dials new tunnels and drains each of the present ones once its successor is up: for a renewed certificate. */
  redial(): void;
  /** Holds a tunnel to each of these servers from now on, up to as many as the options allow. */
  spread(replicaIds: readonly string[]): void;
  /** Takes no new exchanges; resolves when the last one ended. */
  drain(): Promise<void>;
}

/** How long an agent that found only servers to which it holds a tunnel waits until it looks again, in milliseconds, at the most. */
const LOOK_AGAIN_MS = 300_000;
/** Longest pause before another server is looked for, in milliseconds; agents that are told of it together come one by one. */
const SPREAD_PAUSE_MS = 2_000;
/** Dials in search of another server before that is given up for a while. */
const SEARCH_DIALS = 16;

/** One of the tunnels that an agent holds, dialled again whenever it is lost. */
interface Line {
  /** The present tunnel. */
  tunnel?: Tunnel;
  /** Where it ends. */
  replicaId?: string;
  /** Whether another one is being looked for. */
  isDialling: boolean;
  /** Has it dialled anew, although it is open. */
  replace: () => void;
}

/** Makes an agent. Nothing happens before `run`. */
export function createAgent(options: AgentOptions): Agent {
  const { clock = systemClock, logger = silentLogger, metrics = createAgentMetrics(), maxTunnels = 1 } = options;
  const random = options.random ?? Math.random;
  const served = { ...options, clock, logger, metrics };
  const lines = Array.from({ length: maxTunnels }, (): Line => ({ isDialling: false, replace() {} }));
  /** Tunnels that still carry streams, the current ones among them. */
  const tunnels = new Set<Tunnel>();
  /** Servers that there are, as one of them last said. */
  let replicas: readonly string[] = [];
  const wantedCount = () => Math.max(1, Math.min(maxTunnels, replicas.length));
  /** Wakes lines that wait, when it may be time for another tunnel. */
  let wake: () => void = () => {};
  let waiting = nextWake();
  let state: AgentState = 'idle';
  const enter = (next: AgentState) => {
    if (state === next) return;
    state = next;
    options.onStateChange?.(next);
  };
  const drainRequested = new AbortController();
  const isOpen = ({ tunnel }: Line) => tunnel !== undefined && tunnel.state !== 'closed';

  function nextWake(): Promise<void> {
    return new Promise((resolve) => {
      wake = () => {
        waiting = nextWake();
        resolve();
      };
    });
  }

  function spread(replicaIds: readonly string[]): void {
    const before = new Set(replicas);
    const hasChanged = replicaIds.length !== before.size || replicaIds.some((id) => !before.has(id));
    replicas = [...replicaIds];
    if (hasChanged) wake();
  }

  /** Servers to which other lines hold a tunnel. */
  function heldBeside(line: Line): string[] {
    return lines.flatMap((other) => (other !== line && isOpen(other) && other.replicaId) || []);
  }

  async function openTunnel(line: Line, signal: AbortSignal, dialSignal: AbortSignal) {
    const { link, peer, onEnded } = await options.connect(dialSignal);
    let wanted: () => void = () => {};
    const replaced = new Promise<void>((resolve) => {
      wanted = resolve;
    });
    const tunnel = createTunnel(link, {
      role: 'agent',
      clock,
      logger,
      ...(options.hello && { hello: options.hello(heldBeside(line)) }),
      onStream: createExchangeServer((head, exchange) => serveExchange(head, exchange, served)),
      onGoaway: () => wanted(),
    });
    tunnels.add(tunnel);
    metrics.tunnelOpened();
    void tunnel.closed.then((error) => {
      tunnels.delete(tunnel);
      metrics.tunnelClosed();
      onEnded?.();
      logger.info({ peer, err: error }, error === undefined ? 'tunnel ended' : 'tunnel lost');
    });
    const onAbort = () => tunnel.close();
    signal.addEventListener('abort', onAbort, { once: true });
    void tunnel.closed.then(() => signal.removeEventListener('abort', onAbort));
    const hello = await tunnel.peerHello;
    const replicaId = options.readReplicaId?.(hello) || undefined;
    if (replicaId !== undefined && heldBeside(line).includes(replicaId)) {
      void tunnel.drain();
      return undefined;
    }
    line.replace = wanted;
    logger.info({ peer, replicaId }, 'tunnel is up');
    return { tunnel, replaced, replicaId };
  }

  /** Dials until a tunnel is up that ends where no other line's does; gives up for a while when it finds none. */
  async function dialUntilUp(line: Line, backoff: Backoff, signal: AbortSignal, dialSignal: AbortSignal) {
    for (let tries = 1; ; ) {
      dialSignal.throwIfAborted();
      await untilWanted(line, dialSignal);
      if (!lines.some(isOpen)) enter('connecting');
      try {
        const opened = await openTunnel(line, signal, dialSignal);
        if (opened !== undefined) return opened;
      } catch (error) {
        dialSignal.throwIfAborted();
        throwIfUnwanted(error);
        metrics.dialFailed();
        const delayMs = backoff.nextDelayMs();
        logger.warn({ err: error, delayMs: Math.round(delayMs) }, 'dial failed');
        await sleep(clock, delayMs, dialSignal);
        continue;
      }
      const isExhausted = tries >= SEARCH_DIALS;
      const pauseMs = random() * (isExhausted ? LOOK_AGAIN_MS : SPREAD_PAUSE_MS);
      if (isExhausted) logger.info({ pauseMs: Math.round(pauseMs) }, 'no further server was found');
      const hasChanged = await Promise.race([sleep(clock, pauseMs, dialSignal), waiting.then(() => true)]);
      tries = isExhausted || hasChanged === true ? 1 : tries + 1;
    }
  }

  /** Waits while there are as many tunnels as are wanted, or dialled for, without this line's. */
  async function untilWanted(line: Line, dialSignal: AbortSignal): Promise<void> {
    let hasWaited = false;
    const isBusy = (other: Line) => other !== line && (isOpen(other) || other.isDialling);
    while (!isOpen(line) && lines.filter(isBusy).length >= wantedCount()) {
      line.isDialling = false;
      hasWaited = true;
      await unlessAborted(waiting, dialSignal);
    }
    line.isDialling = true;
    if (hasWaited) await sleep(clock, random() * SPREAD_PAUSE_MS, dialSignal);
  }

  async function keep(line: Line, signal: AbortSignal, dialSignal: AbortSignal): Promise<void> {
    const backoff = createBackoff({ clock, ...(options.random && { random: options.random }) });
    for (;;) {
      const { tunnel, replaced, replicaId } = await dialUntilUp(line, backoff, signal, dialSignal);
      const previous = line.tunnel;
      line.tunnel = tunnel;
      line.isDialling = false;
      if (replicaId === undefined) delete line.replicaId;
      else line.replicaId = replicaId;
      // Only now that the new one is up: there is no moment without a tunnel.
      void previous?.drain();
      enter('connected');
      backoff.connected();
      const ending = await unlessAborted(
        Promise.race([tunnel.closed.then((error) => ({ error })), replaced.then(() => 'replaced' as const)]),
        dialSignal,
      );
      backoff.disconnected();
      if (ending === 'replaced') continue;
      wake();
      throwIfUnwanted(ending.error);
      await sleep(clock, backoff.nextDelayMs(), dialSignal);
    }
  }

  async function serve(signal: AbortSignal, dialSignal: AbortSignal): Promise<void> {
    const [first, ...others] = lines as [Line, ...Line[]];
    const failed = new AbortController();
    const until = AbortSignal.any([dialSignal, failed.signal]);
    try {
      await Promise.race([first, ...others].map((line) => keep(line, signal, until)));
    } finally {
      failed.abort();
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
    redial() {
      for (const { replace } of lines) replace();
    },
    spread,
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

/** Waits for `work`, or rejects as soon as `signal` is aborted. */
function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
