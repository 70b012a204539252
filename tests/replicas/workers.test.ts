import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCondition, awaitExit, freePort, lacks } from '../support/index.ts';
import { CLUSTER, ORGANIZATION, PREFIX, type ReplicaProcess, type Replicas, startReplicas } from './harness.ts';

const WORKERS = 2;
const PODS = `${PREFIX}/api/v1/namespaces/default/pods`;
/** More than any worker would take alone by chance. */
const CONNECTIONS = 24;

describe.skipIf(lacks('postgres'))('a server of several workers', () => {
  let replicas: Replicas;
  let served: ReplicaProcess;
  let token: string;
  beforeAll(async () => {
    replicas = await startReplicas();
    served = await replicas.startProcess({ workers: WORKERS });
    await served.program.saw(/all workers serve/, { in: 'stderr' });
    await replicas.connectAgent(served);
    const person = await replicas.logIn(served, 'developer');
    const target = { organization: ORGANIZATION, name: CLUSTER };
    token = (await served.api(person).mintKubeCredential(target)).token;
  }, 120_000);
  afterAll(() => replicas?.close(), 30_000);

  const workers = () => childrenOf(served.program.pid);
  const statusOf = async () => {
    const answer = await (await served.kube(token, PODS.slice(PREFIX.length))).answer();
    return answer.status;
  };

  it('shares its port among them, each a server that reaches the cluster', async () => {
    const pids = workers();
    expect(pids).toHaveLength(WORKERS);
    const before = pids.map(socketsOf);
    const open = await Promise.all(Array.from({ length: CONNECTIONS }, () => served.connect()));
    await awaitCondition(() => pids.every((pid, i) => socketsOf(pid) > (before[i] ?? 0)), {
      what: 'each worker holds connections',
    });
    for (const connection of open) connection.socket.destroy();
    const statuses = await Promise.all(Array.from({ length: CONNECTIONS }, statusOf));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('goes on without one that was killed, and starts it again', async () => {
    const [victim = -1, other = -1] = workers();
    process.kill(victim, 'SIGKILL');
    await served.program.saw(/"outcome":"SIGKILL".*a worker ended, and is started again/, { in: 'stderr' });
    await awaitCondition(async () => (await statusOf().catch(() => 0)) === 200, { what: 'the other one serves' });
    await awaitCondition(() => workers().length === WORKERS, { what: 'there are as many as before' });
    expect(workers()).toContain(other);
    await awaitCondition(() => served.program.stderr().match(/the server is ready/g)?.length === WORKERS + 1, {
      what: 'the new one is ready',
    });
  });

  it('ends with all of them when it is told to', async () => {
    const pids = workers();
    const { code } = await served.program.stop({ graceMs: 30_000 });
    expect(code).toBe(0);
    for (const pid of pids) await awaitExit(pid);
  });

  it('does not start where one of them cannot', async () => {
    const port = await freePort();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(port + 1, '127.0.0.1', resolve));
    const peers = { listen: `127.0.0.1:${port}` };
    const started = replicas.startProcess({ workers: WORKERS, peers });
    // The first one serves for a moment.
    const { program } = await started;
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('ERR_LISTEN_PORT_TAKEN');
    expect(stderr).toContain('ERR_START_WORKER');
    await new Promise((resolve) => taken.close(resolve));
  });
});

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

const socketsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
