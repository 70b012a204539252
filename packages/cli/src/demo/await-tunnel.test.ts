import { type ClusterId, createId } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { awaitTunnel } from './await-tunnel.ts';

function setUp() {
  const clusterId = createId('cluster');
  const listeners = new Set<(id: ClusterId) => void>();
  let tunnelCount = 0;
  const server = {
    health: () => ({ state: 'disconnected' as const, tunnelCount, agentVersions: [] }),
    onHealthChange(listener: (id: ClusterId) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const connect = () => {
    tunnelCount = 1;
    for (const listener of listeners) listener(clusterId);
  };
  const clock = createFakeClock();
  const controller = new AbortController();
  const wait = () => awaitTunnel(server, clusterId, { clock, signal: controller.signal });
  return { wait, connect, clock, controller, listeners };
}

describe('awaitTunnel', () => {
  it('resolves at once when the tunnel is there, and when it comes', async () => {
    const { wait, connect, clock, listeners } = setUp();
    const waiting = wait();
    connect();
    await waiting;
    await wait();
    expect([listeners.size, clock.pending]).toEqual([0, 0]);
  });

  it('gives up after a minute with a code', async () => {
    const { wait, clock, listeners } = setUp();
    const waiting = wait();
    clock.advance(60_000);
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_DEMO_START' });
    expect(listeners.size).toBe(0);
  });

  it('gives up with the signal, before and after it was asked', async () => {
    const { wait, controller, clock, listeners } = setUp();
    const waiting = wait();
    controller.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    await expect(wait()).rejects.toThrow('over');
    expect([listeners.size, clock.pending]).toEqual([0, 0]);
  });
});
