/**
 * The access proxy with its whole path, authentication and policy included, and an audit sink that writes nowhere; with `auditIn`, a
 * folder, its audit trail is that of `createServer` on an embedded database there; with `recordingsIn`, terminals are recorded to files beside an embedded database there. Argument: JSON. First line on stdout: JSON with ports, a token, and what the agent verifies capabilities with.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createAuditPipeline } from '@sallyport/audit';
import { createFileBlobStore } from '@sallyport/audit/recording/file';
import { type Binding, builtInRoles } from '@sallyport/authz';
import { type Cluster, createId, type Principal, Secret, silentLogger, systemClock } from '@sallyport/core';
import {
  createCapabilitySigner,
  createCredentialIssuer,
  createCredentialVerifier,
  createSigningKeyRing,
  generateSigningKey,
} from '@sallyport/core/credentials';
import { createAccessProxy, createTunnelRegistry } from '@sallyport/server';
import { createTunnel } from '@sallyport/tunnel';
import { openAuditTrail } from '../packages/server/src/audit/audit-trail.ts';
import { createCheckpointSigner } from '../packages/server/src/audit/checkpoint-signer.ts';
import { createSessionRecordings } from '../packages/server/src/proxy/recording/session-recordings.ts';

import type { SnapshotSource } from '../packages/server/src/snapshot.ts';
import type { StoredKey } from '../packages/server/src/stores/key-contracts.ts';
import { createStore, openDatabase } from '../packages/server/src/stores/open-store.ts';
import { aSnapshot } from '../packages/server/src/testing/records.ts';
import { putOrganization } from '../packages/server/src/testing/writes.ts';
import { openFront, openGateway } from './pieces.ts';

// The server's OAuth library does so too, and every promise of the process pays for it: that is no cost of audit.
new AsyncLocalStorage<object>().enterWith({});

const ISSUER = 'https://bench.test';
const TOKEN_LIFETIME_MS = 600_000;

const { pki, recordingsIn, auditIn } = JSON.parse(process.argv[2] ?? '{}') as {
  pki: string;
  recordingsIn?: string;
  auditIn?: string;
};
const organization = { id: createId('organization'), name: 'bench' };
const organizationId = organization.id;
const cluster: Cluster = { id: createId('cluster'), organizationId, name: 'bench', labels: {} };
const principal: Principal = {
  id: createId('principal'),
  organizationId,
  kind: 'user',
  issuer: ISSUER,
  subjectClaim: 'admin',
  userName: 'admin@bench.test',
  displayName: 'admin',
  groups: ['admins'],
};
const session = {
  id: createId('loginSession'),
  organizationId,
  principalId: principal.id,
  identityProviderId: createId('identityProvider'),
  method: 'oidc' as const,
  client: 'cli' as const,
  createdAt: new Date(),
  expiresAt: new Date(Date.now() + 43_200_000),
};
const roles = builtInRoles(organizationId, () => createId('role'));
const bindings: Binding[] = roles.slice(0, 1).map((role) => ({
  id: createId('binding'),
  organizationId,
  roleId: role.id,
  subjects: [{ kind: 'group', issuer: ISSUER, name: 'admins' }],
  scope: { kind: 'organization' },
}));
const snapshot = aSnapshot({
  organizations: [organization],
  principals: [principal],
  loginSessions: [session],
  clusters: [cluster],
  roles,
  bindings,
});

const newKeys = () => {
  const key = generateSigningKey();
  return createSigningKeyRing({ keys: [key], activeKeyId: key.keyId });
};
const [credentialKeys, capabilityKeys] = [newKeys(), newKeys()];
const tunnels = createTunnelRegistry({ clock: systemClock });
const snapshots: SnapshotSource = {
  current: () => snapshot,
  isFresh: () => true,
  refresh: async () => snapshot,
  onChange: () => () => {},
  close: async () => {},
};
const proxy = createAccessProxy({
  ...(recordingsIn !== undefined && { recordings: await openRecordings(recordingsIn) }),
  credentials: createCredentialVerifier({ issuer: ISSUER, keys: credentialKeys }),
  snapshots,
  tunnels,
  capabilities: createCapabilitySigner({ keys: capabilityKeys }),
  audit: auditIn === undefined ? nowhere() : (await openTrail(auditIn)).pipeline,
});

const gatewayPort = await openGateway(pki, (link) => {
  tunnels.add({
    clusterId: cluster.id,
    tunnel: createTunnel(link, { role: 'server' }),
    certificateSerial: '01',
    instanceId: 'bench',
    agentVersion: '0.0.0',
    openedAt: new Date(),
  });
});
const frontPort = await openFront(
  pki,
  (request, sink) => proxy.handle(request, sink),
  (request, sink, takeOver) => proxy.upgrade(request, sink, takeOver),
);
const { token } = await createCredentialIssuer({ issuer: ISSUER, keys: credentialKeys }).mint(
  {
    credentialId: createId('credential'),
    principalId: principal.id,
    loginSessionId: session.id,
    organizationId,
    clusterId: cluster.id,
  },
  TOKEN_LIFETIME_MS,
);
process.stdout.write(
  `${JSON.stringify({ frontPort, gatewayPort, token: token.reveal(), clusterId: cluster.id, capabilityKeys: capabilityKeys.jwks() })}\n`,
);

async function openStore(folder: string) {
  const options = { encryptionKey: new Secret(randomBytes(32)) };
  const store = createStore(await openDatabase({ kind: 'pglite', dataDir: join(folder, 'database') }, options));
  await store.transact((tx) => putOrganization(tx, organization));
  return store;
}

function nowhere() {
  return createAuditPipeline({
    sinks: [{ sink: { name: 'nowhere', write: async () => {}, close: async () => {} }, delivery: 'prompt' }],
  });
}

/** The audit trail as `createServer` sets it up. */
async function openTrail(stateDir: string) {
  const { privateKey } = generateKeyPairSync('ed25519');
  const secret = new Secret(String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  const key = { keyId: 'bench', secret } as StoredKey;
  return openAuditTrail({
    store: await openStore(stateDir),
    replicaId: createId('replica'),
    stateDir,
    isAlone: true,
    signer: createCheckpointSigner({ publicUrl: ISSUER, keys: () => [key] }),
    clock: systemClock,
    logger: silentLogger,
  });
}

/** Recordings as `createServer` sets them up. */
async function openRecordings(folder: string) {
  return createSessionRecordings({
    store: await openStore(folder),
    blobs: createFileBlobStore({ folder: join(folder, 'recordings') }),
    replicaId: createId('replica'),
    snapshots,
    clock: systemClock,
    logger: silentLogger,
  });
}
