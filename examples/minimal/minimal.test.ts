import { randomBytes } from 'node:crypto';
import { Secret } from '@sallyport/core';
import { expect, it } from 'vitest';
import { fetchTrusting, logIn } from '../../tests/stack/login.ts';
import { awaitCondition, temporaryFolder } from '../../tests/support/index.ts';
import { startMinimal } from './minimal.ts';

it('serves a signed-in person the made-up cluster through the tunnel, and stops without a trace', async () => {
  const stopping = new AbortController();
  const password = new Secret(randomBytes(9).toString('base64url'));
  const ada = { email: 'ada@example.com', name: 'Ada', groups: ['admins'], password };
  const { server, clusterId, stopped } = await startMinimal(temporaryFolder(), [ada], stopping.signal);
  await awaitCondition(() => server.health(clusterId).state === 'connected', { what: 'the agent connects' });
  const person = await logIn(server.publicUrl, server.caPem, ada.email, password.reveal());
  const { token } = await person.api.mintKubeCredential({ organization: 'default', name: 'demo' });
  const answer = await fetchTrusting(server.caPem)(`${server.publicUrl}/k/default/demo/api/v1/pods`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(200);
  expect(((await answer.json()) as { items: unknown[] }).items.length).toBeGreaterThan(0);
  stopping.abort();
  await stopped;
  await expect(fetch(server.publicUrl)).rejects.toThrow();
}, 60_000);
