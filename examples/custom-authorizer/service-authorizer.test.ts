import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import {
  anAccessQuery,
  outsideAuthorizerConformance,
  type ServiceBehaviour,
  type ServiceQuestion,
} from '@sallyport/authz/testing';
import { Secret } from '@sallyport/core';
import { afterEach, expect, it } from 'vitest';
import { fetchTrusting, logIn } from '../../tests/stack/login.ts';
import { awaitCondition, temporaryFolder } from '../../tests/support/index.ts';
import { startMinimal } from '../minimal/minimal.ts';
import { createServiceAuthorizer } from './service-authorizer.ts';

const services: Server[] = [];
afterEach(() => {
  for (const service of services.splice(0)) {
    service.closeAllConnections();
    service.close();
  }
});

/** A policy service that behaves as told. */
async function startService(behave: (question: ServiceQuestion) => ServiceBehaviour): Promise<string> {
  const service = createServer((request, response) => {
    void json(request).then((asked) => {
      const { userName, cluster, verb, resource, namespace, name } = asked as ServiceQuestion;
      const behaviour = behave({ userName, cluster, verb, resource, namespace, name });
      if (behaviour === 'hangs') return;
      if (behaviour === 'fails') response.statusCode = 503;
      const allowed = behaviour === 'babbles' ? 'true' : behaviour !== 'denies';
      response.end(JSON.stringify({ allowed }));
    });
  });
  services.push(service);
  await once(service.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
}

for (const { name, run } of outsideAuthorizerConformance) {
  it(name, () =>
    run(async (behave) =>
      createServiceAuthorizer({ url: await startService(behave), answerLifeMs: 60_000, maxAnswers: 100 }),
    ),
  );
}

it('remembers an answer for its life, and no more answers than it may', async () => {
  let [now, asked] = [0, 0];
  const url = await startService(() => {
    asked += 1;
    return 'allows';
  });
  const authorize = createServiceAuthorizer({ url, answerLifeMs: 1_000, maxAnswers: 1, now: () => now });
  const ask = (query = {}) => authorize(anAccessQuery(query), { signal: new AbortController().signal });
  await ask();
  await ask();
  expect(asked).toBe(1);
  now = 1_000;
  await ask();
  expect(asked).toBe(2);
  await ask({ principal: { ...anAccessQuery().principal, userName: 'bob@example.com' } });
  await ask();
  expect(asked).toBe(4);
});

it('has a say in what kubectl may do, and denies everything once it is gone', async () => {
  let behaviour: ServiceBehaviour = 'allows';
  const url = await startService(() => behaviour);
  const outsideAuthorizer = createServiceAuthorizer({ url, answerLifeMs: 0, maxAnswers: 1 });
  const stopping = new AbortController();
  const password = new Secret(randomBytes(9).toString('base64url'));
  const ada = { email: 'ada@example.com', name: 'Ada', groups: ['admins'], password };
  const started = await startMinimal(temporaryFolder(), [ada], stopping.signal, { outsideAuthorizer });
  const { server, clusterId, stopped } = started;
  await awaitCondition(() => server.health(clusterId).state === 'connected', { what: 'the agent connects' });
  const { api } = await logIn(server.publicUrl, server.caPem, ada.email, password.reveal());
  const { token } = await api.mintKubeCredential({ organization: 'default', name: 'demo' });
  const pods = async () => {
    const answer = await fetchTrusting(server.caPem)(`${server.publicUrl}/k/default/demo/api/v1/pods`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return [answer.status, ((await answer.json()) as { message?: string }).message];
  };
  expect(await pods()).toEqual([200, undefined]);
  behaviour = 'denies';
  expect(await pods()).toEqual([403, expect.stringContaining('the policy service says no')]);
  services[0]?.closeAllConnections();
  services[0]?.close();
  expect(await pods()).toEqual([403, expect.stringContaining('gave no verdict')]);
  stopping.abort();
  await stopped;
}, 60_000);
