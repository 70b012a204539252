import type { ClientHttp2Session } from 'node:http2';
import { createId, systemClock } from '@sallyport/core';
import { registerCluster } from '@sallyport/core/api';
import { createKeyAndRequest, type KubeCredentialClaims } from '@sallyport/core/credentials';
import { dialGrpcLink } from '@sallyport/tunnel/grpc';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issueServerCertificate, loadTrustRoots, type TrustRoots } from '../../packages/server/src/pki/index.ts';
import { rotateKey } from '../../packages/server/src/pki/rotate-keys.ts';
import { createMemoryUserAuthority } from '../../packages/server/src/pki/testing/memory-user-authority.ts';
import { userCaOf } from '../../packages/server/src/stores/key-contracts.ts';
import type { Person } from '../stack/login.ts';
import { awaitCondition } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PREFIX, type SecureStack, startSecureStack } from './harness.ts';
import { connectRaw, type Http1Answer, type RawConnection, type RawTarget, readAnswer } from './http1-client.ts';
import { answerOf, openSession } from './http2-client.ts';
import { soleValueOf } from './recording-upstream.ts';

const HOUR_MS = 3_600_000;
const POD_LIST = `${PREFIX}/api/v1/pods`;

type Pair = NonNullable<RawTarget['certificate']>;

/** A client certificate that the server issued, and what it is. */
interface Issued extends Pair {
  readonly id: string;
  readonly tlsServerName: string;
}

let stack: SecureStack;
let roots: TrustRoots;
let issued: Issued;
let target: RawTarget;
const connections: RawConnection[] = [];
const sessions: ClientHttp2Session[] = [];
beforeAll(async () => {
  stack = await startSecureStack();
  roots = await loadTrustRoots(stack.store, systemClock);
  issued = await issue(await stack.person('admin'));
  target = { ...stack.target, serverName: issued.tlsServerName };
}, 60_000);
beforeEach(() => {
  stack.upstream.reset();
});
afterAll(async () => {
  for (const { socket } of connections) socket.destroy();
  for (const session of sessions) session.destroy();
  await stack?.close();
}, 30_000);

async function issue(person: Person, cluster = CLUSTER): Promise<Issued> {
  const { csrPem, privateKeyPem } = createKeyAndRequest('anybody');
  const { certificate, id, tlsServerName } = await person.api.issueClientCertificate({
    organization: ORGANIZATION,
    name: cluster,
    body: { csr: csrPem },
  });
  return { certificatePem: certificate, keyPem: privateKeyPem.reveal(), id, tlsServerName };
}

async function connectWith(certificate: Pair | undefined, over: Partial<RawTarget> = {}): Promise<RawConnection> {
  const connection = await connectRaw({ ...target, ...(certificate && { certificate }), ...over });
  connections.push(connection);
  return connection;
}

async function getBy(connection: RawConnection, path = POD_LIST, headers = ''): Promise<Http1Answer> {
  const before = connection.received().length;
  connection.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${stack.port}\r\n${headers}\r\n`);
  return awaitCondition(() => readAnswer(connection.received().subarray(before), connection.socket.readableEnded), {
    what: 'the server answers',
    everyMs: 2,
  });
}

/** Over HTTP/1.1 without ALPN and over HTTP/2, a connection each. */
async function statusesOf(certificate: Pair | undefined, path = POD_LIST): Promise<readonly [number, number]> {
  const first = await getBy(await connectWith(certificate), path);
  const session = await openSession({ ...target, ...(certificate && { certificate }) });
  sessions.push(session);
  return [first.status, (await answerOf(session.request({ ':path': path }))).status];
}

describe('a client certificate', () => {
  it('is a kube credential of its person, over HTTP/1.1 and HTTP/2', async () => {
    expect(await statusesOf(issued)).toEqual([200, 200]);
    expect(stack.upstream.requests).toHaveLength(2);
    for (const request of stack.upstream.requests) {
      expect(soleValueOf(request.rawHeaders, 'impersonate-user')).toBe('admin@demo.test');
      expect(request.rawHeaders.join('\n')).not.toContain('CERTIFICATE');
    }
  });

  it('is listed with its form and serial number, and audited', async () => {
    const { items } = await (await stack.person('admin')).api.listMyCredentials();
    const found = items.find(({ id }) => id === issued.id);
    expect(found).toMatchObject({ kind: 'certificate', cluster: CLUSTER });
    expect(found?.certificateSerial).toMatch(/^[0-9a-f]{32}$/);
    const event = await stack.audited(
      ({ code, details }) => code === 'credential.minted' && details?.['credentialId'] === issued.id,
    );
    expect(event.details).toMatchObject({ kind: 'certificate', certificateSerial: found?.certificateSerial });
  });

  it('SEC-E13 SEC-D27 opens its own cluster and nothing else: no other cluster, no REST, no agent gateway', async () => {
    const admin = await stack.person('admin');
    await registerCluster(admin.api, ORGANIZATION, { name: 'other' });
    for (const path of ['/k/demo/other/api/v1/pods', '/k/elsewhere/demo/api/v1/pods']) {
      expect([path, await statusesOf(issued, path)]).toEqual([path, [403, 403]]);
    }
    expect(stack.upstream.requests).toEqual([]);
    // Whatever comes with a certificate is for its cluster, so the REST API never hears it.
    expect(await statusesOf(issued, '/api/v1/me')).toEqual([200, 200]);
    expect(stack.upstream.requests.map(({ target: path }) => path)).toEqual(['/api/v1/me', '/api/v1/me']);
    stack.upstream.reset();
    // Under the public name nobody asks for it.
    for (const path of ['/api/v1/me', POD_LIST]) {
      const connection = await connectRaw({ ...stack.target, certificate: issued });
      connections.push(connection);
      expect([path, (await getBy(connection, path)).status]).toEqual([path, 401]);
    }
    const asAgent = await dialGrpcLink({
      address: `127.0.0.1:${stack.port}`,
      serverName: 'agents.sallyport.internal',
      caPem: stack.server.caPem,
      certPem: issued.certificatePem,
      keyPem: issued.keyPem,
    }).then(
      ({ link }) => new Promise((resolve) => link.onClose(resolve)),
      (error: unknown) => error,
    );
    expect(asAgent).toBeInstanceOf(Error);
    expect(stack.upstream.requests).toEqual([]);
  }, 30_000);

  it('SEC-D15 SEC-D27 SEC-A17 is refused with a Status unless the organization that it names signed it', async () => {
    const { csrPem, privateKeyPem } = createKeyAndRequest('x');
    const keyPem = privateKeyPem.reveal();
    const claims = await claimsOf(await stack.person('admin'));
    const elsewhere = createMemoryUserAuthority(systemClock).authority;
    const yesterday = await loadTrustRoots(stack.store, { ...systemClock, now: () => Date.now() - 2 * HOUR_MS });
    const front = await issueServerCertificate(roots.frontCa.current(), { hostNames: ['x.test'], at: new Date() });
    const agent = await roots.agentCa.issueAgentCertificate(csrPem, stack.clusterId);
    // Of an organization that has a CA of its own here, and nobody who lives.
    const stranger = { ...claims, organizationId: await addOrganization() };
    const pem = async (of: TrustRoots['userCas'], named: Required<KubeCredentialClaims>) =>
      (await of.issue(csrPem, named, HOUR_MS)).certificatePem;
    const candidates: Readonly<Record<string, Pair | undefined>> = {
      'of another installation': { certificatePem: await pem(elsewhere, claims), keyPem },
      'of another organization': { certificatePem: await pem(roots.userCas, stranger), keyPem },
      'of the front door': { certificatePem: front.certificatePem, keyPem: front.privateKeyPem.reveal() },
      'of an agent': { certificatePem: agent.certificatePem, keyPem },
      expired: { certificatePem: await pem(yesterday.userCas, claims), keyPem },
      'of a session that is not there': {
        certificatePem: await pem(roots.userCas, { ...claims, loginSessionId: createId('loginSession') }),
        keyPem,
      },
      'of a session of somebody else': {
        certificatePem: await pem(roots.userCas, {
          ...claims,
          principalId: (await claimsOf(await stack.person('viewer'))).principalId,
        }),
        keyPem,
      },
      absent: undefined,
    };
    for (const [name, pair] of Object.entries(candidates)) {
      expect([name, await statusesOf(pair)]).toEqual([name, [401, 401]]);
      const answer = await getBy(await connectWith(pair));
      expect(JSON.parse(answer.body)).toMatchObject({ kind: 'Status', code: 401, reason: 'Unauthorized' });
    }
    expect(stack.upstream.requests).toEqual([]);
    // The same claims by the right authority, to show what the others lack.
    expect(await statusesOf({ certificatePem: await pem(roots.userCas, claims), keyPem })).toEqual([200, 200]);
  }, 60_000);

  it('SEC-A17 is refused beside a token, and a token under its name without it', async () => {
    const bearer = `Authorization: Bearer ${await stack.token()}\r\n`;
    for (const pair of [issued, undefined]) {
      const answer = await getBy(await connectWith(pair), POD_LIST, bearer);
      expect([answer.status, JSON.parse(answer.body)]).toEqual([
        401,
        expect.objectContaining({ message: expect.stringContaining('ERR_PROXY_CREDENTIAL_REFUSED') }),
      ]);
    }
    expect(stack.upstream.requests).toEqual([]);
  });

  it('SEC-E19 is refused at once when it is revoked: on open connections, new ones and resumed TLS sessions', async () => {
    const person = await stack.newPerson('admin');
    const revoked = await issue(person);
    const open = await connectWith(revoked);
    expect((await getBy(open)).status).toBe(200);
    // Tickets of TLS 1.3 come behind the handshake, and so before the answer.
    const ticket = open.socket.getSession();
    if (ticket === undefined) throw new Error('there is no TLS session');
    const session = await openSession({ ...target, certificate: revoked });
    sessions.push(session);
    expect((await answerOf(session.request({ ':path': POD_LIST }))).status).toBe(200);
    const resumed = async () => {
      const connection = await connectWith(revoked, { session: ticket });
      expect(connection.socket.isSessionReused()).toBe(true);
      return (await getBy(connection)).status;
    };
    expect(await resumed()).toBe(200);
    const usual = stack.upstream.answer;
    stack.upstream.answer = (call) =>
      void call.open(200, ['Content-Type', 'application/json']).write('{"type":"ADDED","object":{}}\n');
    const watch = session.request({ ':path': `${POD_LIST}?watch=1` });
    const seen: string[] = [];
    watch.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
    const ended = new Promise((resolve) => watch.once('close', resolve));
    await awaitCondition(() => seen.length > 0, { what: 'the watch runs', everyMs: 5 });

    await person.api.revokeMyCredential({ id: revoked.id });
    await ended;
    expect(seen.join('')).toContain('"type":"ERROR"');
    expect(seen.join('')).toContain('the credential was revoked');
    expect((await answerOf(session.request({ ':path': POD_LIST }))).status).toBe(401);
    expect((await getBy(open)).status).toBe(401);
    expect(await statusesOf(revoked)).toEqual([401, 401]);
    expect(await resumed()).toBe(401);
    // Nobody else's, and a new one of the same session is as good as ever.
    stack.upstream.answer = usual;
    expect(await statusesOf(await issue(person))).toEqual([200, 200]);
  }, 30_000);

  it('SEC-E19 ends with the login session that it was issued in', async () => {
    const person = await stack.newPerson('admin');
    const pair = await issue(person);
    expect(await statusesOf(pair)).toEqual([200, 200]);
    await person.api.logOut();
    expect(await statusesOf(pair)).toEqual([401, 401]);
  });

  it('SEC-E19 is void once the CA of its organization is replaced in an emergency, and a new one is taken', async () => {
    const person = await stack.newPerson('admin');
    const pair = await issue(person);
    const session = await openSession({ ...target, certificate: pair });
    sessions.push(session);
    expect((await answerOf(session.request({ ':path': POD_LIST }))).status).toBe(200);
    const { organizationId } = await claimsOf(person);
    await rotateKey({ store: stack.store, clock: systemClock }, userCaOf(organizationId), 'emergency');
    await awaitCondition(async () => (await answerOf(session.request({ ':path': POD_LIST }))).status === 401, {
      what: 'the server noticed',
    });
    await roots.refresh();
    expect(await statusesOf(await issue(person))).toEqual([200, 200]);
  });
});

async function claimsOf(person: Person): Promise<Required<KubeCredentialClaims>> {
  const { organization, principal, loginSession } = await person.api.whoAmI();
  return {
    organizationId: organization.id,
    principalId: principal.id,
    loginSessionId: loginSession.id,
    clusterId: stack.clusterId,
    credentialId: createId('credential'),
  };
}

async function addOrganization() {
  const id = createId('organization');
  await stack.change((tx) => tx.put('Organization', { id, name: 'elsewhere', spec: {} }));
  return id;
}
