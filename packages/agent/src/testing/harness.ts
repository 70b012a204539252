import { type Clock, createId, type Impersonation, type RawHeaders, systemClock } from '@sallyport/core';
import {
  type ActionClass,
  type CapabilityClaims,
  type CapabilityVerifier,
  createCapabilitySigner,
  createCapabilityVerifier,
  createSigningKeyRing,
  generateSigningKey,
} from '@sallyport/core/credentials';
import { createTunnel, type Tunnel, type TunnelError } from '@sallyport/tunnel';
import { type Exchange, openExchange, type RequestHead, type ResponseHead } from '@sallyport/tunnel/http';
import { createMemoryLinkPair } from '@sallyport/tunnel/memory';
import { type Agent, createAgent } from '../agent.ts';
import type { Ceiling } from '../authorize-exchange.ts';
import { type AgentMetrics, createAgentMetrics } from '../metrics.ts';
import type { KubeUpstream } from '../upstream/contract.ts';
import { createKubeUpstream } from '../upstream/node-upstream.ts';
import type { TestCa } from './test-ca.ts';

/** What came back for a request. */
export interface Answer {
  readonly head: ResponseHead | undefined;
  readonly body: Buffer;
  readonly trailers: RawHeaders | undefined;
  /** Set when the stream was reset. */
  readonly error: TunnelError | undefined;
}

/** A request that a hostile or an honest server makes of the agent. */
export interface ServerRequest extends Partial<RequestHead> {
  readonly as?: Partial<Impersonation>;
  readonly actionClass?: ActionClass;
  readonly body?: Buffer | readonly Buffer[];
}

/** An agent under test and the server's end of its tunnel. */
export interface Harness {
  readonly agent: Agent;
  readonly server: Tunnel;
  readonly metrics: AgentMetrics;
  readonly upstream: KubeUpstream;
  readonly capabilities: CapabilityVerifier;
  readonly claims: CapabilityClaims;
  /** Signs whatever it is told, as a server does that was taken over together with its signer. */
  sign(overrides?: Partial<CapabilityClaims>): Promise<string>;
  /** Builds the head of a request, with a fitting capability unless one is given. */
  head(request?: ServerRequest): Promise<RequestHead>;
  request(request?: ServerRequest): Promise<Answer>;
  open(request?: ServerRequest): Promise<OpenedExchange>;
  close(): Promise<void>;
}

/** An exchange that stays open, with what came so far. */
export interface OpenedExchange {
  readonly exchange: Exchange;
  /** Resolves with the head, rejects with the reset. */
  readonly head: Promise<ResponseHead>;
  /** Resolves once the received bytes satisfy `is`. */
  received(is: (text: string) => boolean): Promise<string>;
  /** Resolves at the end or the reset. */
  readonly answer: Promise<Answer>;
}

/** Options of {@link startHarness}. */
export interface HarnessOptions {
  readonly ca: TestCa;
  readonly port: number;
  readonly ceiling?: Ceiling;
  readonly clock?: Clock;
  readonly capabilities?: CapabilityVerifier;
  readonly upstream?: KubeUpstream;
  /** `false` leaves credit with the harness: a caller that does not read. */
  readonly isReading?: boolean;
}

/** Starts an agent over a memory link. */
export async function startHarness(options: HarnessOptions): Promise<Harness> {
  const clock = options.clock ?? systemClock;
  const clusterId = createId('cluster');
  const key = generateSigningKey();
  const keys = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId });
  const signer = createCapabilitySigner({ keys, clock });
  const metrics = createAgentMetrics();
  const upstream =
    options.upstream ??
    createKubeUpstream({
      host: '127.0.0.1',
      port: options.port,
      ca: [options.ca.certificatePem],
      token: () => 'agent-token',
      clock,
    });
  const capabilities = options.capabilities ?? createCapabilityVerifier({ jwks: keys.jwks(), clusterId, clock });
  const [serverLink, agentLink] = createMemoryLinkPair();
  let isDialled = false;
  const agent = createAgent({
    connect: async (signal) => {
      if (!isDialled) {
        isDialled = true;
        return { link: agentLink };
      }
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    },
    upstream,
    capabilities,
    ceiling: options.ceiling ?? { groups: ['sallyport:view', 'sallyport:edit'] },
    clock,
    metrics,
  });
  const server = createTunnel(serverLink, { role: 'server', clock });
  const stop = new AbortController();
  const running = agent.run({ signal: stop.signal });
  await server.peerHello;

  const claims: CapabilityClaims = {
    clusterId,
    principalId: createId('principal'),
    loginSessionId: createId('loginSession'),
    impersonation: { user: 'ada@example.com', groups: ['sallyport:view'], extra: { 'sallyport.dev/session': ['s-1'] } },
    actionClass: 'read',
    snapshotVersion: 1,
  };
  const sign = async (overrides: Partial<CapabilityClaims> = {}) =>
    (await signer.sign({ ...claims, ...overrides })).token;

  async function head(request: ServerRequest = {}): Promise<RequestHead> {
    const method = request.method ?? 'GET';
    const upgrade = request.upgrade ?? false;
    const fitting = upgrade ? 'connect' : ['GET', 'HEAD', 'OPTIONS'].includes(method) ? 'read' : 'write';
    const capability =
      request.capability ??
      (await sign({
        actionClass: request.actionClass ?? fitting,
        impersonation: { ...claims.impersonation, ...request.as },
      }));
    return {
      method,
      target: request.target ?? '/api/v1/pods',
      headers: request.headers ?? ['Accept', 'application/json'],
      upgrade,
      capability,
      decisionId: 'dec_test',
    };
  }

  async function open(request: ServerRequest = {}): Promise<OpenedExchange> {
    const requestHead = await head(request);
    const chunks: Buffer[] = [];
    let responseHead: ResponseHead | undefined;
    let waiters: (() => void)[] = [];
    let resolveHead: (head: ResponseHead) => void = () => {};
    let rejectHead: (error: Error) => void = () => {};
    let resolveAnswer: (answer: Answer) => void = () => {};
    const headPromise = new Promise<ResponseHead>((resolve, reject) => {
      resolveHead = resolve;
      rejectHead = reject;
    });
    headPromise.catch(() => {});
    const answer = new Promise<Answer>((resolve) => {
      resolveAnswer = resolve;
    });
    const settle = (trailers: RawHeaders | undefined, error: TunnelError | undefined) =>
      resolveAnswer({ head: responseHead, body: Buffer.concat(chunks), trailers, error });
    const exchange = openExchange(server, requestHead, {
      onHead(received) {
        responseHead = received;
        resolveHead(received);
      },
      onData(chunk) {
        chunks.push(Buffer.from(chunk));
        if (options.isReading !== false) exchange.consumed(chunk.length);
        for (const waiter of waiters.splice(0)) waiter();
      },
      onEnd: (trailers) => settle(trailers, undefined),
      onReset(error) {
        rejectHead(error);
        settle(undefined, error);
      },
    });
    return {
      exchange,
      head: headPromise,
      answer,
      async received(is) {
        for (;;) {
          const text = Buffer.concat(chunks).toString('latin1');
          if (is(text)) return text;
          await new Promise<void>((resolve) => {
            waiters = [...waiters, resolve];
          });
        }
      },
    };
  }

  return {
    agent,
    server,
    metrics,
    upstream,
    capabilities,
    claims,
    sign,
    head,
    open,
    async request(request = {}) {
      const opened = await open(request);
      const body = request.body === undefined ? [] : Buffer.isBuffer(request.body) ? [request.body] : request.body;
      for (const chunk of body) opened.exchange.write(chunk);
      opened.exchange.end();
      return opened.answer;
    },
    async close() {
      stop.abort();
      await running;
      server.close();
      upstream.close();
    },
  };
}
