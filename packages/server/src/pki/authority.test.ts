import { webcrypto, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { createId, Secret } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAgentCertificateAuthority } from './agent-authority.ts';
import {
  type CertificateAuthorityRecord,
  createCertificateAuthority,
  issueServerCertificate,
  type ServerCertificate,
} from './authority.ts';
import { crypto, KEY_ALGORITHM } from './issue.ts';
import { keepServerCertificate } from './server-certificate-keeper.ts';
import { Pkcs10CertificateRequestGenerator } from './x509.ts';

const at = new Date();
const DAY_MS = 24 * 60 * 60_000;

describe('a certificate authority', () => {
  it('makes a root of ten years, for one usage, with no authority below it', async () => {
    const root = await createCertificateAuthority({ commonName: 'Test front', usage: 'serverAuth', at });
    const certificate = new X509Certificate(root.certificatePem);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe('CN=Test front');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(new Date(certificate.validFrom).getTime()).toBeLessThan(at.getTime() - 4 * 60_000);
    expect(new Date(certificate.validTo).getTime()).toBeGreaterThan(at.getTime() + 3_649 * DAY_MS);
    expect(JSON.stringify(root)).not.toContain('PRIVATE KEY');
  });

  it('signs a server certificate for DNS names, wildcards and addresses alike', async () => {
    const root = await createCertificateAuthority({ commonName: 'Test front', usage: 'serverAuth', at });
    const hostNames = ['sallyport.example.com', '*.k.example.com', '127.0.0.1', '::1'];
    const leaf = new X509Certificate((await issueServerCertificate(root, { hostNames, at })).certificatePem);
    expect(leaf.checkHost('sallyport.example.com')).toBeDefined();
    expect(leaf.checkHost('prod.k.example.com')).toBeDefined();
    expect(leaf.checkHost('other.example.com')).toBeUndefined();
    expect(leaf.checkIP('127.0.0.1')).toBeDefined();
    expect(leaf.checkIP('::1')).toBeDefined();
    expect(leaf.checkIP('127.0.0.2')).toBeUndefined();
  });
});

describe('mutual TLS under two roots', () => {
  let front: CertificateAuthorityRecord;
  let agents: CertificateAuthorityRecord;
  let server: ServerCertificate;
  let agent: { cert: string; key: string };
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  beforeAll(async () => {
    front = await createCertificateAuthority({ commonName: 'Test front', usage: 'serverAuth', at });
    agents = await createCertificateAuthority({ commonName: 'Test agents', usage: 'clientAuth', at });
    server = await issueServerCertificate(front, { hostNames: ['localhost'], at });
    const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
    const request = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: KEY_ALGORITHM }, crypto);
    const authority = createAgentCertificateAuthority(() => [agents], createFakeClock(at));
    const issued = await authority.issueAgentCertificate(request.toString('pem'), createId('cluster'));
    const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    agent = { cert: issued.certificatePem, key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----` };
  });

  /** Whether a handshake succeeds on both ends. */
  async function handshake(options: {
    server: { cert: string; key: string };
    client: { cert: string; key: string };
    serverTrusts: string;
    clientTrusts: string;
  }): Promise<boolean> {
    const listener = createServer({ ...options.server, ca: options.serverTrusts, requestCert: true });
    listener.on('secureConnection', (socket) => socket.end('welcome'));
    listener.listen(0, '127.0.0.1');
    closing.push(() => listener.close());
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const socket = connect({
      ...options.client,
      ca: options.clientTrusts,
      host: '127.0.0.1',
      port,
      servername: 'localhost',
    });
    closing.push(() => socket.destroy());
    // TLS 1.3: the client learns of a refusal after its own handshake, by an error or a bare close instead of the greeting.
    let greeting = '';
    socket.on('data', (chunk) => {
      greeting += chunk;
    });
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
    return greeting === 'welcome';
  }

  const serverPair = () => ({ cert: server.certificatePem, key: server.privateKeyPem.reveal() });

  it('lets an agent meet the server', async () => {
    const roots = { serverTrusts: agents.certificatePem, clientTrusts: front.certificatePem };
    expect(await handshake({ server: serverPair(), client: agent, ...roots })).toBe(true);
  });

  it('SEC-D27 refuses each certificate in the place of the other', async () => {
    const both = `${front.certificatePem}${agents.certificatePem}`;
    const roots = { serverTrusts: agents.certificatePem, clientTrusts: front.certificatePem };
    expect(await handshake({ server: serverPair(), client: serverPair(), ...roots })).toBe(false);
    expect(await handshake({ server: agent, client: agent, ...roots })).toBe(false);
    // Even a verifier that trusts both roots keeps the usages apart.
    const careless = { serverTrusts: both, clientTrusts: both };
    expect(await handshake({ server: serverPair(), client: serverPair(), ...careless })).toBe(false);
    expect(await handshake({ server: agent, client: agent, ...careless })).toBe(false);
  });
});

describe('keepServerCertificate', () => {
  it('replaces the certificate 30 days before its end and tells its listeners', async () => {
    const clock = createFakeClock();
    const authority = await createCertificateAuthority({
      commonName: 'Test front',
      usage: 'serverAuth',
      at: new Date(clock.now()),
    });
    const keeper = await keepServerCertificate({ authority: () => authority, hostNames: ['localhost'], clock });
    const first = keeper.current();
    const renewed = new Promise<ServerCertificate>((resolve) => keeper.onRenewed(resolve));

    for (let hour = 0; hour < 60 * 24; hour++) await clock.advanceAsync(60 * 60_000);
    expect(keeper.current()).toBe(first);
    clock.advance(60 * 60_000);
    const next = await renewed;
    expect(keeper.current()).toBe(next);
    expect(next.notAfter.getTime() - clock.now()).toBe(90 * DAY_MS);
    keeper.close();
    expect(clock.pending).toBe(0);
  });

  it('keeps the certificate that it has when another can not be made', async () => {
    const clock = createFakeClock();
    const good = await createCertificateAuthority({
      commonName: 'Test',
      usage: 'serverAuth',
      at: new Date(clock.now()),
    });
    let readings = 0;
    const failing: CertificateAuthorityRecord = {
      certificatePem: good.certificatePem,
      get privateKeyPem() {
        return readings++ === 0 ? good.privateKeyPem : new Secret('gone');
      },
    };
    const errors: string[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (_: unknown, message: string) => errors.push(message) };
    const keeper = await keepServerCertificate({ authority: () => failing, hostNames: ['localhost'], clock, logger });
    const first = keeper.current();
    clock.advance(61 * DAY_MS);
    await expect.poll(() => errors).toEqual(['a certificate of the server could not be renewed']);
    expect(keeper.current()).toBe(first);
    keeper.close();
  });
});
