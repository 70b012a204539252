import type { CreatedTerminal, TerminalList } from '@sallyport/core/api';
import { registerCluster } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSandboxProgram } from '../../packages/server/src/testing/sandbox-program.ts';
import {
  callAsPage,
  connectTerminal,
  holdTerminal,
  type OpenTerminal,
  refusalOf,
  type WebLogin,
} from '../stack/web-terminal.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, type Replica, type Replicas, startReplicas } from './harness.ts';

const kubectl = process.env['SALLYPORT_TEST_KUBECTL'];
const organization = ORGANIZATION;

// As behind a balancer without sticky sessions: each request and each WebSocket lands where it lands.
describe.skipIf(lacks('postgres') || kubectl === undefined)('terminals of several servers', () => {
  let replicas: Replicas;
  let login: WebLogin;
  beforeAll(async () => {
    const program = buildSandboxProgram();
    replicas = await startReplicas({ config: { terminals: { kubectl: kubectl ?? '', program } } });
    const owner = await replicas.logIn(replicas.a, 'owner');
    await registerCluster(replicas.a.api(owner), organization, { name: CLUSTER });
    login = await replicas.webLogin(replicas.a, 'owner');
    await awaitCondition(
      async () => (await call(replicas.b, 'GET', `/organizations/${organization}/clusters/${CLUSTER}`)).status === 200,
      { what: 'both servers know the person and the cluster' },
    );
  }, 120_000);
  afterAll(() => replicas?.close(), 30_000);

  const addressOf = ({ server, port }: Replica) => ({ publicUrl: server.publicUrl, caPem: server.caPem, port });
  const call = <Body = unknown>(on: Replica, method: string, path: string) =>
    callAsPage<Body>(addressOf(on), login, method, path);
  const make = (on: Replica) =>
    call<CreatedTerminal>(on, 'POST', `/organizations/${organization}/clusters/${CLUSTER}/terminals`);
  const connect = (on: Replica, path: string) => connectTerminal(addressOf(on), login, path);
  const list = async (on: Replica) => (await call<TerminalList>(on, 'GET', '/me/terminals')).body;
  const open = async (made: Replica, opened: Replica): Promise<OpenTerminal> => {
    const { body } = await make(made);
    return holdTerminal(connect(opened, body.path), body.id);
  };
  const endAll = async (terminals: readonly OpenTerminal[]) => {
    for (const { socket } of terminals) socket.terminate();
    await awaitCondition(async () => (await list(replicas.a)).items.length === 0, { what: 'all have ended' });
  };

  it('are made on one, opened on another, listed by both, and ended by the first', async () => {
    const { a, b } = replicas;
    const terminal = await open(a, b);
    expect((await terminal.run('config view')).text).toContain('http://127.0.0.1:');
    const [first, second] = [await list(a), await list(b)];
    expect(first.items).toMatchObject([{ id: terminal.id, cluster: CLUSTER }]);
    expect(second.items).toEqual(first.items);

    expect((await call(a, 'DELETE', `/me/terminals/${terminal.id}`)).status).toBe(204);
    expect((await terminal.next('ended')).reason).toBe('you ended this terminal');
    await awaitCondition(async () => (await list(a)).ended.some(({ id }) => id === terminal.id), {
      what: 'a tells how it ended',
    });
    for (const each of [await list(a), await list(b)]) {
      expect(each).toMatchObject({ items: [], ended: [{ id: terminal.id, cluster: CLUSTER, reason: 'closed' }] });
    }
    expect((await call(b, 'DELETE', `/me/terminals/${terminal.id}`)).status).toBe(404);
  }, 60_000);

  it("are nobody else's to see or to end", async () => {
    const { a, b } = replicas;
    const terminal = await open(a, b);
    const other = await replicas.webLogin(a, 'developer');
    const asOther = (method: string, path: string) => callAsPage<TerminalList>(addressOf(a), other, method, path);
    expect((await asOther('GET', '/me/terminals')).body).toMatchObject({ items: [], ended: [] });
    expect((await asOther('DELETE', `/me/terminals/${terminal.id}`)).status).toBe(404);
    expect((await list(a)).items.map(({ id }) => id)).toEqual([terminal.id]);
    await endAll([terminal]);
  }, 60_000);

  it('SEC-F07 count together against the limit of a person, also when two are opened at once', async () => {
    const { a, b } = replicas;
    const { maxOpen } = (await list(a)).limits;
    const terminals: OpenTerminal[] = [];
    while (terminals.length < maxOpen - 1) terminals.push(await open(a, terminals.length % 2 === 0 ? a : b));

    const [third, fourth] = [await make(a), await make(b)];
    const sockets = [connect(a, third.body.path), connect(b, fourth.body.path)];
    expect((await Promise.all(sockets.map(refusalOf))).sort()).toEqual([409, undefined]);
    for (const on of [a, b]) expect((await list(on)).items).toHaveLength(maxOpen);
    const refused = await make(b);
    expect([refused.status, refused.body]).toMatchObject([
      409,
      { detail: `you have ${maxOpen} terminals open, limit is ${maxOpen}` },
    ]);

    for (const socket of sockets) socket.terminate();
    await endAll(terminals);
    expect((await make(b)).status).toBe(201);
  }, 120_000);
});
