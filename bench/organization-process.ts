/**
 * A server over an organization of a given size. Argument: JSON, {@link OrganizationOptions}. First line on stdout: JSON with
 * address, CA and the owner's password.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { Scope } from '@sallyport/authz';
import { createId, LOCAL_ISSUER, type PrincipalId, Secret } from '@sallyport/core';
import { createServer } from '@sallyport/server';
import pg from 'pg';
import { openStore, type Store, type Transaction } from '../packages/server/src/stores/index.ts';

/** How much there is of everything. */
export interface OrganizationSize {
  readonly users: number;
  readonly groups: number;
  readonly roles: number;
  readonly bindings: number;
  readonly clusters: number;
  /** Grants that count now. Absent: none. */
  readonly grants?: number;
  /** Access requests that came to an end, with a review each. Absent: none. */
  readonly requests?: number;
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
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

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

async function fill(on: Store, whole: OrganizationSize): Promise<void> {
  const { users, groups, roles, bindings, clusters, grants = 0, requests = 0 } = whole;
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

  const [role] = madeRoles;
  if (role === undefined) throw new Error('there is no role to ask for');
  const policy = await on.transact((tx) =>
    tx.put('RequestPolicy', {
      id: createId('requestPolicy'),
      organizationId,
      name: 'bench',
      requesters: 'everyone',
      roleIds: [role.id],
      scope: { kind: 'organization' },
      maxDurationMs: DAY_MS,
      maxTotalDurationMs: DAY_MS,
      maxStartDelayMs: DAY_MS,
      pendingForMs: DAY_MS,
      steps: [{ reviewers: 'permitted', approvals: 1 }],
    }),
  );
  const someone = (i: number) => people[i % users]?.id;
  const somewhere = (i: number): Scope => ({
    kind: 'clusters',
    clusterIds: madeClusters.slice(i % clusters, (i % clusters) + 1).map(({ id }) => id),
  });
  const about = (i: number) => ({
    organizationId,
    roleId: role.id,
    scope: somewhere(i),
    reason: `Number ${i}`,
    isBreakGlass: false,
    createdAt: new Date(),
  });
  await putHistory(requests, (i) => {
    const state = (['denied', 'cancelled', 'expired'] as const)[i % 3] ?? 'denied';
    const { isBreakGlass, createdAt, ...rest } = about(i);
    return {
      request: {
        id: createId('accessRequest'),
        requester_id: someone(i),
        role_id: role.id,
        policy_id: policy.id,
        state,
        content: { scope: rest.scope, durationMs: HOUR_MS, reason: rest.reason, suggestedReviewerIds: [] },
        is_break_glass: isBreakGlass,
        organization_id: organizationId,
        created_at: createdAt,
        pending_until: createdAt,
        resolved_at: createdAt,
        names: { requester: name('user', i), role: role.name, policy: 'bench' },
      },
      reviewerId: someone(i + 1),
    };
  });
  await inBatches(grants, (tx, i) =>
    tx.access.insertGrant(
      {
        ...about(i),
        id: createId('grant'),
        principalId: someone(i) as PrincipalId,
        startsAt: new Date(Date.now() - HOUR_MS),
        endsAt: new Date(Date.now() + DAY_MS + i * 1_000),
      },
      { principal: name('user', i), role: role.name },
    ),
  );
}

/** Requests that came to an end, each with a review. Straight into their tables: by way of the store it takes minutes. */
async function putHistory(
  count: number,
  make: (i: number) => { readonly request: Readonly<Record<string, unknown>>; readonly reviewerId: string | undefined },
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (let from = 0; from < count; from += BATCH) {
      const made = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => make(from + i));
      const reviews = made.map(({ request, reviewerId }) => ({
        id: createId('review'),
        request_id: request['id'],
        reviewer_id: reviewerId,
        reviewer_name: 'reviewer@bench.test',
        verdict: 'deny',
        step: 0,
        at: request['created_at'],
        content_sha256: '0'.repeat(64),
      }));
      await client.query(
        `insert into access_requests (id, organization_id, requester_id, role_id, policy_id, state, content, is_break_glass,
          created_at, pending_until, resolved_at, names)
        select id, organization_id, requester_id, role_id, policy_id, state, content, is_break_glass,
          created_at, pending_until, resolved_at, names from jsonb_populate_recordset(null::access_requests, $1)`,
        [JSON.stringify(made.map(({ request }) => request))],
      );
      await client.query(
        'insert into access_request_reviews select * from jsonb_populate_recordset(null::access_request_reviews, $1)',
        [JSON.stringify(reviews)],
      );
    }
    await client.query('analyze');
  } finally {
    await client.end();
  }
}
