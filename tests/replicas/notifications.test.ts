import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { API_VERSION } from '@sallyport/core/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/login.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { ORGANIZATION, type Replica, type Replicas, startReplicas } from './harness.ts';

/** A receiver that keeps which notifications came, by their ids. */
async function startReceiver() {
  const came: string[] = [];
  const server = createServer((request, response) => {
    came.push(String(request.headers['webhook-id']));
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    came,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe.skipIf(lacks('postgres'))('notifications of two servers on one database', () => {
  let replicas: Replicas;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let owner: Person;
  let developer: Person;

  beforeAll(async () => {
    replicas = await startReplicas();
    receiver = await startReceiver();
    owner = await replicas.logIn(replicas.a, 'owner');
    developer = await replicas.logIn(replicas.b, 'developer');
    const api = replicas.a.api(owner);
    const metadata = (name: string) => ({ metadata: { name } });
    await api.createNotificationChannel({
      organization: ORGANIZATION,
      body: {
        apiVersion: API_VERSION,
        kind: 'NotificationChannel',
        ...metadata('hook'),
        spec: {
          events: ['accessRequest.created'],
          webhook: { url: receiver.url, secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
        },
      },
    });
    await api.createRequestPolicy({
      organization: ORGANIZATION,
      body: {
        apiVersion: API_VERSION,
        kind: 'RequestPolicy',
        ...metadata('all'),
        spec: {
          requesters: [{ kind: 'Group', name: 'developers', identityProvider: 'development' }],
          roles: ['admin'],
          scope: { kind: 'organization' },
          maxDuration: '1h',
          steps: [{ reviewers: 'permitted' }],
        },
      },
    });
  }, 120_000);
  afterAll(async () => {
    receiver?.close();
    await replicas?.close();
  });

  /** Asks on a replica, as soon as it knows the policy, and takes it back. */
  async function ask(on: Replica): Promise<void> {
    const api = on.api(developer);
    const body = {
      role: 'admin',
      scope: { kind: 'organization' as const },
      duration: '10m',
      reason: 'the shop is down',
    };
    const asked = await awaitCondition(
      () => api.createAccessRequest({ organization: ORGANIZATION, body }).catch(() => undefined),
      { what: `${on.name} knows the policy` },
    );
    await api.cancelAccessRequest({ organization: ORGANIZATION, id: asked.id, body: {} });
  }
  const pending = async (on: Replica) => {
    const { status } = await on.api(owner).getNotificationChannel({ organization: ORGANIZATION, name: 'hook' });
    return status.pendingCount;
  };

  it('are sent once each, whichever of them made them', async () => {
    const { a, b } = replicas;
    for (const on of [b, a, b, a, b]) await ask(on);
    await awaitCondition(() => receiver.came.length === 5, { what: 'all are sent' });
    await awaitCondition(async () => (await pending(a)) === 0, { what: 'all are noted' });
    expect(new Set(receiver.came).size).toBe(5);
    expect(receiver.came).toHaveLength(5);
  }, 60_000);
});
