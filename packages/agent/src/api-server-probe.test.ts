import { silentLogger } from '@sallyport/core';
import { createFakeClock } from '@sallyport/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ApiServerProbe, createApiServerProbe } from './api-server-probe.ts';
import { AgentError } from './errors.ts';
import type { OwnResponse } from './upstream/contract.ts';

const probes: ApiServerProbe[] = [];
afterEach(() => {
  for (const probe of probes.splice(0)) probe.close();
});

function aProbe(tryMode?: () => Promise<string>) {
  const clock = createFakeClock();
  const answers = { next: (): Promise<OwnResponse> => Promise.resolve({ status: 200, body: {} }) };
  const asked: string[] = [];
  const probe = createApiServerProbe({
    clock,
    logger: silentLogger,
    ...(tryMode && { tryMode }),
    upstream: {
      sendAsAgent: ({ method, path, timeoutMs }) => {
        asked.push(`${method} ${path} ${timeoutMs}`);
        return answers.next();
      },
    },
  });
  probes.push(probe);
  const heard: string[] = [];
  /** Lets time pass, and what follows from it happen. */
  const after = async (ms: number) => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    after,
    answers,
    asked,
    probe,
    heard,
    follow: () => probe.follow(async ({ apiServerFailure }) => void heard.push(apiServerFailure)),
  };
}

describe('the probe of the API server', () => {
  it('says how it is found at once, and then only what changes', async () => {
    const { after, answers, asked, heard, follow } = aProbe();
    follow();
    await vi.waitFor(() => expect(heard).toEqual(['']));
    await after(10_000);
    answers.next = () =>
      Promise.reject(new AgentError({ code: 'ERR_AGENT_UPSTREAM_UNREACHABLE', message: 'ECONNREFUSED' }));
    await after(10_000);
    await vi.waitFor(() => expect(heard).toEqual(['', 'ECONNREFUSED']));
    answers.next = async () => ({ status: 401, body: undefined });
    await after(10_000);
    await vi.waitFor(() => expect(heard.at(-1)).toBe('it answers the agent with status 401'));
    expect(new Set(asked)).toEqual(new Set(['GET /version 5000']));
  });

  it('tells a tunnel that comes later what is known, and none that is gone', async () => {
    const { after, answers, probe, heard, follow } = aProbe();
    let calls = 0;
    probe.follow(() => {
      calls += 1;
      return Promise.reject(new Error('the tunnel is gone'));
    });
    follow();
    await vi.waitFor(() => expect(heard).toEqual(['']));
    const late: string[] = [];
    probe.follow(async ({ apiServerFailure }) => void late.push(apiServerFailure));
    expect(late).toEqual(['']);
    answers.next = async () => ({ status: 500, body: undefined });
    await after(10_000);
    await vi.waitFor(() => expect(late).toHaveLength(2));
    expect(calls).toBe(1);
  });

  it('tries whether anybody can act when the API server begins to answer, and until they can', async () => {
    const outcomes = ['nobody may act', 'nobody may act', ''];
    let tries = 0;
    const { after, answers, probe } = aProbe(async () => outcomes[tries++] ?? '');
    const heard: unknown[] = [];
    probe.follow(async (health) => void heard.push(health));
    await vi.waitFor(() => expect(heard).toEqual([{ apiServerFailure: '', modeFailure: 'nobody may act' }]));
    await after(10_000);
    await after(10_000);
    await vi.waitFor(() => expect(heard[1]).toEqual({ apiServerFailure: '', modeFailure: '' }));
    await after(10_000);
    expect([tries, heard.length]).toEqual([3, 2]);
    answers.next = async () => ({ status: 500, body: undefined });
    await after(10_000);
    answers.next = async () => ({ status: 200, body: {} });
    await after(10_000);
    await vi.waitFor(() => expect(tries).toBe(4));
  });
});
