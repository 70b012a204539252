import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterId, clusterSanUri, createId, systemClock } from '@sallyport/core';
import { registerCluster } from '@sallyport/core/api';
import { createKeyAndRequest } from '@sallyport/core/credentials';
import { dialGrpcLink } from '@sallyport/tunnel/grpc';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestCa } from '../../packages/agent/src/testing/test-ca.ts';
import { issueServerCertificate, loadTrustRoots, type TrustRoots } from '../../packages/server/src/pki/index.ts';
import { fetchTrusting } from '../stack/login.ts';
import { awaitCondition, freePort } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PREFIX, PROTOCOLS, type SecureStack, startSecureStack } from './harness.ts';
import { connectRaw } from './http1-client.ts';
import { answerOf } from './http2-client.ts';
import { headerValues, soleValueOf } from './recording-upstream.ts';
import { type Relay, startRelay } from './relay.ts';
import { askForUpgrade, behindHead, execPath, switchingHead, TRANSPORTS } from './upgrade-client.ts';

let stack: SecureStack;
let relay: Relay;
let roots: TrustRoots;
beforeAll(async () => {
  const port = await freePort();
  relay = await startRelay(port);
  // Login and agents come by way of the relay; the callers of these tests connect straight to the server.
  stack = await startSecureStack({
    config: { listen: { host: '127.0.0.1', port }, publicUrl: `https://127.0.0.1:${relay.port}` },
    callersPort: port,
  });
  roots = await loadTrustRoots(stack.store, systemClock);
}, 60_000);
afterAll(async () => {
  await stack?.close();
  await relay?.close();
}, 30_000);
beforeEach(() => stack.upstream.reset());

const connected = () =>
  awaitCondition(() => stack.server.health(stack.clusterId).state === 'connected', {
    what: 'the agent is back',
    everyMs: 10,
  });
const enrol = async (joinToken: string) => {
  const response = await fetchTrusting(stack.server.caPem)(`https://127.0.0.1:${stack.port}/agent/v1/enroll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ joinToken, csrPem: createKeyAndRequest('sallyport-agent').csrPem, agentVersion: '0' }),
  });
  return { status: response.status, text: await response.text() };
};

/** Opens a request of each kind that upstream leaves unanswered or open. */
async function openRequests(token: string) {
  stack.upstream.answer = (call) => {
    const { target, method, rawHeaders } = call.request;
    if (headerValues(rawHeaders, 'upgrade').length > 0) {
      const offered =
        soleValueOf(rawHeaders, 'sec-websocket-protocol') ?? soleValueOf(rawHeaders, 'x-stream-protocol-version');
      call.raw(switchingHead(call, offered));
    } else if (method === 'GET' && target.includes('watch')) {
      call.open(200, ['Content-Type', 'application/json']).write('{"type":"ADDED"}\n');
    }
  };
  const pods = `${PREFIX}/api/v1/namespaces/default/pods`;
  const plain = ['POST', 'GET'].map(async (method) => {
    const connection = await stack.connect();
    const body = method === 'POST' ? 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}' : '\r\n';
    connection.write(`${method} ${pods} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${body}`);
    return (await connection.answer()).status;
  });
  const session = await stack.session();
  const write = session.request({ ':method': 'POST', ':path': pods, authorization: `Bearer ${token}` });
  write.end('{}');
  plain.push(answerOf(write).then(({ status }) => status));
  const watch1 = await stack.connect();
  watch1.write(`GET ${pods}?watch=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  const watch2 = session.request({ ':path': `${pods}?watch=1`, authorization: `Bearer ${token}` });
  const watches = [
    watch1.answer().then(({ body, isComplete }) => `${isComplete ? 'end' : 'cut'} ${body}`),
    answerOf(watch2).then(({ body, resetCode }) => `${resetCode === 0 ? 'end' : 'cut'} ${body}`),
  ];
  const execs = await Promise.all(
    TRANSPORTS.map(async (transport) => {
      const caller = await askForUpgrade(stack, { transport, path: execPath('open'), token });
      expect((await caller.answer()).status).toBe(101);
      return { over: caller.closed.then(() => behindHead(caller.received()).toString('latin1')) };
    }),
  );
  await awaitCondition(() => stack.upstream.requests.length === 7, { what: 'all are open', everyMs: 5 });
  await awaitCondition(() => watch1.received().includes('ADDED'), { what: 'the watch began', everyMs: 5 });
  return {
    plain: Promise.all(plain),
    watches: Promise.all(watches),
    execs: Promise.all(execs.map(({ over }) => over)),
  };
}

describe('a tunnel that is lost', () => {
  it('SEC-D23 SEC-D24 ends everything in it at once, and no write is repeated on the next one', async () => {
    const open = await openRequests(await stack.token());
    const began = performance.now();
    relay.resetAll();
    expect(await open.plain).toEqual([502, 502, 502]);
    for (const watch of await open.watches) expect(watch).toMatch(/ADDED.*ERR_PROXY_TUNNEL_LOST/s);
    // Over SPDY the reason needs an error stream, which this caller did not open.
    const [byWebSocket] = await open.execs;
    expect(byWebSocket).toContain('ERR_PROXY_TUNNEL_LOST');
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(stack.server.health(stack.clusterId).state).toBe('disconnected');
    await connected();
    stack.upstream.answer = (call) => call.respond(200, [], '{}');
    expect((await stack.call('h2', { path: '/version' })).status).toBe(200);
    expect(
      stack.upstream.requests.filter(({ method, target }) => method === 'POST' && !target.includes('exec')),
    ).toHaveLength(2);
  });

  it('SEC-D22 SEC-D24 leaves the cluster connected while another replica of the agent has one, in either order', async () => {
    for (const lost of [0, 1]) {
      await stack.startAgent();
      await awaitCondition(() => stack.server.health(stack.clusterId).tunnelCount === 2, {
        what: 'two tunnels',
        everyMs: 5,
      });
      const states: string[] = [];
      const stop = stack.server.onHealthChange((id) => states.push(stack.server.health(id).state));
      relay.connectionsTo('agents.sallyport.internal')[lost]?.reset();
      await awaitCondition(() => stack.server.health(stack.clusterId).tunnelCount === 1, {
        what: 'one tunnel went',
        everyMs: 1,
      });
      expect((await stack.call('h2', { path: '/version' })).status).toBe(200);
      await awaitCondition(() => stack.server.health(stack.clusterId).tunnelCount === 2, {
        what: 'it came back',
        everyMs: 5,
      });
      expect(states).toEqual([]);
      stop();
      await stack.stopAgent();
      await awaitCondition(() => stack.server.health(stack.clusterId).tunnelCount === 1, {
        what: 'one was stopped',
        everyMs: 5,
      });
      expect((await stack.call('h2', { path: '/version' })).status).toBe(200);
    }
  }, 60_000);
});

describe('identity of an agent', () => {
  it('SEC-D20 stays the same over restarts with the used join token still set', async () => {
    await stack.stopAllAgents();
    await awaitCondition(() => stack.server.health(stack.clusterId).state === 'disconnected', { what: 'no agent' });
    await stack.startAgent();
    expect((await stack.call('h2', { path: '/version' })).status).toBe(200);
    const events = await stack.auditEvents();
    expect(events.filter(({ code }) => code === 'agent.enrolled')).toHaveLength(1);
  });

  it('SEC-D16 is issued once for a join token, whoever comes at once, and the token is written nowhere', async () => {
    const used = stack.install.joinToken.token;
    expect((await enrol(used)).status).toBe(403);
    await stack.audited(({ code, details }) => code === 'agent.enrolment.refused' && details?.['reason'] === 'used');
    expect((await enrol('sjt_unknown')).status).toBe(403);
    const { joinToken } = await (await stack.person('admin')).api.issueJoinToken({
      organization: ORGANIZATION,
      name: CLUSTER,
    });
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => enrol(joinToken.token)));
    expect(outcomes.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403, 403, 403, 403, 403]);
    for (const secret of [used, joinToken.token]) {
      for (const { text } of [...stack.log, ...outcomes]) expect(text).not.toContain(secret);
      for (const file of filesBelow(join(stack.folder, 'server')))
        expect(readFileSync(file).includes(secret), file).toBe(false);
    }
  }, 60_000);

  it('SEC-D15 SEC-D27 refuses every other certificate at the shared port', async () => {
    const { csrPem, privateKeyPem } = createKeyAndRequest('sallyport-agent');
    const foreignCa = await createTestCa('somebody');
    const foreign = await foreignCa.issue({ uris: [clusterSanUri(stack.clusterId)] });
    const front = await issueServerCertificate(roots.frontCa.current(), {
      hostNames: ['agents.sallyport.internal'],
      at: new Date(),
    });
    const unknown = await roots.agentCa.issueAgentCertificate(csrPem, createId('cluster'));
    const unrecorded = await roots.agentCa.issueAgentCertificate(csrPem, stack.clusterId);
    const revoked = await roots.agentCa.issueAgentCertificate(csrPem, stack.clusterId);
    await stack.change((tx) =>
      tx.putAgentCertificate({
        id: createId('agent'),
        clusterId: stack.clusterId,
        serial: revoked.serial,
        notAfter: revoked.notAfter,
        revokedAt: new Date(),
      }),
    );
    const yesterday = { ...systemClock, now: () => Date.now() - 2 * 86_400_000 };
    const expired = await (await loadTrustRoots(stack.store, yesterday)).agentCa.issueAgentCertificate(
      csrPem,
      stack.clusterId,
    );
    const candidates: Record<string, readonly [certPem: string, keyPem: string]> = {
      'of another authority': [foreign.certificatePem, foreign.keyPem],
      'of the front door': [front.certificatePem, front.privateKeyPem.reveal()],
      'the authority itself': [roots.frontCa.bundlePem, roots.frontCa.current().privateKeyPem.reveal()],
      'of no cluster': [unknown.certificatePem, privateKeyPem.reveal()],
      'without a record': [unrecorded.certificatePem, privateKeyPem.reveal()],
      revoked: [revoked.certificatePem, privateKeyPem.reveal()],
      expired: [expired.certificatePem, privateKeyPem.reveal()],
    };
    const before = stack.server.health(stack.clusterId).tunnelCount;
    for (const [name, [certPem, keyPem]] of Object.entries(candidates)) {
      const outcome = await dialGrpcLink({
        address: `127.0.0.1:${stack.port}`,
        serverName: 'agents.sallyport.internal',
        caPem: stack.server.caPem,
        certPem,
        keyPem,
      }).then(
        ({ link }) => new Promise((resolve) => link.onClose(resolve)),
        (error: unknown) => error,
      );
      expect([name, outcome instanceof Error]).toEqual([name, true]);
    }
    expect(stack.server.health(stack.clusterId).tunnelCount).toBe(before);
    // The same by the server's word: those whom TLS let in are refused with an audit event.
    await stack.audited(({ code, details }) => code === 'tunnel.refused' && details?.['serial'] === revoked.serial);
  }, 60_000);

  it('SEC-D27 SEC-E13 opens no other door: agent certificates, join tokens and kube credentials at REST and kube path', async () => {
    const { csrPem, privateKeyPem } = createKeyAndRequest('sallyport-agent');
    const { certificatePem } = await roots.agentCa.issueAgentCertificate(csrPem, stack.clusterId);
    const withCertificate = { ...stack.target, certificate: { certificatePem, keyPem: privateKeyPem.reveal() } };
    for (const path of ['/api/v1/me', `${PREFIX}/api/v1/pods`]) {
      const connection = await connectRaw(withCertificate);
      connection.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect([path, (await connection.answer()).status]).toEqual([path, 401]);
      connection.socket.destroy();
    }
    const { joinToken } = await (await stack.person('admin')).api.issueJoinToken({
      organization: ORGANIZATION,
      name: CLUSTER,
    });
    const principals = (await stack.store.changes.read()).records.principals?.length;
    for (const protocol of PROTOCOLS) {
      expect((await stack.call(protocol, { isWhole: true, path: '/api/v1/me', token: joinToken.token })).status).toBe(
        401,
      );
      expect((await stack.call(protocol, { token: joinToken.token })).status).toBe(401);
    }
    expect(stack.upstream.requests).toEqual([]);
    for (const protocol of PROTOCOLS) {
      // A kube credential always leads to its cluster, so the REST API never hears it.
      const answer = await stack.call(protocol, { isWhole: true, path: '/api/v1/me' });
      expect([answer.status, answer.body]).toEqual([200, '{}']);
    }
    expect(stack.upstream.requests.map(({ target }) => target)).toEqual(['/api/v1/me', '/api/v1/me']);
    expect((await stack.store.changes.read()).records.principals?.length).toBe(principals);
  });
});

describe('another cluster', () => {
  let other: ClusterId;
  beforeAll(async () => {
    const { install } = await registerCluster((await stack.person('admin')).api, ORGANIZATION, { name: 'other' });
    other = install.clusterId;
  });

  it('SEC-D03 SEC-E13 is not reached with a credential of this one, and organizations that are not ours answer alike', async () => {
    for (const protocol of PROTOCOLS) {
      for (const path of ['/k/demo/other/api/v1/pods', '/k/elsewhere/demo/api/v1/pods', '/k/demo/none/api/v1/pods']) {
        const answer = await stack.call(protocol, { isWhole: true, path });
        expect([path, answer.status]).toEqual([path, 403]);
        expect(JSON.parse(answer.body)).toMatchObject({
          kind: 'Status',
          message: expect.stringContaining('ERR_PROXY_CLUSTER_UNKNOWN'),
        });
      }
    }
    expect(stack.upstream.requests).toEqual([]);
  });

  it('SEC-D01 is not served by the agent of this one', async () => {
    const { token } = await (await stack.person('admin')).api.mintKubeCredential({
      organization: ORGANIZATION,
      name: 'other',
    });
    for (const protocol of PROTOCOLS) {
      expect((await stack.call(protocol, { isWhole: true, path: '/k/demo/other/api/v1/pods', token })).status).toBe(
        503,
      );
    }
    expect(stack.server.health(other).tunnelCount).toBe(0);
    expect(stack.upstream.requests).toEqual([]);
  });

  it('SEC-D04 no header or target leads the agent anywhere but to its API server', async () => {
    const authorization = `Authorization: Bearer ${await stack.token()}\r\n`;
    const heads = [
      `GET ${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: 169.254.169.254\r\nX-Forwarded-Host: 169.254.169.254\r\n`,
      `GET ${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: localhost:9\r\nX-Original-URL: http://169.254.169.254/\r\nX-Rewrite-URL: /metrics\r\n`,
      `GET https://169.254.169.254${PREFIX}/api/v1/pods HTTP/1.1\r\nHost: x\r\n`,
      `GET ${PREFIX}//169.254.169.254/latest HTTP/1.1\r\nHost: x\r\n`,
      `CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n`,
    ];
    for (const head of heads) {
      const connection = await stack.connect();
      connection.write(`${head}${authorization}\r\n`);
      await connection.answer();
      connection.socket.destroy();
    }
    for (const { rawHeaders, target } of stack.upstream.requests) {
      expect(target).toBe('/api/v1/pods');
      expect(soleValueOf(rawHeaders, 'host')).toBe(`127.0.0.1:${stack.upstream.port}`);
      expect(JSON.stringify(rawHeaders)).not.toMatch(/169\.254|forwarded|original|rewrite/i);
    }
    expect(stack.upstream.requests.length).toBeGreaterThanOrEqual(2);
  });
});

describe('the end of an agent', () => {
  it('SEC-D21 a revoked certificate ends tunnel, streams and agent, and comes back by no way', async () => {
    const open = await openRequests(await stack.token());
    const end = stack.agentEnd();
    const { clusterId } = stack;
    await stack.change((tx) => tx.revokeAgentCertificates(clusterId));
    expect(await end).toMatchObject({ code: 'ERR_AGENT_REVOKED', nextStep: expect.any(String) });
    expect(await open.plain).toEqual([502, 502, 502]);
    await Promise.all([open.watches, open.execs]);
    expect(stack.server.health(clusterId).state).toBe('disconnected');
    await expect(stack.startAgent()).rejects.toMatchObject({ code: 'ERR_AGENT_REVOKED' });
    expect(stack.server.health(clusterId).state).toBe('disconnected');
  });

  it('SEC-D21 a deleted cluster takes its credentials with it, and a new one of its name inherits nothing', async () => {
    const token = await stack.token();
    const { joinToken } = await (await stack.person('admin')).api.issueJoinToken({
      organization: ORGANIZATION,
      name: CLUSTER,
    });
    const { clusterId } = stack;
    await stack.change((tx) => tx.remove('Cluster', clusterId));
    expect((await enrol(joinToken.token)).status).toBe(403);
    for (const protocol of PROTOCOLS) expect((await stack.call(protocol, { token })).status).toBe(403);
    const { install } = await registerCluster((await stack.person('admin')).api, ORGANIZATION, { name: CLUSTER });
    expect(install.clusterId).not.toBe(clusterId);
    for (const protocol of PROTOCOLS) expect((await stack.call(protocol, { token })).status).toBe(403);
    await expect(stack.startAgent()).rejects.toMatchObject({ code: 'ERR_AGENT_DEREGISTERED' });
    // What the agent asks by itself, to say how it finds its API server, is nobody's request.
    expect(stack.upstream.requests.filter(({ target }) => target !== '/version')).toEqual([]);
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
}
