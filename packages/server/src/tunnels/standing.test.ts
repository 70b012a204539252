import { webcrypto as crypto } from 'node:crypto';
import { createId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rotateKey } from '../pki/rotate-keys.ts';
import { loadTrustRoots } from '../pki/trust-roots.ts';
import { Pkcs10CertificateRequestGenerator } from '../pki/x509.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { standingOf } from './standing.ts';

const clock = createFakeClock();
let database: TestStore;
beforeAll(async () => {
  const [embedded] = testDatabases(undefined);
  if (embedded === undefined) throw new Error('there is no embedded database');
  database = await embedded.open({ clock });
});
afterAll(() => database.drop());

it('SEC-D20 tells an agent whose authority was voided that it has to enrol anew, and nobody else', async () => {
  const { store } = database;
  const roots = await loadTrustRoots(store, clock);
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const request = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=agent', keys, signingAlgorithm }, crypto);
  const csr = request.toString('pem');
  const issue = async () => (await roots.agentCa.issueAgentCertificate(csr, createId('cluster'))).certificatePem;
  const ask = (certificatePem: unknown) =>
    standingOf({ certificatePem }, { agentCa: roots.agentCa, clusters: store.clusters, clock });

  const before = await issue();
  expect(await ask(before)).toEqual({ standing: 'unknown' });
  // With an overlap nobody has to do anything.
  await rotateKey({ store, clock }, 'agentCa', 'announced');
  await roots.refresh();
  expect(await ask(before)).toEqual({ standing: 'unknown' });
  await rotateKey({ store, clock }, 'agentCa', 'emergency');
  await roots.refresh();
  expect(await ask(before)).toEqual({ standing: 'untrusted' });
  expect(await ask(await issue())).toEqual({ standing: 'unknown' });
  for (const nonsense of [undefined, 7, 'nonsense', 'x'.repeat(10_000)]) {
    expect(await ask(nonsense)).toEqual({ standing: 'unknown' });
  }
});
