import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { answerForever } from './endless-upstream.ts';
import {
  CLUSTER,
  type ConnectedAgent,
  ORGANIZATION,
  PREFIX,
  type Replica,
  type Replicas,
  startReplicas,
} from './harness.ts';
import { createStreamOpener, type StreamKind, type StreamOpener } from './streams.ts';

const PODS = '/api/v1/namespaces/default/pods';

describe.skipIf(lacks('postgres'))('a replica without a tunnel of the cluster', () => {
  let replicas: Replicas;
  let a: Replica;
  let b: Replica;
  let agent: ConnectedAgent;
  const openers: StreamOpener[] = [];
  beforeAll(async () => {
    replicas = await startReplicas();
    ({ a, b } = replicas);
    agent = await replicas.connectAgent(b);
    await awaitCondition(() => replicas.upstream.inventory.length >= 3, { what: 'the inventory is taken' });
  }, 60_000);
  afterEach(() => {
    for (const opener of openers.splice(0)) opener.close();
    replicas.upstream.reset();
  });
  afterAll(() => replicas?.close(), 30_000);

  const kubeToken = async (person: Person, on: Replica) =>
    (await on.api(person).mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER })).token;
  function openerOn(replica: Replica, token: string): StreamOpener {
    const opener = createStreamOpener({ port: replica.port, caPem: replica.server.caPem, prefix: PREFIX, token });
    openers.push(opener);
    return opener;
  }

  it('SEC-D10 carries requests to the one that has it', async () => {
    const token = await kubeToken(await replicas.logIn(a, 'developer'), a);
    const body = randomBytes(3_000_000).toString('base64');
    replicas.upstream.answer = (call) => call.respond(200, ['Content-Type', 'application/json'], body);
    const before = replicas.upstream.requests.length;
    const answer = await (await a.kube(token, PODS)).answer();
    expect([answer.status, digest(answer.body)]).toEqual([200, digest(body)]);
    const [request, ...more] = replicas.upstream.requests.slice(before);
    expect(more).toEqual([]);
    expect(request?.rawHeaders).toContain('developer@acme.test');
  });

  it.each<StreamKind>(['watch', 'log', 'exec'])(
    'SEC-D10 ends a %s there in its protocol when its basis is gone',
    async (kind) => {
      replicas.upstream.answer = answerForever;
      const person = await replicas.logIn(a, 'developer');
      const stream = await openerOn(a, await kubeToken(person, a)).open(kind, `open-${kind}`);
      await b.api(person).logOut();
      expect(await stream.ended).toMatchObject({
        isInProtocol: true,
        reason: expect.stringContaining('access has ended'),
      });
      await awaitCondition(() => replicas.upstream.requests.every(({ isOver }) => isOver), {
        what: 'the cluster serves nobody',
      });
    },
  );

  it('SEC-D10 SEC-D23 ends streams with a clear error when the agent is lost, and goes on when it is back', async () => {
    replicas.upstream.answer = answerForever;
    const token = await kubeToken(await replicas.logIn(a, 'developer'), a);
    const stream = await openerOn(a, token).open('watch', 'lost');
    await agent.stop();
    expect(await stream.ended).toMatchObject({ isInProtocol: true, reason: expect.stringContaining('was lost') });
    const away = await (await a.kube(token, PODS)).answer();
    expect([away.status, away.rawHeaders]).toEqual([503, expect.arrayContaining(['Retry-After', '1'])]);
    agent = await replicas.connectAgent(b);
    await awaitCondition(async () => (await (await a.kube(token, PODS)).answer()).status === 200, {
      what: 'requests on a reach the agent again',
    });
  });
});

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
