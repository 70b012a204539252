import { expect, it } from 'vitest';
import type { KubeObject } from '../../api/kube/object-text.ts';
import { conditionsOf, containersOf, firstPort } from './pod-facts.ts';

const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: {
    containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 8080 }] }, { name: 'log' }],
    ephemeralContainers: [{ name: 'debug', image: 'busybox' }],
  },
  status: {
    conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }, 'nonsense'],
    containerStatuses: [
      { name: 'log', ready: true, restartCount: 0, state: { running: {} } },
      {
        name: 'app',
        ready: false,
        restartCount: 4,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { reason: 'Error', exitCode: 75 } },
      },
    ],
  },
};

it('tells of the containers of a pod how they are and how they ended', () => {
  expect(containersOf(pod)).toEqual([
    {
      name: 'app',
      image: 'app:1',
      isReady: false,
      restartCount: 4,
      state: 'CrashLoopBackOff',
      lastExit: 'Error, exit code 75',
    },
    { name: 'log', image: '', isReady: true, restartCount: 0, state: 'Running' },
    { name: 'debug', image: 'busybox', isReady: false, restartCount: 0, state: 'Waiting' },
  ]);
  expect(firstPort(pod)).toBe(8080);
  expect(conditionsOf(pod).map(({ type }) => type)).toEqual(['Ready']);
});

it('makes nothing up for objects of other kinds', () => {
  const bare: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
  expect([containersOf(bare), firstPort(bare), conditionsOf(bare)]).toEqual([[], undefined, []]);
});
