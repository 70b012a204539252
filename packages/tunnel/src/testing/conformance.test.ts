import { afterAll, beforeAll, describe, it } from 'vitest';
import { createMemoryLinkPair } from '../memory/index.ts';
import { createTestPki, dialTestGateway, dialTestTls, startTestGateway, type TestGateway } from './gateway-pair.ts';
import { type LinkSetup, linkConformance, tunnelConformance } from './index.ts';

const pki = createTestPki();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway(pki);
});
afterAll(() => gateway.close());

const memory: LinkSetup = async () => {
  const [left, right] = createMemoryLinkPair();
  return { left, right, close: async () => {} };
};
const delayed: LinkSetup = async () => {
  const [left, right] = createMemoryLinkPair({ latencyMs: 1 });
  return { left, right, close: async () => {} };
};
const grpc: LinkSetup = async () => {
  const connection = await dialTestGateway(pki, gateway);
  const { link } = await gateway.nextLink();
  return { left: link, right: connection.link, close: async () => connection.close() };
};
const tls: LinkSetup = async () => {
  const connection = await dialTestTls(pki, gateway);
  const { link } = await gateway.nextLink();
  return { left: link, right: connection.link, close: async () => connection.close() };
};
const reversed =
  (setup: LinkSetup): LinkSetup =>
  async () => {
    const { left, right, close } = await setup();
    return { left: right, right: left, close };
  };

const links = {
  'the memory link': memory,
  'a memory link with latency': delayed,
  'the gRPC link': grpc,
  'the TLS link': tls,
};
const fromAgent = { 'the gRPC link, from the agent': reversed(grpc), 'the TLS link, from the agent': reversed(tls) };
for (const [name, setup] of Object.entries({ ...links, ...fromAgent })) {
  describe(`${name} is a link that`, () => {
    for (const conformance of linkConformance) it(conformance.name, () => conformance.run(setup));
  });
}
for (const [name, setup] of Object.entries(links)) {
  describe(`a tunnel over ${name}`, () => {
    for (const conformance of tunnelConformance) it(conformance.name, () => conformance.run(setup));
  });
}
