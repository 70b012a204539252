import { createAuditPipeline } from '@sallyport/audit';
import { createMemorySink, type MemorySink } from '@sallyport/audit/sinks/memory';
import type { AccessPolicy, Authorizer, Binding, IssuedGrant, RequestPolicy, Role } from '@sallyport/authz';
import { type Cluster, createId, type Principal, type RawHeaders } from '@sallyport/core';
import {
  createCapabilitySigner,
  createCredentialIssuer,
  createCredentialVerifier,
  createSigningKeyRing,
  generateSigningKey,
} from '@sallyport/core/credentials';
import { createFakeClock, type FakeClock } from '@sallyport/core/testing';
import { createTunnel, type Tunnel } from '@sallyport/tunnel';
import { type AcceptExchange, createExchangeServer } from '@sallyport/tunnel/http';
import { createMemoryLinkPair } from '@sallyport/tunnel/memory';
import { createNamespaceLabels, type NamespaceLabels } from '../access/namespace-labels.ts';
import { type AccessProxy, type AccessProxyOptions, createAccessProxy } from '../access-proxy.ts';
import type { ProxyRequest, ResponseSink } from '../proxy/request.ts';
import type { Snapshot, SnapshotSource } from '../snapshot.ts';
import type { LoginSession, Organization } from '../stores/contracts.ts';
import type { TerminatedSession } from '../stores/session-contracts.ts';
import { createTunnelRegistry, type TunnelRegistry } from '../tunnels/registry.ts';
import { aSnapshot } from './records.ts';

/** What a snapshot for tests is made of. */
export interface Records {
  readonly organizations: readonly Organization[];
  readonly principals: readonly Principal[];
  readonly loginSessions: readonly LoginSession[];
  readonly clusters: readonly Cluster[];
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
  /** Absent: none. */
  readonly accessPolicies?: readonly AccessPolicy[];
  /** Absent: none. */
  readonly requestPolicies?: readonly RequestPolicy[];
  /** Absent: none. */
  readonly grants?: readonly IssuedGrant[];
  /** Absent: none. */
  readonly terminatedSessions?: readonly TerminatedSession[];
}

/** A snapshot source that changes by hand. */
export interface SettableSnapshots extends SnapshotSource {
  set(records: Records): void;
  /** Another server has written these, and they are seen here with the next refresh. */
  setElsewhere(records: Records): void;
  setFresh(fresh: boolean): void;
  /** Decides by `authorize` in place of the policy, now and after every change. */
  authorizeBy(authorize: Authorizer): void;
}

/** An access proxy with one cluster behind a tunnel over memory, and one signed-in person. */
export interface ProxyFixture {
  readonly proxy: AccessProxy;
  readonly clock: FakeClock;
  readonly audit: MemorySink;
  readonly snapshots: SettableSnapshots;
  readonly registry: TunnelRegistry;
  readonly namespaceLabels: NamespaceLabels;
  readonly records: Records;
  readonly cluster: Cluster;
  readonly principal: Principal;
  readonly session: LoginSession;
  mint(clusterId?: Cluster['id']): Promise<string>;
  /** Connects an agent double that serves by `accept`. */
  connectAgent(accept: AcceptExchange): { readonly serverEnd: Tunnel; readonly agentEnd: Tunnel };
  close(): void;
}

const ISSUER = 'https://sallyport.test';

/** Makes a snapshot source over records. */
export function createSettableSnapshots(initial: Records): SettableSnapshots {
  let version = 0;
  let isFresh = true;
  let elsewhere: Records | undefined;
  let authorize: Authorizer | undefined;
  const listeners = new Set<(snapshot: Snapshot) => void>();
  let current = build(initial);

  function build(records: Records): Snapshot {
    version += 1;
    return { ...aSnapshot(records, version), ...(authorize && { authorize }) };
  }

  return {
    current: () => current,
    isFresh: () => isFresh,
    async refresh() {
      if (elsewhere !== undefined) this.set(elsewhere);
      elsewhere = undefined;
      return current;
    },
    setElsewhere(records) {
      elsewhere = records;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {},
    set(records) {
      current = build(records);
      for (const listener of listeners) listener(current);
    },
    setFresh(fresh) {
      isFresh = fresh;
    },
    authorizeBy(by) {
      authorize = by;
      current = { ...current, authorize: by };
    },
  };
}

/** Makes the fixture: organization `acme`, cluster `prod`, a person bound to a role with the ceiling `sallyport:edit`. */
export function createProxyFixture(
  role: Partial<Role> = {},
  options: Pick<AccessProxyOptions, 'outsideAuthorizer'> = {},
): ProxyFixture {
  const clock = createFakeClock();
  const now = clock.now();
  const organization: Organization = { id: createId('organization', now), name: 'acme' };
  const organizationId = organization.id;
  const cluster: Cluster = { id: createId('cluster', now), organizationId, name: 'prod', labels: {} };
  const principal: Principal = {
    id: createId('principal', now),
    organizationId,
    kind: 'user',
    issuer: 'https://idp.test',
    subjectClaim: 'alice-1',
    userName: 'alice@acme.test',
    displayName: 'Alice',
    groups: ['dev'],
  };
  const session: LoginSession = {
    id: createId('loginSession', now),
    organizationId,
    principalId: principal.id,
    identityProviderId: createId('identityProvider', now),
    method: 'oidc',
    client: 'cli',
    createdAt: new Date(now),
    expiresAt: new Date(now + 43_200_000),
  };
  const editor: Role = {
    id: createId('role', now),
    organizationId,
    name: 'developer',
    ceilingGroups: ['sallyport:edit'],
    permissions: [],
    ...role,
  };
  const binding: Binding = {
    id: createId('binding', now),
    organizationId,
    roleId: editor.id,
    subjects: [{ kind: 'group', issuer: principal.issuer, name: 'dev' }],
    scope: { kind: 'organization' },
  };
  const records: Records = {
    organizations: [organization],
    principals: [principal],
    loginSessions: [session],
    clusters: [cluster],
    roles: [editor],
    bindings: [binding],
  };
  const snapshots = createSettableSnapshots(records);
  const key = generateSigningKey();
  const keys = createSigningKeyRing({ keys: [key], activeKeyId: key.keyId, clock });
  const issuer = createCredentialIssuer({ issuer: ISSUER, keys, clock });
  const registry = createTunnelRegistry({ clock });
  const namespaceLabels = createNamespaceLabels({ clock });
  const audit = createMemorySink();
  const proxy = createAccessProxy({
    credentials: createCredentialVerifier({ issuer: ISSUER, keys, clock }),
    snapshots,
    tunnels: registry,
    publicUrl: ISSUER,
    namespaceLabels,
    capabilities: createCapabilitySigner({ keys, clock }),
    audit: createAuditPipeline({ sinks: [{ sink: audit, delivery: 'required' }] }),
    clock,
    ...options,
  });
  return {
    proxy,
    clock,
    audit,
    snapshots,
    registry,
    namespaceLabels,
    records,
    cluster,
    principal,
    session,
    async mint(clusterId = cluster.id) {
      const claims = {
        credentialId: createId('credential', clock.now()),
        principalId: principal.id,
        loginSessionId: session.id,
        organizationId,
        clusterId,
      };
      return (await issuer.mint(claims, 600_000)).token.reveal();
    },
    connectAgent(accept) {
      const [serverLink, agentLink] = createMemoryLinkPair();
      const serverEnd = createTunnel(serverLink, { role: 'server', clock });
      const agentEnd = createTunnel(agentLink, { role: 'agent', clock, onStream: createExchangeServer(accept) });
      registry.add({
        clusterId: cluster.id,
        tunnel: serverEnd,
        certificateSerial: '01',
        instanceId: 'agent-0',
        agentVersion: '0.0.0',
        openedAt: new Date(clock.now()),
      });
      return { serverEnd, agentEnd };
    },
    close() {
      for (const { tunnel } of registry.entries()) tunnel.close();
      proxy.close();
    },
  };
}

/** What a {@link ResponseSink} was given. */
export interface CollectedResponse {
  status: number;
  headers: RawHeaders;
  body: string;
  ended: 'end' | 'abort' | undefined;
}

/** A sink that collects an answer; `gone()` plays the caller hanging up. */
export function collectResponse(): { readonly sink: ResponseSink; readonly response: CollectedResponse; gone(): void } {
  const response: CollectedResponse = { status: 0, headers: [], body: '', ended: undefined };
  let onGone = () => {};
  return {
    response,
    gone: () => onGone(),
    sink: {
      head(status, headers) {
        if (response.status !== 0) throw new Error('head was sent twice');
        response.status = status;
        response.headers = headers;
      },
      write(chunk, taken) {
        response.body += Buffer.from(chunk).toString();
        taken();
      },
      end() {
        response.ended = 'end';
      },
      abort() {
        response.ended = 'abort';
      },
      onGone(listener) {
        onGone = listener;
      },
    },
  };
}

/** A request with defaults. */
export function aRequest(overrides: Partial<ProxyRequest> & { readonly token?: string }): ProxyRequest {
  const { token, headers = [], ...rest } = overrides;
  return {
    method: 'GET',
    target: '/k/acme/prod/api/v1/namespaces/default/pods',
    host: 'sallyport.test',
    peerAddress: '192.0.2.7',
    ...rest,
    headers: [...(token === undefined ? [] : ['Authorization', `Bearer ${token}`]), ...headers],
  };
}
