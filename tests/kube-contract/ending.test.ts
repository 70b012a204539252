import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { failureStatus } from '@sallyport/core';
import { createUpgradeTracker, type UpgradeTracker } from '@sallyport/core/streaming';
import {
  createFakeKubeApiServer,
  createTestCertificateAuthority,
  type FakeKubeApiServer,
} from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKubectl, KUBECTLS, type Kubectl } from './kubectl.ts';

const REASON = 'your grant ended at 14:00';

/** What the relay does to an exec once its output has begun. */
type Interference = 'end' | 'cutMidFrame';

interface Relay {
  readonly url: string;
  readonly caPem: string;
  interference: Interference;
  close(): Promise<void>;
}

/** Bytes of upstream output after which the relay interferes. */
const ENOUGH_BYTES = 400;

/**
 * A proxy as small as can be: plain requests and upgrades go to the fake as raw bytes, answers come back through the
 * tracker, which ends every exec after its first output.
 */
async function startRelay(fake: FakeKubeApiServer): Promise<Relay> {
  const ca = createTestCertificateAuthority('relay-ca');
  const { certificatePem, keyPem } = ca.issueServer(['127.0.0.1']);
  const upstreamUrl = new URL(fake.url);
  const sockets = new Set<Duplex>();
  const dial = (): TLSSocket => connect({ host: upstreamUrl.hostname, port: Number(upstreamUrl.port), ca: fake.caPem });

  const server: Server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    const upstream = dial();
    upstream.on('error', () => response.destroy());
    upstream.write(
      `${request.method} ${request.url} HTTP/1.0\r\nAuthorization: Bearer admin-token\r\nAccept: application/json\r\n\r\n`,
    );
    const chunks: Buffer[] = [];
    upstream.on('data', (chunk: Buffer) => chunks.push(chunk));
    upstream.on('end', () => {
      const whole = Buffer.concat(chunks);
      const split = whole.indexOf('\r\n\r\n');
      response.writeHead(Number(whole.toString('latin1', 9, 12)), { 'content-type': 'application/json' });
      response.end(whole.subarray(split + 4));
    });
  });

  server.on('upgrade', (request, downstream: Duplex, head: Buffer) => {
    const upstream = dial();
    sockets.add(downstream).add(upstream);
    upstream.on('error', () => upstream.destroy());
    downstream.on('error', () => downstream.destroy());
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let i = 0; i < request.rawHeaders.length; i += 2)
      lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
    let tracker: UpgradeTracker | undefined;
    let early = head;
    let waiting = Buffer.alloc(0);
    let passed = 0;

    const toDownstream = (bytes: Uint8Array | undefined): void => {
      if (bytes && bytes.length > 0) downstream.write(bytes);
      if (tracker?.ended) downstream.end();
    };
    downstream.on('data', (chunk: Buffer) => {
      if (!tracker) {
        early = Buffer.concat([early, chunk]);
        return;
      }
      toDownstream(tracker.downstreamToUpstream(chunk));
      upstream.write(chunk);
    });

    const interfere = (active: UpgradeTracker, chunk: Buffer): void => {
      if (relay.interference === 'end') {
        toDownstream(active.upstreamToDownstream(chunk));
        toDownstream(active.end(failureStatus('Forbidden', REASON)));
        return;
      }
      // The upstream vanishes with a frame half sent: one byte is missing from what has come so far.
      toDownstream(active.upstreamToDownstream(chunk.subarray(0, -1)));
      upstream.destroy();
      toDownstream(active.end(failureStatus('Forbidden', REASON)));
      if (!active.ended) toDownstream(active.finish());
    };

    upstream.on('data', (chunk: Buffer) => {
      if (tracker) {
        passed += chunk.length;
        if (passed > ENOUGH_BYTES && !tracker.ended) interfere(tracker, chunk);
        else toDownstream(tracker.upstreamToDownstream(chunk));
        return;
      }
      waiting = Buffer.concat([waiting, chunk]);
      const end = waiting.indexOf('\r\n\r\n');
      if (end === -1) return;
      const answer = waiting.toString('latin1', 0, end);
      const subprotocol = /^sec-websocket-protocol: (.*)$/im.exec(answer)?.[1];
      const isWebSocket = /^upgrade: websocket$/im.test(answer);
      tracker = createUpgradeTracker({
        protocol: isWebSocket ? 'websocket' : 'spdy/3.1',
        kind: 'remoteCommand',
        ...(subprotocol !== undefined && { subprotocol }),
      });
      downstream.write(waiting.subarray(0, end + 4));
      toDownstream(tracker.upstreamToDownstream(waiting.subarray(end + 4)));
      if (early.length > 0) {
        toDownstream(tracker.downstreamToUpstream(early));
        upstream.write(early);
      }
    });
    downstream.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const relay: Relay = {
    url: `https://127.0.0.1:${port}`,
    caPem: ca.certificatePem,
    interference: 'end',
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return relay;
}

for (const { version, variable, path } of KUBECTLS) {
  const title = `ending an exec of kubectl ${version}`;
  describe.skipIf(path === undefined)(
    path === undefined ? `${title}: set ${variable} to its path to run it` : title,
    () => {
      let fake: FakeKubeApiServer;
      let relay: Relay;
      let kubectl: Kubectl;
      let home: string;
      beforeAll(async () => {
        fake = createFakeKubeApiServer();
        await fake.listen();
        const running = fake.audit.waitFor((event) => event.objectRef?.resource === 'pods' && event.verb === 'create');
        const direct = await createKubectl(path ?? '', fake.kubeconfig({ token: 'admin-token' }));
        await direct.run(['run', 'p1', '--image=nginx:1']);
        await running;
        await direct.run(['wait', '--for=condition=Ready', 'pod/p1', '--timeout=20s']);
        relay = await startRelay(fake);
        const config = JSON.parse(fake.kubeconfig({ token: 'admin-token' }));
        config.clusters[0].cluster = {
          server: relay.url,
          'certificate-authority-data': Buffer.from(relay.caPem).toString('base64'),
        };
        const through = await createKubectl(path ?? '', JSON.stringify(config));
        kubectl = through.run;
        home = through.home;
        await rm(direct.home, { recursive: true, force: true });
      });
      afterAll(async () => {
        await relay.close();
        await fake.close();
        await rm(home, { recursive: true, force: true });
      });

      for (const interference of ['end', 'cutMidFrame'] as const) {
        for (const flags of [[], ['-i']]) {
          const name = interference === 'end' ? 'at a frame boundary' : 'although the upstream vanished mid-frame';
          it(`makes kubectl print the reason and exit 1 ${name}${flags.length > 0 ? ', with stdin' : ''}`, async () => {
            relay.interference = interference;
            const loop = 'while true; do echo a line of output that goes on and on; sleep 0.01; done';
            const { code, stderr, stdout } = await kubectl(['exec', ...flags, 'p1', '--', 'sh', '-c', loop], {
              timeoutMs: 15_000,
            });
            expect(stdout).toMatch(/^a line of output/);
            expect(stderr).toContain(`error: ${REASON}`);
            expect(code).toBe(1);
          });
        }
      }
    },
  );
}
