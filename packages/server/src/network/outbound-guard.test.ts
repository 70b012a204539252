import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProviderFetch } from '../authn/provider-fetch.ts';
import { addressRefusalIn, isPublicAddress, LOOPBACK_NETWORKS, type ResolveAll } from './outbound-guard.ts';

describe('addresses', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:7f00:1::',
    '2001::1',
    'localhost',
    '',
  ])('SEC-E09 of this machine, of private networks and of metadata services are not public: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['1.1.1.1', '203.0.114.1', '2606:4700:4700::1111', '::ffff:1.1.1.1'])(
    'on the internet are: %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('requests to addresses that somebody named', () => {
  let server: Server;
  let port: number;
  let requests = 0;
  let answer: RequestListener = (_request, response) => response.end('{}');
  beforeAll(async () => {
    server = createServer((request, response) => {
      requests += 1;
      answer(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const answering =
    (...addresses: string[]): ResolveAll =>
    (_hostname, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  async function call(url: string, options: Parameters<typeof createProviderFetch>[0] = {}): Promise<unknown> {
    const { fetch, close } = createProviderFetch(options);
    try {
      const response = await fetch(url, { method: 'GET', headers: {}, body: undefined, redirect: 'manual' });
      await response.arrayBuffer();
      return response.status;
    } catch (error) {
      return addressRefusalIn(error)?.code ?? error;
    } finally {
      await close();
    }
  }

  it.each([
    ['an address', () => `http://127.0.0.1:${port}/`, {}],
    ['an address in other clothes', () => `http://0x7f000001:${port}/`, {}],
    ['an IPv6 address that holds one', () => `http://[::ffff:127.0.0.1]:${port}/`, {}],
    ['a name of the system', () => `http://localhost:${port}/`, {}],
    ['a name of its own', () => `http://idp.example.com:${port}/`, { resolveAll: answering('127.0.0.1') }],
    ['a network beside the allowed one', () => `http://127.0.0.1:${port}/`, { allowedAddresses: ['127.0.0.2/32'] }],
  ])('SEC-E09 never reach this machine by %s', async (_name, url, options) => {
    requests = 0;
    expect(await call(url(), options)).toBe('ERR_LOGIN_PROVIDER_ADDRESS');
    expect(requests).toBe(0);
  });

  it('reach it where the configuration allows that', async () => {
    for (const host of ['127.0.0.1', 'localhost', 'idp.example.com']) {
      const options = {
        allowedAddresses: LOOPBACK_NETWORKS,
        ...(host === 'idp.example.com' && { resolveAll: answering('127.0.0.1') }),
      };
      expect(await call(`http://${host}:${port}/`, options), host).toBe(200);
    }
  });

  it('SEC-E09 are decided on the address that is connected to, each time anew', async () => {
    const names: string[] = [];
    let address = '127.0.0.1';
    const { fetch, close } = createProviderFetch({
      allowedAddresses: ['127.0.0.1'],
      resolveAll: (hostname, done) => {
        names.push(hostname);
        answering(address)(hostname, done);
      },
    });
    const get = () =>
      fetch(`http://rebinding.example.com:${port}/`, {
        method: 'GET',
        headers: { connection: 'close' },
        body: undefined,
        redirect: 'manual',
      });
    expect((await get()).status).toBe(200);
    address = '169.254.169.254';
    const refusal = addressRefusalIn(await get().catch((error: unknown) => error));
    expect(refusal).toMatchObject({
      code: 'ERR_LOGIN_PROVIDER_ADDRESS',
      nextStep: expect.stringContaining('allowedIssuerAddresses'),
    });
    expect(names).toEqual(['rebinding.example.com', 'rebinding.example.com']);
    await close();
  });

  it('SEC-E09 use what is good among several addresses, and nothing else', async () => {
    requests = 0;
    const resolveAll = answering('10.0.0.1', '127.0.0.1');
    expect(await call(`http://two.example.com:${port}/`, { resolveAll, allowedAddresses: ['127.0.0.1'] })).toBe(200);
    expect(await call(`http://two.example.com:${port}/`, { resolveAll })).toBe('ERR_LOGIN_PROVIDER_ADDRESS');
    expect(requests).toBe(1);
  });

  it('SEC-E09 follow no redirect, and read no answer without end', async () => {
    const allowedAddresses = ['127.0.0.1'];
    requests = 0;
    answer = (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    expect(await call(`http://127.0.0.1:${port}/`, { allowedAddresses })).toBe(302);
    expect(requests).toBe(1);
    answer = (_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const more = () => {
        while (response.writable && response.write(chunk));
        if (response.writable) response.once('drain', more);
      };
      more();
    };
    expect(await call(`http://127.0.0.1:${port}/`, { allowedAddresses })).toBeInstanceOf(Error);
  });
});
