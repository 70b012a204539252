import { systemClock } from '@sallyport/core';
import { issueScimToken } from '../../packages/server/src/scim/index.ts';
import type { Store } from '../../packages/server/src/stores/index.ts';
import { awaitCondition } from '../support/conditions.ts';

/** A request as `fetch` takes it. */
export interface ScimRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** An identity provider's SCIM client, which knows one replica. */
export interface Provisioning {
  ask(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>;
  /** Creates a person or a group; resolves with its id. */
  create(collection: 'Users' | 'Groups', body: object): Promise<string>;
  /** Changes one in one request. */
  patch(path: string, ...operations: readonly object[]): Promise<void>;
  /** The request of such a change, for whoever wants to send it. */
  patchRequest(path: string, ...operations: readonly object[]): ScimRequest;
}

/** What {@link startProvisioning} takes. */
export interface ProvisioningOptions {
  readonly store: Store;
  readonly organization: string;
  /** Trusts the replica. */
  readonly fetch: typeof fetch;
  /** Address of the replica. */
  readonly url: string;
}

/** From now on people and groups of the development provider come by SCIM, whatever its logins state. */
export async function startProvisioning(options: ProvisioningOptions): Promise<Provisioning> {
  const { store, organization, url } = options;
  const { records } = await store.changes.read();
  const provider = records.identityProviders?.find(({ name }) => name === 'development');
  if (provider === undefined) throw new Error('the development provider is not there');
  const token = await store.transact(async (tx) => {
    await tx.put('IdentityProvider', { ...provider, spec: { ...provider.spec, groupsSource: 'scim' } });
    return (await issueScimToken(tx, provider.id, { clock: systemClock })).token.reveal();
  });
  const requestOf = (method: string, path: string, body?: object): ScimRequest => ({
    url: `${url}/scim/v2/${organization}/development${path}`,
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/scim+json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const patchOf = (Operations: readonly object[]) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations,
  });
  const ask: Provisioning['ask'] = async (...request) => {
    const { url: address, ...init } = requestOf(...request);
    const response = await options.fetch(address, init);
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };
  const succeed = async (wanted: number, ...request: Parameters<Provisioning['ask']>) => {
    const { status, body } = await ask(...request);
    if (status !== wanted) throw new Error(`${request[0]} ${request[1]} came to ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  await awaitCondition(async () => (await ask('GET', '/Users')).status === 200, { what: 'SCIM is on', everyMs: 10 });
  return {
    ask,
    create: async (collection, body) => String((await succeed(201, 'POST', `/${collection}`, body))['id']),
    patchRequest: (path, ...operations) => requestOf('PATCH', path, patchOf(operations)),
    patch: async (path, ...operations) => void (await succeed(200, 'PATCH', path, patchOf(operations))),
  };
}
