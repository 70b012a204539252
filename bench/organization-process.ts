/**
 * A server over an organization of a given size. Argument: JSON, {@link OrganizationOptions}. First line on stdout: JSON with
 * address, CA and the owner's password.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createId, LOCAL_ISSUER, type PrincipalId, Secret } from '@sallyport/core';
import { createServer } from '@sallyport/server';
import { openStore, type Store, type Transaction } from '../packages/server/src/stores/index.ts';

/** How much there is of everything. */
export interface OrganizationSize {
  readonly users: number;
  readonly groups: number;
  readonly roles: number;
  readonly bindings: number;
  readonly clusters: number;
}

/** What the process takes. */
export interface OrganizationOptions {
  readonly stateDir: string;
  readonly databaseUrl: string;
  readonly size: OrganizationSize;
}

const ORGANIZATION = 'bench';
const MEMBERS_PER_GROUP = 20;
/** Records of one transaction while the organization is filled. */
const BATCH = 500;

const { stateDir, databaseUrl, size } = JSON.parse(process.argv[2] ?? '{}') as OrganizationOptions;
const encryptionKey = new Secret(randomBytes(32));
const password = randomBytes(18).toString('base64url');
mkdirSync(stateDir, { recursive: true });
const store = await openStore({ kind: 'postgres', url: databaseUrl }, { encryptionKey });
await fill(store, size);
await store.close();
const server = await createServer({
  config: {
    mode: 'development',
    listen: { host: '127.0.0.1', port: 0 },
    agentServerName: 'agents.sallyport.internal',
    stateDir,
    databaseUrl: new Secret(databaseUrl),
    encryptionKey,
    organization: ORGANIZATION,
    identityProviders: [],
    bindings: [{ role: 'owner', identityProvider: 'development', group: 'owners' }],
    developmentUsers: [
      { email: 'owner@bench.test', name: 'owner', password: new Secret(password), groups: ['owners'] },
    ],
  },
});
process.stdout.write(`${JSON.stringify({ url: server.publicUrl, caPem: server.caPem, password })}\n`);
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));

async function fill(on: Store, { users, groups, roles, bindings, clusters }: OrganizationSize): Promise<void> {
  const organizationId = createId('organization');
  await on.transact((tx) => tx.put('Organization', { id: organizationId, name: ORGANIZATION, spec: {} }));
  const projects = (await on.changes.read()).records.projects ?? [];
  const project = projects.find((one) => one.organizationId === organizationId);
  if (project === undefined) throw new Error('the organization has no project');
  const inBatches = async <Made>(count: number, make: (tx: Transaction, i: number) => Promise<Made>) => {
    const made: Made[] = [];
    while (made.length < count) {
      await on.transact(async (tx) => {
        for (let end = Math.min(count, made.length + BATCH); made.length < end; )
          made.push(await make(tx, made.length));
      });
    }
    return made;
  };
  const name = (kind: string, i: number) => `${kind}-${String(i).padStart(5, '0')}`;

  const people = await inBatches(users, (tx, i) => {
    const id = createId('principal');
    return tx.put('Principal', {
      id,
      organizationId,
      kind: 'user',
      issuer: LOCAL_ISSUER,
      subjectClaim: id,
      userName: `${name('user', i)}@bench.test`,
      displayName: `User ${i}`,
      email: `${name('user', i)}@bench.test`,
      groups: [],
      isDisabled: false,
      spec: {},
    });
  });
  const memberIds = (i: number): PrincipalId[] =>
    Array.from({ length: Math.min(MEMBERS_PER_GROUP, users) }, (_, k) => people[(i * 7 + k) % users]?.id).filter(
      (id) => id !== undefined,
    );
  await inBatches(groups, (tx, i) =>
    tx.put('Group', { id: createId('group'), organizationId, name: name('group', i), memberIds: memberIds(i) }),
  );
  const madeRoles = await inBatches(roles, (tx, i) =>
    tx.put('Role', {
      id: createId('role'),
      organizationId,
      name: name('role', i),
      ceilingGroups: ['sallyport:view'],
      rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'], namespaces: [name('ns', i)] }],
      permissions: ['clusters.read'],
      isBuiltIn: false,
    }),
  );
  const madeClusters = await inBatches(clusters, (tx, i) =>
    tx.put('Cluster', {
      id: createId('cluster'),
      organizationId,
      projectId: project.id,
      sharedWithProjectIds: [],
      name: name('cluster', i),
      labels: { tier: i % 2 === 0 ? 'production' : 'test' },
      spec: {},
    }),
  );
  await inBatches(bindings, async (tx, i) => {
    const role = madeRoles[i % roles];
    const cluster = madeClusters[i % clusters];
    if (role === undefined || cluster === undefined) throw new Error('nothing to bind');
    await tx.put('Binding', {
      id: createId('binding'),
      organizationId,
      name: name('binding', i),
      roleId: role.id,
      subjects: [{ kind: 'group', issuer: LOCAL_ISSUER, name: name('group', i % groups) }],
      scope: { kind: 'clusters', clusterIds: [cluster.id] },
    });
  });
}
