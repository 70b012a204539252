import { systemClock } from '@sallyport/core';
import { issueScimToken } from '../../packages/server/src/scim/index.ts';
import { awaitCondition } from '../support/index.ts';
import { ORGANIZATION, type Replicas } from './harness.ts';

/** An identity provider's SCIM client, which knows replica `a`. */
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
}

/** From now on people and groups of the development provider come by SCIM, whatever its logins state. */
export async function startProvisioning({ a, store }: Replicas): Promise<Provisioning> {
  const { records } = await store.changes.read();
  const provider = records.identityProviders?.find(({ name }) => name === 'development');
  if (provider === undefined) throw new Error('the development provider is not there');
  const token = await store.transact(async (tx) => {
    await tx.put('IdentityProvider', { ...provider, spec: { ...provider.spec, groupsSource: 'scim' } });
    return (await issueScimToken(tx, provider.id, { clock: systemClock })).token.reveal();
  });
  const ask: Provisioning['ask'] = async (method, path, body) => {
    const response = await a.fetch(`https://127.0.0.1:${a.port}/scim/v2/${ORGANIZATION}/development${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/scim+json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
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
    async patch(path, ...Operations) {
      const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
      await succeed(200, 'PATCH', path, { schemas, Operations });
    },
  };
}
