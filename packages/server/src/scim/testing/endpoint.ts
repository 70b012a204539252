import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuditPipeline } from '@sallyport/audit';
import { type Clock, createId, type PrincipalId, silentLogger, systemClock } from '@sallyport/core';
import express from 'express';
import type { SnapshotSource } from '../../snapshot.ts';
import { createSnapshotSource } from '../../snapshot-source.ts';
import type { Store } from '../../stores/contracts.ts';
import { createStoreAuditSink } from '../../stores/index.ts';
import type { IdentityProviderRecord, OrganizationRecord, PrincipalRecord } from '../../stores/records.ts';
import { type TestDatabase, testDatabases } from '../../stores/testing.ts';
import { createScimRoutes, SCIM_PREFIX, scimUrl } from '../routes.ts';
import { issueScimToken } from '../token.ts';

/** An answer of the endpoint. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** `undefined` without a body. */
  readonly body: unknown;
}

/** A client of one endpoint. */
export type ScimClient = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** The SCIM endpoint of one identity provider over a real store, on loopback. */
export interface TestEndpoint {
  readonly store: Store;
  readonly snapshots: SnapshotSource;
  readonly organization: OrganizationRecord;
  readonly provider: IdentityProviderRecord;
  /** Another one in another organization, with the same names, and its token. */
  readonly foreign: { readonly provider: IdentityProviderRecord; readonly token: string };
  readonly url: string;
  readonly token: string;
  readonly scim: ScimClient;
  /** The same under another address or token. */
  clientOf(url: string, token: string): ScimClient;
  /** Somebody whom a login made known. */
  addPerson(person: Partial<PrincipalRecord> & { readonly userName: string }): Promise<PrincipalRecord>;
  person(id: string): PrincipalRecord | undefined;
  changeProvider(spec: Partial<IdentityProviderRecord['spec']>): Promise<void>;
  close(): Promise<void>;
}

/** Starts an endpoint on a free port of 127.0.0.1. */
export async function startEndpoint(
  options: { readonly database?: TestDatabase; readonly clock?: Clock } = {},
): Promise<TestEndpoint> {
  const { clock = systemClock } = options;
  const opener = options.database ?? testDatabases(undefined)[0];
  if (opener === undefined) throw new Error('there is no database to test on');
  const database = await opener.open({ clock });

  const { store } = database;
  const snapshots = await createSnapshotSource({ store, clock });
  const audit = createAuditPipeline({ sinks: [{ sink: createStoreAuditSink(store), delivery: 'required' }], clock });
  const own = await addProvider('acme');
  const foreign = await addProvider('other');

  const app = express();
  app.set('query parser', 'simple');
  const server = await listen(app);
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  app.use(SCIM_PREFIX, createScimRoutes({ store, audit, snapshots, clock, logger: silentLogger, publicUrl }));
  const url = scimUrl(publicUrl, 'acme', 'corporate');
  await snapshots.refresh();

  return {
    store,
    snapshots,
    organization: own.organization,
    provider: own.provider,
    foreign,
    url,
    token: own.token,
    scim: createClient(url, own.token),
    clientOf: createClient,
    async addPerson(person) {
      const id = createId('principal');
      const record = await store.transact((tx) =>
        tx.put('Principal', {
          id,
          organizationId: own.organization.id,
          identityProviderId: own.provider.id,
          kind: 'user',
          issuer: own.provider.issuer,
          subjectClaim: id,
          displayName: person.userName,
          groups: [],
          isDisabled: false,
          spec: {},
          ...person,
        }),
      );
      await snapshots.refresh();
      return record;
    },
    person: (id) => snapshots.current().principals.get(id as PrincipalId),
    async changeProvider(spec) {
      const { provider } = own;
      await store.transact((tx) => tx.put('IdentityProvider', { ...provider, spec: { ...provider.spec, ...spec } }));
      await snapshots.refresh();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await audit.close();
      await snapshots.close();
      await database.drop();
    },
  };

  async function addProvider(name: string) {
    return store.transact(async (tx) => {
      const organization = await tx.put('Organization', { id: createId('organization'), name, spec: {} });
      const provider = await tx.put('IdentityProvider', {
        id: createId('identityProvider'),
        organizationId: organization.id,
        name: 'corporate',
        issuer: 'https://idp.example.com',
        spec: { oidc: { issuer: 'https://idp.example.com', clientId: 'sallyport' }, groupsSource: 'scim' },
        hasClientSecret: false,
        isFromConfiguration: false,
      });
      const { token } = await issueScimToken(tx, provider.id, { clock });
      return { organization, provider, token: token.reveal() };
    });
  }
}

function createClient(url: string, token: string): ScimClient {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
  };
}

function listen(app: express.Express): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server));
    server.once('error', reject);
  });
}
