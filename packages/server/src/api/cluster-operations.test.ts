import { createId } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, logIn } from '../authn/testing/command-line.ts';
import { addCluster, type Installation, startInstallation } from '../authn/testing/installation.ts';
import type { TunnelSighting } from '../stores/cluster-contracts.ts';
import { JOIN_TOKEN_LIMITS } from './join-tokens.ts';

let installation: Installation;
let ada: CommandLine['api'];
let vera: CommandLine['api'];
let tunnels: TunnelSighting[] = [];
beforeAll(async () => {
  installation = await startInstallation({
    api: {
      version: '1.4.0',
      clusterMonitor: { health: () => ({ status: 'pending', connectedAgents: 0 }), tunnels: () => tunnels },
    },
  });
  ada = (await logIn(installation, 'ada@example.com')).api;
  vera = (await logIn(installation, 'vera@example.com')).api;
});
afterAll(() => installation.close());

const problem = (code: string) => expect.objectContaining({ problem: expect.objectContaining({ code }) });
async function aPlace(name: string) {
  const { id } = await addCluster(installation, name);
  return { id, place: { organization: 'acme', name } };
}

describe('join tokens', () => {
  it('are several at a time, each with the life that was asked for, and listed without their secrets', async () => {
    const { place } = await aPlace('tokens');
    const short = await ada.issueJoinToken({ ...place, body: {} });
    const long = await ada.issueJoinToken({ ...place, body: { lifetime: '7d' } });
    const life = ({ expiresAt }: { readonly expiresAt: Date }) =>
      Math.round((expiresAt.getTime() - Date.now()) / 60_000);
    expect([life(short.joinToken), life(long.joinToken)]).toEqual([60, 7 * 24 * 60]);
    const { items } = await ada.listJoinTokens(place);
    expect(items.map(({ id }) => id).sort()).toEqual([short.joinToken.id, long.joinToken.id].sort());
    expect(JSON.stringify(items)).not.toContain('sjt_');
    for (const lifetime of ['8d', '0s']) {
      await expect(ada.issueJoinToken({ ...place, body: { lifetime } })).rejects.toEqual(
        problem('ERR_API_REQUEST_INVALID'),
      );
    }
  });

  it('end when they are revoked, and only those of the cluster that is named', async () => {
    const { id, place } = await aPlace('revoking');
    const { place: elsewhere } = await aPlace('elsewhere');
    const { joinToken } = await ada.issueJoinToken({ ...place, body: {} });
    await expect(ada.revokeJoinToken({ ...elsewhere, id: joinToken.id })).rejects.toEqual(problem('ERR_API_NOT_FOUND'));
    await expect(vera.revokeJoinToken({ ...place, id: joinToken.id })).rejects.toEqual(problem('ERR_API_FORBIDDEN'));
    await ada.revokeJoinToken({ ...place, id: joinToken.id });
    await expect(ada.revokeJoinToken({ ...place, id: joinToken.id })).rejects.toEqual(problem('ERR_API_NOT_FOUND'));
    const refused = await installation.store.transact((tx) => tx.redeemJoinToken(joinToken.token));
    expect(refused).toEqual({ refused: 'unknown' });
    const events = await installation.store.listAudit({ clusterId: id, limit: 10 });
    expect(events.map(({ code }) => code)).toContain('cluster.join_token.revoked');
  });

  it('are bounded in number, of which those that have ended do not count', async () => {
    const { id, place } = await aPlace('many');
    await installation.store.transact(async (tx) => {
      for (let i = 0; i < JOIN_TOKEN_LIMITS.maxOpenCount; i++) await tx.issueJoinToken(id, 60_000);
    });
    await expect(ada.issueJoinToken({ ...place, body: {} })).rejects.toEqual(problem('ERR_API_CONFLICT'));
    const [open] = (await ada.listJoinTokens(place)).items;
    await ada.revokeJoinToken({ ...place, id: open?.id ?? '' });
    await ada.issueJoinToken({ ...place, body: {} });
  });
});

describe('agents', () => {
  it('are listed with what they hold and how they are connected, and revoked one by one', async () => {
    const { id: clusterId, place } = await aPlace('agents');
    const [away, here] = [createId('agent'), createId('agent')];
    const notAfter = (minutes: number) => new Date(Math.floor(Date.now() / 1_000) * 1_000 + minutes * 60_000);
    await installation.store.transact(async (tx) => {
      const attestation = { issuer: 'https://k8s', subject: 'system:serviceaccount:a:b', jwks: { keys: [] } };
      await tx.putAgent({ id: here, clusterId, enrolledAt: new Date(0), attestation });
      await tx.putAgentCertificate({ id: away, clusterId, serial: '01', notAfter: notAfter(10) });
      await tx.putAgentCertificate({ id: here, clusterId, serial: '02', notAfter: notAfter(20) });
      await tx.putAgentCertificate({ id: here, clusterId, serial: '03', notAfter: notAfter(30) });
      await tx.putAgentCertificate({ id: createId('agent'), clusterId, serial: '04', notAfter: notAfter(-1) });
    });
    await installation.snapshots.refresh();
    const tunnel = (serial: string, openedAt: number): TunnelSighting => ({
      serial,
      openedAt: new Date(openedAt),
      instanceId: 'i',
      agentVersion: '1.3.2',
      reportsHealth: true,
      isAttested: true,
    });
    tunnels = [tunnel('02', 5_000), tunnel('03', 9_000)];
    const { items } = await ada.listAgents(place);
    expect(items).toHaveLength(2);
    expect(items.find(({ id }) => id === here)).toEqual({
      id: here,
      serial: '03',
      expiresAt: notAfter(30),
      enrolledAt: new Date(0),
      identity: 'verified',
      isConnected: true,
      tunnelCount: 2,
      connectedAt: new Date(5_000),
      version: '1.3.2',
      versionSkew: 'older',
    });
    expect(items.find(({ id }) => id === away)).toMatchObject({
      identity: 'unverified',
      isConnected: false,
      tunnelCount: 0,
    });

    await expect(vera.listAgents(place)).rejects.toEqual(problem('ERR_API_FORBIDDEN'));
    await expect(vera.revokeAgent({ ...place, id: here })).rejects.toEqual(problem('ERR_API_FORBIDDEN'));
    await ada.revokeAgent({ ...place, id: here });
    expect((await ada.listAgents(place)).items.map(({ id }) => id)).toEqual([away]);
    const certificates = installation.snapshots.current().agentCertificates;
    expect([certificates.has('02'), certificates.has('03'), certificates.has('01')]).toEqual([false, false, true]);
    await expect(ada.revokeAgent({ ...place, id: here })).rejects.toEqual(problem('ERR_API_NOT_FOUND'));
  });

  it('tell of nodes and namespaces what was seen last, and nothing before', async () => {
    const { id: clusterId, place } = await aPlace('inventory');
    const nothing = { nodeCount: 0, readyNodeCount: 0, namespaceCount: 0, nodes: [], namespaces: [] };
    expect(await ada.getClusterInventory(place)).toEqual(nothing);
    const inventory = {
      kubernetesVersion: 'v1.36.4',
      nodeCount: 2,
      readyNodeCount: 1,
      namespaceCount: 1,
      nodes: [{ name: 'a', isReady: true, kubeletVersion: 'v1.36.4', labels: { zone: '1' } }],
      namespaces: [{ name: 'default', labels: {} }],
      observedAt: new Date(1_000),
    };
    await installation.store.transact((tx) => tx.putInventory({ clusterId, ...inventory }));
    expect(await ada.getClusterInventory(place)).toEqual(inventory);
    await expect(vera.getClusterInventory(place)).rejects.toEqual(problem('ERR_API_FORBIDDEN'));
  });
});
