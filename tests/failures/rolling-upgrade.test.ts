import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { answerForever } from '../replicas/endless-upstream.ts';
import { CLUSTER, ORGANIZATION, PREFIX, type Replicas, startReplicas } from '../replicas/harness.ts';
import type { UpstreamCall } from '../security/recording-upstream.ts';
import { switchingHead } from '../security/upgrade-client.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { createCaller, expectWholeLog } from './caller.ts';

const PROTOCOL = 'v5.channel.k8s.io';
/** A frame of ours to kubectl: two bytes on the channel of the output. */
const OUTPUT = Buffer.from([0x82, 3, 1, 0x2e, 0x0a]);
const OUTPUT_EVERY_MS = 50;

/** A command that prints for as long as somebody reads it. */
function printForever(call: UpstreamCall): void {
  if (!call.request.target.includes('/exec?')) {
    answerForever(call);
    return;
  }
  const socket = call.raw(switchingHead(call, PROTOCOL));
  const timer = setInterval(() => socket.write(OUTPUT), OUTPUT_EVERY_MS);
  socket.on('close', () => clearInterval(timer));
  socket.on('error', () => clearInterval(timer));
}

describe.skipIf(lacks('postgres'))('a rolling upgrade', () => {
  let replicas: Replicas;
  const sockets: WebSocket[] = [];
  beforeAll(async () => {
    replicas = await startReplicas();
    replicas.upstream.answer = printForever;
    await replicas.connectAgent(replicas.a);
  }, 120_000);
  afterAll(async () => {
    for (const socket of sockets) socket.terminate();
    await replicas?.close();
  }, 60_000);

  /** Opens an exec, and counts what it prints. */
  async function openExec(port: number, token: string) {
    const url = `wss://127.0.0.1:${port}${PREFIX}/api/v1/namespaces/default/pods/web/exec?command=sh&stdin=true&stdout=true`;
    const socket = new WebSocket(url, PROTOCOL, {
      ca: replicas.a.server.caPem,
      headers: { authorization: `Bearer ${token}` },
    });
    sockets.push(socket);
    let bytes = 0;
    let isOpen = true;
    socket.on('message', (data: Buffer) => {
      if (data[0] === 1) bytes += data.length - 1;
    });
    socket.on('close', () => {
      isOpen = false;
    });
    await new Promise<void>((resolve, reject) => {
      socket.on('open', () => resolve());
      socket.on('error', reject);
    });
    const goesOn = async (what: string) => {
      const before = bytes;
      await awaitCondition(() => bytes > before, { what, everyMs: 20 });
      expect(isOpen, what).toBe(true);
    };
    return { goesOn };
  }

  async function tables(): Promise<readonly string[]> {
    const client = new pg.Client({ connectionString: replicas.databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string }>(
        `select table_name as name from information_schema.columns where column_name = 'of_the_next_minor'`,
      );
      return rows.map(({ name }) => name);
    } finally {
      await client.end();
    }
  }

  it('from the schema of the version before drops no exec that runs on the other replica', async () => {
    const caller = await createCaller(replicas);
    const owner = await replicas.logIn(replicas.b, 'owner');
    await awaitCondition(async () => (await caller.list(replicas.a)) === 200, { what: 'a serves' });
    const { token } = await replicas.a
      .api(caller.person)
      .mintKubeCredential({ organization: ORGANIZATION, name: CLUSTER });
    const exec = await openExec(replicas.a.port, token ?? '');
    await exec.goesOn('the exec prints');
    expect(await tables()).toEqual([]);

    const upgraded = await replicas.startProcess({}, 'tests/failures/next-minor-server.ts');
    expect(await tables()).toEqual(expect.arrayContaining(['login_sessions', 'grants', 'audit_events', 'principals']));
    await exec.goesOn('the exec goes on beside the new version');
    // The one before goes on with what is new too: it reads, writes and records on the new schema.
    expect(await caller.remove(replicas.a)).toBe(200);
    await replicas.connectAgent(upgraded);
    await awaitCondition(async () => (await caller.list(upgraded)) === 200, { what: 'the new version serves' });
    expect(await caller.remove(upgraded)).toBe(200);
    const onNew = await openExec(upgraded.port, token ?? '');
    await onNew.goesOn('an exec on the new version prints');
    await exec.goesOn('the exec on the version before goes on still');

    for (const socket of sockets) socket.close();
    await expectWholeLog(replicas, owner, caller);
    await upgraded.program.stop();
  }, 180_000);
});
