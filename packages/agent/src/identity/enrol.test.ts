import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { clusterSanUri, createId, Secret } from '@sallyport/core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startConnectProxy } from '../testing/connect-proxy.ts';
import { type FrontDoor, type FrontDoorOptions, startFrontDoor } from '../testing/front-door.ts';
import { createTestCa, type TestCa } from '../testing/test-ca.ts';
import { enrol } from './enrol.ts';

let ca: TestCa;
let agentCa: TestCa;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  ca = await createTestCa();
  agentCa = await createTestCa('agents');
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: Partial<FrontDoorOptions> = {}): Promise<FrontDoor> {
  const door = await startFrontDoor({ ca, agentCa, tokens: ['join-1'], ...options });
  closers.push(() => door.close());
  return door;
}

const joinToken = new Secret('join-1');
const base = { joinToken, agentVersion: '1.0.0' };

describe('enrolment', () => {
  it('exchanges the join token for an identity over a key that stays here', async () => {
    const door = await start();
    const identity = await enrol({ ...base, server: { url: door.url, ca: [ca.certificatePem] } });
    expect(identity).toMatchObject({ clusterId: door.clusterId, clusterName: 'prod' });
    expect(identity.notAfter.getTime()).toBeGreaterThan(Date.now());
    const [sent] = door.recorded.requests;
    expect([sent?.method, sent?.target]).toEqual(['POST', '/agent/v1/enroll']);
    expect(JSON.parse(sent?.body ?? '')).toEqual({
      joinToken: 'join-1',
      csrPem: expect.stringContaining('CERTIFICATE REQUEST') as string,
      agentVersion: '1.0.0',
    });
    expect(sent?.body).not.toContain('PRIVATE KEY');
    expect(JSON.stringify(identity)).not.toContain('PRIVATE KEY');
  });

  it('SEC-D19 sends no byte to a server with a wrong CA, a self-signed certificate or another name', async () => {
    const door = await start();
    const wrongCa = await createTestCa();
    const url = new URL(door.url);
    url.hostname = '127.0.0.2';
    for (const server of [
      { url: door.url, ca: [wrongCa.certificatePem] },
      { url: door.url, ca: [agentCa.certificatePem] },
      { url, ca: [ca.certificatePem] },
    ]) {
      const attempt = enrol({ ...base, server });
      const isOtherHost = server.url.hostname === '127.0.0.2';
      await expect(attempt).rejects.toMatchObject({
        code: isOtherHost ? 'ERR_AGENT_SERVER_UNREACHABLE' : 'ERR_AGENT_SERVER_UNTRUSTED',
      });
    }
    expect(door.recorded.requests).toEqual([]);
  });

  it('SEC-D19 refuses a certificate for another name, also with verification switched off in the environment', async () => {
    const recorded = await startFrontDoor({
      ca: { ...ca, issue: () => ca.issue({ dnsNames: ['other.test'] }) },
      agentCa,
      tokens: ['join-1'],
    });
    closers.push(() => recorded.close());
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const attempt = enrol({ ...base, server: { url: recorded.url, ca: [ca.certificatePem] } });
      await expect(attempt).rejects.toMatchObject({ code: 'ERR_AGENT_SERVER_UNTRUSTED' });
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
    expect(recorded.recorded.requests).toEqual([]);
  });

  it('SEC-D19 refuses plain HTTP before it dials, and a plain server on the port before it sends', async () => {
    let requests = 0;
    const plain = http.createServer((_req, res) => {
      requests += 1;
      res.end();
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    closers.push(() => plain.close());
    const { port } = plain.address() as AddressInfo;
    for (const scheme of ['http', 'https']) {
      const attempt = enrol({
        ...base,
        server: { url: new URL(`${scheme}://127.0.0.1:${port}`), ca: [ca.certificatePem] },
      });
      await expect(attempt).rejects.toMatchObject({ code: 'ERR_AGENT_SERVER_UNTRUSTED' });
    }
    expect(requests).toBe(0);
  });

  it('says why the server refused', async () => {
    const door = await start({ tokens: [] });
    const error = (await enrol({ ...base, server: { url: door.url, ca: [ca.certificatePem] } }).catch(
      (e: unknown) => e,
    )) as Error;
    expect(error).toMatchObject({ code: 'ERR_AGENT_ENROLMENT_REFUSED' });
    expect(error.message).toContain('the join token was used before');
    expect(`${error.message}${String(error.cause)}`).not.toContain('join-1');
  });

  it('SEC-D01 SEC-D17 refuses a certificate for another cluster, another key or none', async () => {
    const other = createId('cluster');
    const foreign = await agentCa.issue({ uris: [clusterSanUri(other)] });
    const cases: Partial<FrontDoorOptions>[] = [
      { certify: (csr) => agentCa.sign(csr, { uris: [clusterSanUri(other)] }) },
      { certify: (csr) => agentCa.sign(csr, { dnsNames: ['prod'] }) },
      { certify: async () => foreign.certificatePem },
      { certify: async () => 'nonsense' },
      { answer: (honest) => ({ ...honest, tunnel: undefined }) },
      { answer: (honest) => ({ ...honest, clusterId: '../x' }) },
      { answer: () => 'text' },
    ];
    for (const options of cases) {
      const door = await start(options);
      const attempt = enrol({ ...base, server: { url: door.url, ca: [ca.certificatePem] } });
      await expect(attempt).rejects.toMatchObject({ code: 'ERR_AGENT_ENROLMENT_ANSWER' });
    }
    const door = await start();
    const attempt = enrol({ ...base, clusterId: other, server: { url: door.url, ca: [ca.certificatePem] } });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_AGENT_ENROLMENT_ANSWER' });
  });

  it('passes an HTTP proxy with credentials, which sees neither token nor answer', async () => {
    const door = await start();
    const proxy = await startConnectProxy({ userName: 'agent', password: 'p:ä' });
    closers.push(() => proxy.close());
    const server = { url: door.url, ca: [ca.certificatePem] };
    const credentials = { userName: 'agent', password: new Secret('p:ä') };
    const identity = await enrol({
      ...base,
      server: { ...server, proxy: { host: '127.0.0.1', port: proxy.port, credentials } },
    });
    expect(identity.clusterId).toBe(door.clusterId);
    expect(proxy.targets).toEqual([`127.0.0.1:${door.recorded.port}`]);
    expect(proxy.bytes()).not.toContain('join-1');
  });

  it('reports a proxy that wants other credentials without naming those it has', async () => {
    const door = await start();
    const proxy = await startConnectProxy({ userName: 'agent', password: 'right' });
    closers.push(() => proxy.close());
    const server = { url: door.url, ca: [ca.certificatePem] };
    const credentials = { userName: 'agent', password: new Secret('wrong-secret') };
    const error = (await enrol({
      ...base,
      server: { ...server, proxy: { host: '127.0.0.1', port: proxy.port, credentials } },
    }).catch((e: unknown) => e)) as Error;
    expect(error).toMatchObject({ code: 'ERR_AGENT_EGRESS_PROXY' });
    expect(error.message).toMatch(/status 407/);
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('wrong-secret');
    expect(door.recorded.connectionCount).toBe(0);
  });
});
