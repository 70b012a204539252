import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestCertificateAuthority } from '@sallyport/core/testing';
import { createFront, serveThrough } from './tunnel-only.ts';

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());

// Certificates for a try on one machine; with real ones, the two sides run on two.
const serverName = 'links.example.test';
const authority = createTestCertificateAuthority('tunnel-only');
const front = authority.issueServer([serverName]);
const service = authority.issueClient('hello');
const { links, site } = createFront({
  certPem: front.certificatePem,
  keyPem: front.keyPem,
  clientCaPem: authority.certificatePem,
});
const hello = createServer((request, response) => response.end(`hello from behind the tunnel: ${request.url}\n`));
for (const server of [links, site, hello]) await once(server.listen(0, '127.0.0.1'), 'listening');
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

process.stdout.write(`curl http://127.0.0.1:${portOf(site)}/\n`);
const dial = {
  address: `127.0.0.1:${portOf(links)}`,
  serverName,
  caPem: authority.certificatePem,
  certPem: service.certificatePem,
  keyPem: service.keyPem,
};
await serveThrough(dial, new URL(`http://127.0.0.1:${portOf(hello)}`), stopping.signal);
for (const server of [links, site, hello]) server.close();
