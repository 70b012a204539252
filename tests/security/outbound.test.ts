import { channel } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { API_VERSION } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PROTOCOLS, type SecureStack, startSecureStack } from './harness.ts';

/** A call that left the process by any of Node's clients. */
interface OutboundCall {
  /** Host and port. */
  readonly to: string;
  readonly path: string;
  /** Header lines. */
  readonly head: string;
}

/** Takes down every request that an HTTP client of this process sends, whoever makes it and wherever it goes. */
function captureOutbound() {
  const calls: OutboundCall[] = [];
  const byFetch = channel('undici:client:sendHeaders');
  // Once there is an answer: by then it is known what was sent, and where.
  const byHttp = channel('http.client.response.finish');
  const onFetch = (message: unknown) => {
    const { request, headers } = message as { request: { origin: string | URL; path: string }; headers: string };
    calls.push({ to: new URL(request.origin).host, path: request.path, head: headers });
  };
  const onHttp = (message: unknown) => {
    const { request } = message as { request: ClientRequest };
    const { _header } = request as unknown as { readonly _header: string };
    const { remoteAddress, remotePort } = request.socket as Socket;
    calls.push({ to: `${remoteAddress}:${remotePort}`, path: request.path, head: _header });
  };
  byFetch.subscribe(onFetch);
  byHttp.subscribe(onHttp);
  return {
    calls,
    stop() {
      byFetch.unsubscribe(onFetch);
      byHttp.unsubscribe(onHttp);
    },
  };
}

/** A webhook, a chat and a sink in one: takes whatever comes, and keeps all of it. */
async function startReceiver() {
  const bodies: string[] = [];
  const paths = new Set<string>();
  const server: Server = createServer((request, response) => {
    void readText(request).then((body) => {
      paths.add(new URL(request.url ?? '/', 'http://x').pathname);
      bodies.push(`${request.rawHeaders.join('\n')}\n${body}`);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ok: true, ts: '1.1', channel: 'C1' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, url: `http://${host}`, bodies, paths, close: () => new Promise((done) => server.close(done)) };
}

/** A capability as text: its header says what it is. */
function capabilitiesIn(text: string): string[] {
  return [...text.matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g)]
    .map(([token]) => token)
    .filter((token) => /capability/i.test(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()));
}

describe('calls to others while people work', () => {
  let stack: SecureStack;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  beforeAll(async () => {
    receiver = await startReceiver();
    stack = await startSecureStack();
    const { api } = await stack.person('admin');
    const organization = ORGANIZATION;
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const events = ['grant.started', 'grant.ended'] as const;
    const named = (name: string) => ({ apiVersion: API_VERSION, metadata: { name } }) as const;
    await api.createNotificationChannel({
      organization,
      body: {
        ...named('hook'),
        kind: 'NotificationChannel',
        spec: { events: [...events], webhook: { url: `${receiver.url}/hook`, secret } },
      },
    });
    await api.createNotificationChannel({
      organization,
      body: {
        ...named('chat'),
        kind: 'NotificationChannel',
        spec: { events: [...events], slack: { channel: 'C1', botToken: 'xoxb-1', apiUrl: `${receiver.url}/chat` } },
      },
    });
    await api.createAuditSink({
      organization,
      body: { ...named('sink'), kind: 'AuditSink', spec: { webhook: { url: `${receiver.url}/sink`, secret } } },
    });
  }, 120_000);
  afterAll(async () => {
    await stack?.close();
    await receiver?.close();
  });

  it('SEC-A14 carry no Impersonate header and no capability, to webhook, chat, sink and identity provider', async () => {
    const outbound = captureOutbound();
    try {
      await stack.person('viewer');
      let isOver = false;
      const statuses: number[] = [];
      const work = (async () => {
        do for (const protocol of PROTOCOLS) statuses.push((await stack.call(protocol)).status);
        while (!isOver);
      })();
      const { api } = await stack.person('admin');
      const { id } = await api.createGrant({
        organization: ORGANIZATION,
        body: {
          ...{ user: 'viewer@demo.test', role: 'developer', duration: '10m', reason: 'the shop is down' },
          scope: { kind: 'clusters', clusters: [CLUSTER] },
        },
      });
      await stack.newPerson('viewer');
      await api.revokeGrant({ organization: ORGANIZATION, id, body: {} });
      await awaitCondition(
        () => ['/hook', '/sink', '/chat'].every((start) => [...receiver.paths].some((path) => path.startsWith(start))),
        {
          what: 'webhook, chat and sink were called',
          timeoutMs: 20_000,
        },
      );
      isOver = true;
      await work;
      expect(new Set(statuses)).toEqual(new Set([200]));

      // The very same capture sees what goes to the API server: there the headers are.
      const upstream = `127.0.0.1:${stack.upstream.port}`;
      const own = new URL(stack.server.publicUrl).host;
      const destinations = new Set(outbound.calls.map(({ to }) => to));
      expect([...destinations].sort()).toEqual([receiver.host, own, upstream].sort());
      expect(outbound.calls.some(({ to, head }) => to === upstream && /^impersonate-user/im.test(head))).toBe(true);
      expect(outbound.calls.some(({ to, path }) => to === own && path.startsWith('/dev-provider'))).toBe(true);
      for (const { to, head } of outbound.calls.filter((call) => call.to !== upstream)) {
        expect(head, to).not.toMatch(/impersonate|x-remote-/i);
        expect(capabilitiesIn(head), to).toEqual([]);
      }
      for (const body of receiver.bodies) {
        expect(body).not.toMatch(/impersonate-(user|group|uid|extra)/i);
        expect(capabilitiesIn(body)).toEqual([]);
      }
    } finally {
      outbound.stop();
    }
  }, 60_000);
});
