import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { createTestCertificateAuthority } from '@sallyport/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { awaitCondition } from '../../tests/support/index.ts';
import { createFront, serveThrough } from './tunnel-only.ts';

const serverName = 'links.example.test';
const authority = createTestCertificateAuthority('tunnel-only');
const stopping = new AbortController();
let serve: (request: IncomingMessage, response: ServerResponse) => void;
const service = createServer((asked, response) => serve(asked, response));
const issued = authority.issueServer([serverName]);
const { links, site } = createFront({
  certPem: issued.certificatePem,
  keyPem: issued.keyPem,
  clientCaPem: authority.certificatePem,
});
let stopped: Promise<void>;
let url: string;

const listen = async (server: Server | TcpServer) => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
};

beforeAll(async () => {
  const [linkPort, sitePort, servicePort] = await Promise.all([links, site, service].map(listen));
  url = `http://127.0.0.1:${sitePort}`;
  expect((await fetch(url)).status).toBe(503);
  const { certificatePem: certPem, keyPem } = authority.issueClient('hello');
  const dial = { address: `127.0.0.1:${linkPort}`, serverName, caPem: authority.certificatePem, certPem, keyPem };
  stopped = serveThrough(dial, new URL(`http://127.0.0.1:${servicePort}`), stopping.signal);
  serve = (_asked, response) => response.end();
  await awaitCondition(async () => (await fetch(url)).status === 200, { what: 'the service is connected' });
});
afterAll(async () => {
  stopping.abort();
  await stopped;
  for (const server of [site, service]) server.closeAllConnections();
  for (const server of [links, site, service]) server.close();
});

it('carries requests and answers with their bodies', async () => {
  serve = (asked, response) =>
    void text(asked).then((body) =>
      response.writeHead(201, { 'x-told': asked.headers['x-tell'] }).end(`${asked.method} ${asked.url} ${body}`),
    );
  const answer = await fetch(`${url}/a?b=c`, {
    method: 'PUT',
    body: 'x'.repeat(1_000_000),
    headers: { 'x-tell': 'so' },
  });
  expect([answer.status, answer.headers.get('x-told')]).toEqual([201, 'so']);
  expect(await answer.text()).toBe(`PUT /a?b=c ${'x'.repeat(1_000_000)}`);
});

it('streams: what the service says is there before it has ended', async () => {
  let end = () => {};
  serve = (_asked, response) => {
    response.write('first');
    end = () => response.end(' last');
  };
  const reader = (await fetch(url)).body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe('first');
  end();
  expect((await reader?.read())?.value).toBe(' last');
});

it('ends the call to the service when the caller goes away', async () => {
  let atService: ServerResponse | undefined;
  serve = (_asked, response) => {
    atService = response;
    response.write('first');
  };
  const call = request(url).end();
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  const gone = once(atService as ServerResponse, 'close');
  call.destroy();
  await gone;
});

it('breaks an answer off that broke off, and says when the service can not be reached', async () => {
  serve = (_asked, response) => void response.write('half', () => response.destroy());
  await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
  serve = (asked) => void asked.socket.destroy();
  expect((await fetch(url)).status).toBe(502);
});
