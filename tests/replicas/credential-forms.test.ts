import type { ClientHttp2Session } from 'node:http2';
import { createKeyAndRequest } from '@sallyport/core/credentials';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../security/http2-client.ts';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PREFIX, type Replica, type Replicas, startReplicas } from './harness.ts';

/** A credential of one form: how a connection with it is opened, and what each request of it says. */
interface Held {
  readonly id: string;
  connect(to: Replica): Promise<ClientHttp2Session>;
  readonly headers: Readonly<Record<string, string>>;
}

const OF = { organization: ORGANIZATION, name: CLUSTER };

function byToken({ id, token }: { readonly id: string; readonly token: string }): Held {
  return {
    id,
    connect: ({ port, server }) => openSession({ port, caPem: server.caPem }),
    headers: { authorization: `Bearer ${token}` },
  };
}

const FORMS: Readonly<Record<string, (api: Person['api']) => Promise<Held>>> = {
  exec: async (api) => byToken(await api.mintKubeCredential(OF)),
  token: async (api) => byToken(await api.mintStaticToken({ ...OF, body: {} })),
  async certificate(api) {
    const { csrPem, privateKeyPem } = createKeyAndRequest('anybody');
    const { id, certificate, ca, tlsServerName } = await api.issueClientCertificate({ ...OF, body: { csr: csrPem } });
    return {
      id,
      connect: ({ port }) =>
        openSession({
          port,
          caPem: ca,
          serverName: tlsServerName,
          certificate: { certificatePem: certificate, keyPem: privateKeyPem.reveal() },
        }),
      headers: {},
    };
  },
};

describe.skipIf(lacks('postgres'))('a kube credential of each form, on two replicas', () => {
  let replicas: Replicas;
  let person: Person;
  const sessions: ClientHttp2Session[] = [];
  beforeAll(async () => {
    replicas = await startReplicas();
    replicas.upstream.answer = (call) =>
      void call.open(200, ['Content-Type', 'application/json']).write('{"type":"ADDED","object":{}}\n');
    for (const replica of [replicas.a, replicas.b]) await replicas.connectAgent(replica);
    person = await replicas.logIn(replicas.a, 'developer');
  }, 60_000);
  afterAll(async () => {
    for (const session of sessions) session.destroy();
    await replicas?.close();
  }, 30_000);

  async function connect(held: Held, to: Replica): Promise<ClientHttp2Session> {
    const session = await held.connect(to);
    sessions.push(session);
    return session;
  }
  /** Opens a watch and waits for its first event. What comes back is all that it said, once it is over. */
  async function openWatch({ headers }: Held, session: ClientHttp2Session): Promise<() => Promise<string>> {
    const stream = session.request({ ...headers, ':path': `${PREFIX}/api/v1/namespaces/default/pods?watch=1` });
    let seen = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      seen += chunk;
    });
    const over = new Promise<string>((resolve) => stream.on('close', () => resolve(seen)));
    await awaitCondition(() => seen !== '' || stream.closed, { what: 'the watch says something', everyMs: 2 });
    return () => over;
  }
  /** How a watch is answered; one that was let in is given up. */
  function statusOf({ headers }: Held, session: ClientHttp2Session): Promise<number | undefined> {
    const stream = session.request({ ...headers, ':path': `${PREFIX}/api/v1/namespaces/default/pods?watch=1` });
    return new Promise((resolve, reject) => {
      stream.on('error', reject);
      stream.on('response', (head) => {
        resolve(head[':status']);
        stream.close();
      });
    });
  }

  for (const [form, get] of Object.entries(FORMS)) {
    it(`SEC-E19 ${form}: made on one, taken on both, and ended on both when it is revoked on the other`, async () => {
      const held = await get(person.over(replicas.a.fetch));
      const [onA, onB] = [await connect(held, replicas.a), await connect(held, replicas.b)];
      // The very first certificate of an organization comes with its CA, which the other replica hears of.
      await awaitCondition(async () => (await statusOf(held, onB)) === 200, {
        what: 'the other replica takes it',
        everyMs: 20,
      });
      const [watchA, watchB] = [await openWatch(held, onA), await openWatch(held, onB)];
      await person.over(replicas.b.fetch).revokeMyCredential({ id: held.id });
      for (const watch of [watchA, watchB]) {
        const said = await watch();
        expect(said).toContain('"type":"ADDED"');
        expect(said).toContain('"type":"ERROR"');
        expect(said).toContain('the credential was revoked');
      }
      for (const session of [onA, onB]) expect(await statusOf(held, session)).toBe(401);
      for (const replica of [replicas.a, replicas.b]) {
        expect(await statusOf(held, await connect(held, replica))).toBe(401);
      }
    }, 30_000);
  }
});
