import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  createGrpcGateway,
  type DialGrpcOptions,
  type DialOptions,
  dialGrpcLink,
  type GatewayConnection,
  type GatewayOptions,
  type GatewayPeer,
  type GrpcGateway,
  type GrpcGatewayOptions,
} from '../grpc/index.ts';
import type { Link } from '../link.ts';
import { createTlsGateway, type DialTlsOptions, dialTlsLink } from '../tls/index.ts';
import { createTestCertificate, type TestCertificate } from './certificates.ts';

/** Certificates of one gateway and its agents. */
export interface TestPki {
  readonly serverCa: TestCertificate;
  readonly agentCa: TestCertificate;
  readonly server: TestCertificate;
  readonly agent: TestCertificate;
}

export const SERVER_NAME = 'agents.example.test';
export const AGENT_URI = 'sallyport://cluster/cls_00000000000000000000000001';

export function createTestPki(): TestPki {
  const serverCa = createTestCertificate({ commonName: 'server CA', isCa: true });
  const agentCa = createTestCertificate({ commonName: 'agent CA', isCa: true });
  return {
    serverCa,
    agentCa,
    server: createTestCertificate({
      commonName: 'gateway',
      issuer: serverCa,
      usages: ['serverAuth'],
      dnsNames: [SERVER_NAME],
    }),
    agent: createTestCertificate({ commonName: 'agent', issuer: agentCa, usages: ['clientAuth'], uris: [AGENT_URI] }),
  };
}

/** A gateway of both links behind a port of its own, and what arrived at it. */
export interface TestGateway {
  readonly gateway: GrpcGateway;
  readonly address: string;
  readonly port: number;
  readonly refused: Error[];
  readonly sockets: ReadonlySet<Socket>;
  /** The next link that an agent opened. */
  nextLink(): Promise<{ readonly link: Link; readonly peer: GatewayPeer }>;
  close(): Promise<void>;
}

export async function startTestGateway(pki: TestPki, options: Partial<GrpcGatewayOptions> = {}): Promise<TestGateway> {
  const links: { readonly link: Link; readonly peer: GatewayPeer }[] = [];
  const waiting: ((arrival: { readonly link: Link; readonly peer: GatewayPeer }) => void)[] = [];
  const refused: Error[] = [];
  const shared: GatewayOptions = {
    credentials: { certPem: pki.server.certPem, keyPem: pki.server.keyPem, clientCaPem: pki.agentCa.certPem },
    onConnect(link, peer) {
      const take = waiting.shift();
      if (take === undefined) links.push({ link, peer });
      else take({ link, peer });
    },
    onRenew: () => Promise.reject(new Error('no renewal in this test')),
    onRefused: (error) => refused.push(error),
    ...options,
  };
  const gateway = createGrpcGateway({ ...shared, ...options, other: createTlsGateway(shared) });
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    gateway.injectConnection(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    gateway,
    address: `127.0.0.1:${port}`,
    port,
    refused,
    sockets,
    nextLink: () =>
      new Promise((resolve) => {
        const arrived = links.shift();
        if (arrived === undefined) waiting.push(resolve);
        else resolve(arrived);
      }),
    async close() {
      gateway.close();
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

export function dialTestGateway(
  pki: TestPki,
  gateway: Pick<TestGateway, 'address'>,
  overrides: Partial<DialGrpcOptions> = {},
): Promise<GatewayConnection> {
  return dialGrpcLink({ ...dialOptions(pki, gateway), ...overrides });
}

export function dialTestTls(
  pki: TestPki,
  gateway: Pick<TestGateway, 'address'>,
  overrides: Partial<DialTlsOptions> = {},
): Promise<GatewayConnection> {
  return dialTlsLink({ ...dialOptions(pki, gateway), ...overrides });
}

const dialOptions = (pki: TestPki, { address }: Pick<TestGateway, 'address'>): DialOptions => ({
  address,
  serverName: SERVER_NAME,
  caPem: pki.serverCa.certPem,
  certPem: pki.agent.certPem,
  keyPem: pki.agent.keyPem,
});
