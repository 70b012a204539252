import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Secret } from '@sallyport/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SecureStack, startSecureStack } from '../security/harness.ts';
import { headerValues } from '../security/recording-upstream.ts';
import { awaitCondition } from '../support/index.ts';

const PODS = '/api/v1/namespaces/shop/pods';
const CLIENT_SPAN = '00f067aa0ba902b7';
/** As OTLP's JSON numbers them. */
const [INTERNAL, SERVER, CLIENT] = [1, 2, 3];

/** A span as it comes to the collector. */
interface Exported {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

describe('traces of requests to a cluster', () => {
  let stack: SecureStack;
  let token: string;
  let collector: Server;
  let received: Exported[] = [];
  let bodies = '';
  let authorization: string | undefined;
  beforeAll(async () => {
    collector = createServer((request, response) => {
      authorization = request.headers.authorization;
      void text(request).then((body) => {
        bodies += body;
        const { resourceSpans } = JSON.parse(body) as {
          readonly resourceSpans: readonly {
            readonly scopeSpans: readonly { readonly spans: readonly Exported[] }[];
          }[];
        };
        received.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
    const tracing = { endpoint, sampleRatio: 1, authorization: new Secret('Bearer of-the-collector') };
    stack = await startSecureStack({ config: { tracing } });
    token = await stack.token('developer');
  }, 60_000);
  afterAll(async () => {
    await stack?.close();
    collector?.closeAllConnections();
    collector?.close();
  }, 30_000);
  beforeEach(() => {
    received = [];
    stack.upstream.reset();
    stack.upstream.answer = ({ respond }) => respond(200, ['Content-Type', 'application/json'], '{}');
  });

  /** The whole trace, once its first span has ended. */
  const traceOf = (traceId: string) =>
    awaitCondition(
      () => {
        const spans = received.filter((span) => span.traceId === traceId);
        return spans.some(({ kind }) => kind === SERVER) ? spans : undefined;
      },
      { what: 'the trace is exported', timeoutMs: 20_000 },
    );
  const attributeOf = ({ attributes }: Exported, wanted: string) =>
    Object.values(attributes.find(({ key }) => key === wanted)?.value ?? {})[0];

  it('go from the front door to the API server, and on from what the client began', async () => {
    const traceId = randomBytes(16).toString('hex');
    const headers = ['traceparent', `00-${traceId}-${CLIENT_SPAN}-00`];
    const { status } = await stack.call('h2', { token, path: PODS, headers });
    expect(status).toBe(200);
    const spans = await traceOf(traceId);
    const named = (name: string) => spans.find((span) => span.name === name);
    const request = named('list pods');
    expect(request).toMatchObject({ kind: SERVER, parentSpanId: CLIENT_SPAN });
    for (const [name, kind] of [
      ['admit', INTERNAL],
      ['record', INTERNAL],
      ['cluster', CLIENT],
    ] as const) {
      expect(named(name), name).toMatchObject({ kind, parentSpanId: request?.spanId });
    }
    const [traceparent] = headerValues(stack.upstream.requests[0]?.rawHeaders ?? [], 'traceparent');
    expect(traceparent).toBe(`00-${traceId}-${named('cluster')?.spanId}-01`);
    expect(request && attributeOf(request, 'http.response.status_code')).toBe(200);
    const events = await awaitCondition(
      async () => {
        const found = (await stack.auditEvents(200)).filter((event) => event.traceId === traceId);
        return found.length === 2 ? found : undefined;
      },
      { what: 'the audit log bears the trace' },
    );
    expect(request && attributeOf(request, 'sallyport.request.id')).toBe(events[0]?.request?.id);
  });

  it('tell a refusal from a failure', async () => {
    const [refused, failed] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
    const parent = (traceId: string) => ['traceparent', `00-${traceId}-${CLIENT_SPAN}-01`];
    await stack.call('http/1.1', { token: 'of-nobody', path: PODS, headers: parent(refused) });
    stack.upstream.answer = ({ respond }) => respond(503, ['Content-Type', 'application/json'], '{}');
    await stack.call('http/1.1', { token, path: PODS, headers: parent(failed) });
    const [no] = (await traceOf(refused)).filter(({ kind }) => kind === SERVER);
    expect([no?.status.code ?? 0, no && attributeOf(no, 'error.type')]).toEqual([0, 'ERR_PROXY_CREDENTIAL_REFUSED']);
    const [bad] = (await traceOf(failed)).filter(({ kind }) => kind === SERVER);
    expect([bad?.status.code, bad && attributeOf(bad, 'http.response.status_code')]).toEqual([2, 503]);
  });

  it('name neither people nor objects, and go to the collector with its credential', () => {
    expect(authorization).toBe('Bearer of-the-collector');
    for (const word of ['developer', 'shop', token.slice(0, 20), 'of-nobody']) expect(bodies).not.toContain(word);
  });
});

it('a collector that takes nothing holds no request up', async () => {
  const stack = await startSecureStack({
    config: { tracing: { endpoint: 'http://127.0.0.1:1/v1/traces', sampleRatio: 1 } },
  });
  try {
    stack.upstream.answer = ({ respond }) => respond(200, ['Content-Type', 'application/json'], '{}');
    const token = await stack.token('developer');
    for (let i = 0; i < 3; i += 1) expect((await stack.call('h2', { token, path: PODS })).status).toBe(200);
  } finally {
    await stack.close();
  }
}, 60_000);
