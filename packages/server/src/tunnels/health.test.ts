import { describe, expect, it } from 'vitest';
import type { TunnelSighting } from '../stores/cluster-contracts.ts';
import { advance, type ClusterObservation, type HealthState, type Judgement, judge, UNTOLD } from './health.ts';

const aTunnel = (overrides: Partial<TunnelSighting> = {}): TunnelSighting => ({
  serial: '0a',
  instanceId: 'i',
  agentVersion: '1.0.0',
  openedAt: new Date(0),
  reportsHealth: true,
  isAttested: true,
  ...overrides,
});
const seen = (overrides: Partial<ClusterObservation> = {}): ClusterObservation => ({
  tunnels: [aTunnel()],
  hasAgent: true,
  unsupportedVersions: [],
  ...overrides,
});

describe('one look at a cluster', () => {
  const broken = aTunnel({ apiServerFailure: 'ECONNREFUSED' });
  const cases: readonly { name: string; given: ClusterObservation; want: Judgement }[] = [
    { name: 'an agent with a tunnel', given: seen(), want: { status: 'connected' } },
    {
      name: 'no tunnel, but an agent',
      given: seen({ tunnels: [] }),
      want: { status: 'disconnected', reason: 'no agent of the cluster is connected' },
    },
    {
      name: 'no agent at all',
      given: seen({ tunnels: [], hasAgent: false }),
      want: { status: 'pending', reason: 'no agent holds a certificate: install one with a join token' },
    },
    {
      name: 'agents that all miss their API server',
      given: seen({ tunnels: [broken, broken] }),
      want: { status: 'unhealthy', reason: 'the API server does not answer its agents: ECONNREFUSED' },
    },
    {
      name: 'one agent of two that misses it',
      given: seen({ tunnels: [broken, aTunnel()] }),
      want: { status: 'connected', reason: '1 of 2 agents can not reach the API server: ECONNREFUSED' },
    },
    {
      name: 'a failed inventory where the agent says that all is well',
      given: seen({ inventoryFailure: 'status 403' }),
      want: { status: 'connected', reason: 'version, nodes and namespaces can not be read: status 403' },
    },
    {
      name: 'a failed inventory where the agent says nothing',
      given: seen({ tunnels: [aTunnel({ reportsHealth: false })], inventoryFailure: 'no answer' }),
      want: { status: 'unhealthy', reason: 'the API server does not answer: no answer' },
    },
    {
      name: 'an agent that is too old',
      given: seen({ unsupportedVersions: ['0.1.0'] }),
      want: { status: 'connected', reason: 'agents of version 0.1.0 are not supported any more' },
    },
  ];
  for (const { name, given, want } of cases) it(`judges ${name}`, () => expect(judge(given)).toEqual(want));
});

describe('the health that is told', () => {
  const connected: Judgement = { status: 'connected' };
  const gone: Judgement = { status: 'disconnected', reason: 'gone' };
  const start: HealthState = { told: { status: 'connected', changedAt: new Date(0) } };
  /** Takes judgements in turn, each with its time; yields what is told after each. */
  const play = (from: HealthState, steps: readonly (readonly [at: number, judgement: Judgement])[]) => {
    let state = from;
    return steps.map(([at, judgement]) => {
      state = advance(state, judgement, at);
      return `${state.told.status}@${state.told.changedAt?.getTime() ?? '-'}`;
    });
  };

  it('goes down only after it has been down for ten seconds on end', () => {
    expect(
      play(start, [
        [1_000, gone],
        [10_999, gone],
        [11_000, gone],
      ]),
    ).toEqual(['connected@0', 'connected@0', 'disconnected@11000']);
  });
  it('hears nothing of a reconnect', () => {
    expect(
      play(start, [
        [1_000, gone],
        [9_000, connected],
        [12_000, gone],
        [21_000, gone],
      ]),
    ).toEqual(Array(4).fill('connected@0'));
  });
  it('comes up after five seconds, and at once when it was never up before', () => {
    const down: HealthState = { told: { ...gone, changedAt: new Date(0) } };
    expect(
      play(down, [
        [1_000, connected],
        [5_999, connected],
        [6_000, connected],
      ]),
    ).toEqual(['disconnected@0', 'disconnected@0', 'connected@6000']);
    expect(play(UNTOLD, [[1_000, connected]])).toEqual(['connected@1000']);
  });
  it('starts its count anew when it turns from one trouble to another', () => {
    const sick: Judgement = { status: 'unhealthy', reason: 'sick' };
    expect(
      play(start, [
        [0, gone],
        [9_000, sick],
        [12_000, sick],
        [19_000, sick],
      ]),
    ).toEqual(['connected@0', 'connected@0', 'connected@0', 'unhealthy@19000']);
  });
  it('takes another reason over at once, as no change', () => {
    const state = advance(start, { status: 'connected', reason: 'half of it' }, 3_000);
    expect(state).toEqual({ told: { status: 'connected', reason: 'half of it', changedAt: new Date(0) } });
    expect(advance(state, connected, 4_000)).toEqual(start);
  });
  it('never calls a cluster pending that was reached before', () => {
    const pending: Judgement = { status: 'pending', reason: 'no certificate' };
    expect(advance(UNTOLD, pending, 1_000).told).toEqual(pending);
    expect(
      play(start, [
        [0, pending],
        [10_000, pending],
      ]),
    ).toEqual(['connected@0', 'disconnected@10000']);
  });
});
