import { createAuditPipeline } from '@sallyport/audit';
import { type ClusterId, createId, silentLogger, tunnelTokenAudience } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSnapshotSource } from '../snapshot-source.ts';
import { createStoreAuditSink } from '../stores/index.ts';
import { type TestStore, testDatabases } from '../stores/testing.ts';
import { putCluster, putOrganization } from '../testing/writes.ts';
import { createEnrolment, type Enrolment } from './enrolment.ts';

const clock = createFakeClock();
const closers: (() => Promise<void>)[] = [];
const clusterId: ClusterId = createId('cluster');
let store: TestStore['store'];
let enrolment: Enrolment;

beforeAll(async () => {
  const [database] = testDatabases(undefined);
  if (database === undefined) throw new Error('there is no database to test on');
  const testStore = await database.open({ clock });
  store = testStore.store;
  const organizationId = createId('organization');
  await store.transact(async (tx) => {
    await putOrganization(tx, { id: organizationId, name: 'acme' });
    await putCluster(tx, { id: clusterId, organizationId, name: 'prod', labels: {} });
  });
  const snapshots = await createSnapshotSource({ store, clock, logger: silentLogger });
  const audit = createAuditPipeline({ sinks: [{ sink: createStoreAuditSink(store), delivery: 'required' }], clock });
  closers.push(
    () => testStore.drop(),
    () => snapshots.close(),
    () => audit.close(),
  );
  let issued = 0;
  enrolment = createEnrolment({
    store,
    snapshots,
    audit,
    clock,
    endpoint: { address: 'sallyport.example:443', serverName: 'agents', caPem: 'CA' },
    agentCa: {
      bundlePem: '',
      async issueAgentCertificate() {
        issued += 1;
        return { certificatePem: 'PEM', serial: `0${issued}`, notAfter: new Date(clock.now() + 86_400_000) };
      },
    },
  });
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

async function enrol(attestation?: unknown) {
  const { token } = await store.transact((tx) => tx.issueJoinToken(clusterId, 60_000));
  const before = new Set((await store.clusters.agents(clusterId)).map(({ id }) => id));
  const body = { joinToken: token.reveal(), csrPem: 'CSR', agentVersion: '1.0.0', attestation };
  const answer = await enrolment.enrol(body, '192.0.2.1');
  const agent = (await store.clusters.agents(clusterId)).find(({ id }) => !before.has(id));
  if (agent === undefined) throw new Error('no agent was recorded');
  const [event] = await store.listAudit({ clusterId, limit: 1 });
  return { answer, agent, event };
}

describe('enrolling', () => {
  it('makes one agent of each join token, whose certificates follow one another under its id', async () => {
    const { answer, agent } = await enrol();
    expect(answer).toMatchObject({ clusterId, clusterName: 'prod' });
    await enrolment.renew('CSR', { agentId: agent.id, clusterId }, '192.0.2.1');
    const { agent: other } = await enrol();
    const { agentCertificates = [] } = (await store.changes.read()).records;
    const held = (id: string) => agentCertificates.filter((certificate) => certificate.id === id).length;
    expect([held(agent.id), held(other.id)]).toEqual([2, 1]);
  });

  it('SEC-D02 records in which cluster the agent runs, once that holds together', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] };
    const token = (audience: string) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .setIssuer('https://k8s')
        .setSubject('system:serviceaccount:sallyport:sallyport-agent')
        .setAudience(audience)
        .setExpirationTime(Math.floor(clock.now() / 1_000) + 3_600)
        .sign(privateKey);
    const good = await enrol({ serviceAccountToken: await token(tunnelTokenAudience(clusterId)), jwks });
    expect(good.agent.attestation).toEqual({
      issuer: 'https://k8s',
      subject: 'system:serviceaccount:sallyport:sallyport-agent',
      jwks,
    });
    expect(good.event?.details).toMatchObject({ agentId: good.agent.id, isAttested: true });
    const bad = await enrol({ serviceAccountToken: await token('elsewhere'), jwks });
    expect(bad.agent.attestation).toBeUndefined();
    expect(bad.event?.details).toMatchObject({ isAttested: false, attestationProblem: expect.stringContaining('aud') });
    for (const nothing of [null, 'x', { serviceAccountToken: 1 }]) {
      expect((await enrol(nothing)).agent.attestation).toBeUndefined();
    }
  });
});
