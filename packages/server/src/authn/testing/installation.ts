import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as x509 from '@peculiar/x509';
import { createAuditPipeline } from '@sallyport/audit';
import type { Binding, Role } from '@sallyport/authz';
import {
  type Clock,
  type Cluster,
  createId,
  type IdentityProviderId,
  type Logger,
  type OrganizationId,
  type RoleId,
  Secret,
  silentLogger,
  systemClock,
} from '@sallyport/core';
import type { ApiFetch } from '@sallyport/core/api';
import {
  type CredentialIssuer,
  createCredentialIssuer,
  createSigningKeyRing,
  generateSigningKey,
  type SigningKeyRing,
} from '@sallyport/core/credentials';
import type { BrowserFetch } from '@sallyport/core/testing';
import { Agent, fetch } from 'undici';
import { createRestApi, type RestApiOptions } from '../../api/rest-api.ts';
import { type AuditSinksOptions, createAuditSinks } from '../../audit/audit-sinks.ts';
import { putBuiltInAccess } from '../../built-in-access.ts';
import type { IdentityProviderConfig } from '../../config.ts';
import { configuredProvider } from '../../configured-provider.ts';
import { LOOPBACK_NETWORKS } from '../../network/outbound-guard.ts';
import { createNotifications, type NotificationsOptions } from '../../notifications/notifications.ts';
import { administerKeys } from '../../pki/key-administration.ts';
import { MAX_KEPT_CREDENTIAL_LIFETIME_MS } from '../../pki/key-policies.ts';
import { createMemoryUserAuthority } from '../../pki/testing/memory-user-authority.ts';
import type { UserCertificateAuthority } from '../../pki/user-authority.ts';
import { createRecordingSource } from '../../sessions/recording-source.ts';
import type { SnapshotSource } from '../../snapshot.ts';
import { createSnapshotSource } from '../../snapshot-source.ts';
import type { Organization, Store } from '../../stores/contracts.ts';
import { createStoreAuditSink, openStore } from '../../stores/index.ts';
import { DEFAULT_PROJECT } from '../../stores/record-writer.ts';
import { putBinding } from '../../testing/writes.ts';
import { type Authn, createAuthn, type LoginLimits } from '../authn.ts';
import { createDevelopmentProvider, type DevelopmentUser } from '../development-provider.ts';
import { brokerCallbackUrl } from '../login-routes.ts';
import type { OauthKeys } from '../oauth-keys.ts';
import { createProviderFetch } from '../provider-fetch.ts';

/** A whole installation in this process, on loopback: API, sign-in and development provider over a real store. */
export interface Installation {
  readonly publicUrl: string;
  readonly caPem: string;
  /** Trusts the installation's CA. */
  readonly fetch: BrowserFetch & ApiFetch;
  readonly store: Store;
  /** Not started: what it does now and then happens when a test says so. */
  readonly authn: Authn;
  readonly snapshots: SnapshotSource;
  readonly organization: Organization;
  readonly otherOrganization: Organization;
  readonly roles: Readonly<Record<'admin' | 'viewer', Role>>;
  readonly provider: InstalledProvider;
  readonly passwords: Readonly<Record<string, string>>;
  readonly kubeKeys: SigningKeyRing;
  readonly kubeCredentials: CredentialIssuer;
  /** Issues and verifies client certificates. */
  readonly userCas: UserCertificateAuthority;
  /** What is being served; replaced by tests that need another composition over the same address. */
  serve(app: RequestListener): void;
  close(): Promise<void>;
}

/** The provider of an installation, as its configuration would have it. */
export interface InstalledProvider extends IdentityProviderConfig {
  readonly id: IdentityProviderId;
  readonly organizationId: OrganizationId;
}

/** Choices of {@link startInstallation}. */
export interface InstallationOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly users?: readonly DevelopmentUser[];
  readonly api?: Partial<RestApiOptions>;
  readonly notifications?: Partial<NotificationsOptions>;
  readonly auditSinks?: Partial<AuditSinksOptions>;
  readonly limits?: LoginLimits;
  /** Keys of the OAuth server. Default: one that never changes. */
  readonly oauthKeys?: OauthKeys;
  /** Name in the public address; it must lead to 127.0.0.1. Default: the address itself, where there are no passkeys. */
  readonly hostName?: 'localhost';
  /** Overrides of the identity provider's row. */
  readonly identityProvider?: Partial<IdentityProviderConfig>;
}

/** People of the development provider, unless the test brings its own. */
export const TEST_USERS: readonly DevelopmentUser[] = [
  { email: 'ada@example.com', password: new Secret('correct horse'), name: 'Ada', groups: ['admins'] },
  { email: 'vera@example.com', password: new Secret('battery staple'), name: 'Vera', groups: ['viewers'] },
  { email: 'nobody@example.com', password: new Secret('no rights at all'), name: 'Nobody', groups: [] },
];

/** Groups of the development provider, with the role that is bound to each in the whole organization. */
const GROUPS = { owners: 'owner', admins: 'admin', viewers: 'viewer' };

/** What a new organization has of roles and bindings. */
const NOTHING = { roles: [], bindings: [] };

/** Starts an installation on a free port of 127.0.0.1. */
export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const { clock = systemClock, logger = silentLogger, users = TEST_USERS } = options;
  const certificate = await createCertificate();
  let app: RequestListener = (_request, response) => void response.writeHead(503).end();
  const server = createServer({ key: certificate.keyPem, cert: certificate.certPem }, (request, response) => {
    app(request, response);
  });
  const publicUrl = (await listen(server)).replace('127.0.0.1', options.hostName ?? '127.0.0.1');

  const encryptionKey = new Secret(Buffer.from(webcrypto.getRandomValues(new Uint8Array(32))));
  const store = await openStore({ kind: 'pglite', dataDir: 'memory://' }, { encryptionKey, clock, logger });
  const snapshots = await createSnapshotSource({ store, clock, logger });
  const audit = createAuditPipeline({ sinks: [{ sink: createStoreAuditSink(store), delivery: 'required' }], clock });
  const providerFetch = createProviderFetch({ caPems: [certificate.certPem], allowedAddresses: LOOPBACK_NETWORKS });
  const kubeKeys = createRing(clock);
  const kubeCredentials = createCredentialIssuer({
    issuer: publicUrl,
    keys: kubeKeys,
    clock,
    maxLifetimeMs: MAX_KEPT_CREDENTIAL_LIFETIME_MS,
  });
  const { authority: userCas } = createMemoryUserAuthority(clock);

  const organization: Organization = { id: createId('organization'), name: 'acme' };
  const otherOrganization: Organization = { id: createId('organization'), name: 'other' };
  const development = createDevelopmentProvider({
    mode: 'development',
    publicUrl,
    users,
    clientSecret: new Secret(webcrypto.randomUUID()),
    redirectUri: brokerCallbackUrl(publicUrl, organization.name, 'development'),
    rows: store.oauth,
    clock,
    logger,
  });
  const provider: InstalledProvider = {
    id: createId('identityProvider'),
    organizationId: organization.id,
    name: 'development',
    displayName: 'Development',
    issuer: development.issuer,
    clientId: development.clientId,
    clientSecret: development.clientSecret,
    oauthScopes: ['openid', 'profile', 'email', 'groups'],
    userNameClaim: 'email',
    groupsClaim: 'groups',
    ...options.identityProvider,
  };
  await store.transact(async (tx) => {
    for (const each of [organization, otherOrganization]) await tx.put('Organization', { ...each, spec: {} });
    await tx.put('IdentityProvider', configuredProvider(provider.id, organization.id, provider));
    await putBuiltInAccess(tx, NOTHING, otherOrganization.id);
    const ids = await putBuiltInAccess(tx, NOTHING, organization.id);
    for (const [group, role] of Object.entries(GROUPS)) {
      await putBinding(tx, bindGroup(organization, ids.get(role) as RoleId, provider.issuer, group));
    }
  });
  const { find } = await snapshots.refresh();
  const roles = {
    admin: find('Role', 'admin', organization.id) as Role,
    viewer: find('Role', 'viewer', organization.id) as Role,
  };

  const authn = createAuthn({
    store,
    snapshots,
    audit,
    publicUrl,
    mode: 'development',
    oauthKeys: options.oauthKeys ?? oauthKeys(clock),
    providerFetch,
    clock,
    logger,
    ...(options.limits && { limits: options.limits }),
  });
  const notifications = createNotifications({
    store,
    snapshots,
    audit,
    replicaId: createId('replica'),
    publicUrl,
    outbound: { allowedAddresses: LOOPBACK_NETWORKS },
    clock,
    logger,
    ...options.notifications,
  });
  const auditSinks = createAuditSinks({
    store,
    snapshots,
    replicaId: createId('replica'),
    outbound: { allowedAddresses: LOOPBACK_NETWORKS, hostname: 'sallyport.example' },
    clock,
    logger,
    ...options.auditSinks,
  });
  app = createRestApi({
    store,
    snapshots,
    audit,
    publicUrl,
    authn,
    kubeCredentials,
    clientCertificates: { authority: userCas, tlsServerName: 'certificates.sallyport.internal' },
    capabilityJwks: () => kubeKeys.jwks(),
    frontCaPem: certificate.certPem,
    agents: { address: new URL(publicUrl).host, serverName: 'agents.sallyport.internal' },
    keys: administerKeys({ store, clock }),
    clusterMonitor: {
      health: () => ({ status: 'pending', connectedAgents: 0 }),
      tunnels: () => [],
    },
    recordings: createRecordingSource(store.recordings, new Map([['database', store.recordings.blobs]])),
    notifications,
    auditSinks,
    developmentProvider: development,
    clock,
    logger,
    version: '0.0.0-test',
    ...options.api,
  });

  const dispatcher = new Agent({ connect: { ca: certificate.certPem } });
  return {
    publicUrl,
    caPem: certificate.certPem,
    fetch: (url: string, init: object) => fetch(url, { ...init, dispatcher }),
    store,
    authn,
    snapshots,
    organization,
    otherOrganization,
    roles,
    provider,
    passwords: Object.fromEntries(users.map(({ email, password }) => [email, password.reveal()])),
    kubeKeys,
    kubeCredentials,
    userCas,
    serve: (next) => {
      app = next;
    },
    async close() {
      await dispatcher.close();
      await providerFetch.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await authn.close();
      await auditSinks.close();
      await notifications.close();
      await audit.close();
      await snapshots.close();
      await store.close();
    },
  };
}

/** A cluster of the installation, registered directly. */
export async function addCluster(
  installation: Installation,
  name: string,
  organization?: Organization,
): Promise<Cluster> {
  const organizationId = (organization ?? installation.organization).id;
  const project = installation.snapshots.current().find('Project', DEFAULT_PROJECT, organizationId);
  if (project === undefined) throw new Error('every organization has a default project');
  const cluster = { id: createId('cluster'), organizationId, name, labels: {} };
  const rest = { projectId: project.id, sharedWithProjectIds: [], spec: {} };
  await installation.store.transact((tx) => tx.put('Cluster', { ...cluster, ...rest }));
  await installation.snapshots.refresh();
  return cluster;
}

function bindGroup({ id: organizationId }: Organization, roleId: RoleId, issuer: string, name: string): Binding {
  return {
    id: createId('binding'),
    organizationId,
    roleId,
    subjects: [{ kind: 'group', issuer, name }],
    scope: { kind: 'organization' },
  };
}

function createRing(clock: Clock): SigningKeyRing {
  const key = generateSigningKey();
  return createSigningKeyRing({ keys: [key], activeKeyId: key.keyId, clock });
}

function oauthKeys(clock: Clock): OauthKeys {
  const key = generateSigningKey();
  const { find } = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId, clock });
  return { find, signing: () => [{ keyId: key.keyId, secret: key.privateKeyPem }], onChange: () => () => {} };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`https://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

async function createCertificate(): Promise<{ readonly keyPem: string; readonly certPem: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      keys,
      name: 'CN=test front',
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - 3_600_000),
      notAfter: new Date(Date.now() + 3_600_000),
      extensions: [
        new x509.BasicConstraintsExtension(true),
        new x509.SubjectAlternativeNameExtension([
          { type: 'ip', value: '127.0.0.1' },
          { type: 'dns', value: 'localhost' },
        ]),
      ],
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certPem: certificate.toString('pem'),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
  };
}
