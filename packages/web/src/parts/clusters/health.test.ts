import { createId } from '@sallyport/core';
import type { ClusterHealth, WhoAmI } from '@sallyport/core/api';
import { describe, expect, it } from 'vitest';
import { agentLife, grantOn, healthOf, reachesCluster } from './health.ts';

const health = (status: ClusterHealth['status'], connectedAgents = 0, reason?: string): ClusterHealth => ({
  status,
  connectedAgents,
  ...(reason !== undefined && { reason }),
});
const statesOf = (facts: Parameters<typeof agentLife>[0]) => agentLife(facts).map(({ state }) => state);

describe('the way of an agent', () => {
  it('begins with the manifest, and goes on as the server sees it', () => {
    const token = { id: createId('joinToken'), createdAt: new Date(), expiresAt: new Date() };
    expect(statesOf({ health: health('pending') })).toEqual(['current', 'waiting', 'waiting', 'waiting']);
    expect(statesOf({ health: health('pending'), joinTokens: { items: [token] } })).toEqual([
      'done',
      'current',
      'waiting',
      'waiting',
    ]);
    expect(statesOf({ health: health('connected', 2) })).toEqual(['done', 'done', 'done', 'done']);
  });

  it('says where it stopped, and why', () => {
    expect(statesOf({ health: health('unhealthy', 1) })).toEqual(['done', 'done', 'done', 'failed']);
    const gone = agentLife({ health: health('disconnected', 0, 'no agent has dialled since 13:46') });
    expect(gone.map(({ state }) => state)).toEqual(['done', 'done', 'failed', 'waiting']);
    expect(gone[2]?.detail).toBe('no agent has dialled since 13:46');
  });
});

describe('the health of a cluster', () => {
  it('has a sign and a word for each state', () => {
    expect(
      (['connected', 'unhealthy', 'disconnected', 'pending'] as const).map((status) => healthOf({ status }).gate),
    ).toEqual(['open', 'closing', 'barred', 'waiting']);
  });
});

describe('access to a cluster', () => {
  const now = new Date('2026-11-22T14:00:00Z');
  const grant = (scope: WhoAmI['grants'][number]['scope'], minutes: number): WhoAmI['grants'][number] => ({
    ...{ id: createId('grant'), role: 'edit', scope },
    startsAt: new Date(now.getTime() - 60_000),
    endsAt: new Date(now.getTime() + minutes * 60_000),
  });

  it('is that of the grant that lasts longest, of those that reach it', () => {
    const other = grant({ kind: 'clusters', clusters: ['staging'] }, 90);
    const short = grant({ kind: 'clusters', clusters: ['prod'] }, 5);
    const long = grant({ kind: 'projects', projects: ['default'] }, 30);
    const over = grant({ kind: 'organization' }, -1);
    expect(grantOn([other, short, long, over], { name: 'prod' }, now)).toBe(long);
    expect(grantOn([over], { name: 'prod' }, now)).toBeUndefined();
    expect(reachesCluster({ kind: 'projects', projects: ['pay'] }, { name: 'prod', project: 'pay' })).toBe(true);
    expect(reachesCluster({ kind: 'clusters', clusters: ['a'] }, { name: 'b' })).toBe(false);
  });
});
