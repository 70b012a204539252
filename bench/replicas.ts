/** Two servers on one PostgreSQL, an agent on each, and people who come by SCIM: what runs while access is taken away. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import { registerCluster } from '@sallyport/core/api';
import { openStore } from '../packages/server/src/stores/index.ts';
import { createPostgresDatabase } from '../packages/server/src/stores/testing.ts';
import { type Provisioning, startProvisioning } from '../tests/replicas/provisioning.ts';
import { fetchTrusting, logIn, type Person } from '../tests/stack/login.ts';
import type { AgentProcessOptions } from './agent-process.ts';
import { type Ground, writeStaticKubeconfig } from './configurations.ts';
import { driver, freePort, startProcess } from './processes.ts';
import type { ReplicaOptions } from './replica-process.ts';

/** Organization and cluster of {@link startReplicas}. */
export const NAME = 'bench';

/** One of the servers. */
export interface Replica {
  readonly name: 'a' | 'b';
  readonly port: number;
  /** Reaches the public address on this replica. */
  readonly fetch: typeof fetch;
}

/** What runs. */
export interface Replicas {
  readonly replicas: readonly [Replica, Replica];
  readonly caPem: string;
  readonly databaseUrl: string;
  readonly provisioning: Provisioning;
  /** SCIM id of the group that gives the role developer. */
  readonly developers: string;
  /** SCIM ids of its members. */
  readonly memberIds: readonly string[];
  /** Signed in, in the order of {@link memberIds}. */
  readonly members: readonly Person[];
  readonly owner: Person;
  close(): Promise<void>;
}

const OWNER = 'owner@bench.test';

/** Starts everything, with `memberCount` developers. The second server is `workersOfB` processes. */
export async function startReplicas(
  ground: Ground,
  serverUrl: string,
  memberCount: number,
  workersOfB = 1,
): Promise<Replicas> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const { url: databaseUrl, drop } = await createPostgresDatabase(serverUrl);
    closers.push(drop);
    const key = randomBytes(32);
    const store = await openStore({ kind: 'postgres', url: databaseUrl }, { encryptionKey: new Secret(key) });
    closers.push(() => store.close());
    const emails = Array.from({ length: memberCount }, (_, i) => `developer-${i + 1}@bench.test`);
    const passwords = Object.fromEntries([OWNER, ...emails].map((email) => [email, randomBytes(18).toString('hex')]));
    const ports = { a: await freePort(), b: await freePort() };
    const publicUrl = `https://127.0.0.1:${ports.a}`;

    async function startReplica(name: 'a' | 'b'): Promise<Replica & { readonly caPem: string }> {
      const stateDir = join(ground.folder, name);
      mkdirSync(stateDir);
      const options: ReplicaOptions = {
        stateDir,
        workers: name === 'b' ? workersOfB : 1,
        port: ports[name],
        publicUrl,
        databaseUrl,
        encryptionKey: key.toString('base64'),
        organization: NAME,
        groups: { owner: 'owners', developer: 'developers' },
        passwords,
      };
      const server = startProcess(process.execPath, [driver('replica-process'), writeOptions(stateDir, options)]);
      closers.push(() => server.stop());
      const { caPem } = JSON.parse(await server.ready) as { caPem: string };
      return { name, port: ports[name], caPem, fetch: fetchTrusting(caPem, ports[name]) };
    }
    const a = await startReplica('a');
    const b = await startReplica('b');

    const provisioning = await startProvisioning({ store, organization: NAME, fetch: a.fetch, url: publicUrl });
    const add = (userName: string) => provisioning.create('Users', { userName, active: true });
    await provisioning.create('Groups', { displayName: 'owners', members: [{ value: await add(OWNER) }] });
    const memberIds = await Promise.all(emails.map(add));
    const developers = await provisioning.create('Groups', { displayName: 'developers', members: [] });

    const signIn = (email: string) => logIn(publicUrl, a.caPem, email, passwords[email] ?? '', { fetch: a.fetch });
    const owner = await signIn(OWNER);
    const { install } = await registerCluster(owner.api, NAME, { name: NAME });
    const kubeconfig = writeStaticKubeconfig(ground);
    for (const { name, port } of [a, b]) {
      const { joinToken } = await owner.api.issueJoinToken({ organization: NAME, name: NAME, body: {} });
      const options: AgentProcessOptions = {
        serverUrl: `https://127.0.0.1:${port}`,
        caPem: install.caPem,
        clusterId: install.clusterId,
        capabilityKeys: install.capabilityJwks as unknown as AgentProcessOptions['capabilityKeys'],
        joinToken: joinToken.token,
        identityDirectory: join(ground.folder, `agent-${name}`),
        kubeconfig,
      };
      const folder = join(ground.folder, `agent-of-${name}`);
      mkdirSync(folder);
      const agent = startProcess(process.execPath, [driver('agent-process'), writeOptions(folder, options)]);
      closers.push(() => agent.stop());
      await agent.ready;
    }
    const members: Person[] = [];
    for (const email of emails) members.push(await signIn(email));
    return {
      replicas: [a, b],
      caPem: a.caPem,
      databaseUrl,
      provisioning,
      developers,
      memberIds,
      members,
      owner,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Secrets go by a file of our own, not by the command line. */
function writeOptions(folder: string, options: object): string {
  const path = join(folder, 'options.json');
  writeFileSync(path, JSON.stringify(options), { mode: 0o600 });
  return path;
}
