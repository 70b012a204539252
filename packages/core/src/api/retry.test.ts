import { describe, expect, it } from 'vitest';
import { createApiClient } from './client.ts';
import { isProblem } from './problem-error.ts';
import type { ApiFetch } from './requests.ts';
import { retryDelay, waitFor } from './retry.ts';

/** One answer of a scripted server, or what the network does instead. */
type Step = { readonly status: number; readonly body?: unknown; readonly retryAfter?: string } | Error;

const page = { items: [], metadata: { totalCount: 0, resourceVersion: '1' } };
const problem = (status: number, code: string) => ({
  type: 'about:blank',
  title: 'No',
  status,
  detail: 'not now',
  code,
});
const busy: Step = { status: 429, body: problem(429, 'ERR_API_TOO_MANY_REQUESTS'), retryAfter: '2' };
const stale: Step = { status: 503, body: problem(503, 'ERR_API_STALE'), retryAfter: '1' };
const cut = new TypeError('fetch failed');

/** A client of a server that answers by a script, and what it was asked and waited. */
function aClient(steps: readonly Step[], retry = {}) {
  const asked: { readonly headers: Record<string, string> }[] = [];
  const waited: number[] = [];
  const fetch: ApiFetch = async (_url, init) => {
    const step = steps[asked.push(init) - 1];
    if (step === undefined || step instanceof Error) throw step ?? new Error('asked too often');
    return {
      status: step.status,
      headers: { get: (name) => (name === 'retry-after' ? (step.retryAfter ?? null) : null) },
      text: async () => JSON.stringify(step.body ?? {}),
    };
  };
  const wait = async (delayMs: number) => void waited.push(delayMs);
  const api = createApiClient({
    baseUrl: 'https://sallyport.example.com',
    fetch,
    retry: { random: () => 1, wait, ...retry },
  });
  return { api, asked, waited };
}

const organization = 'acme';
const body = { apiVersion: 'sallyport.dev/v1', kind: 'Project', metadata: { name: 'p' }, spec: {} } as const;

describe('a client that retries', () => {
  it('asks a read again when the connection broke, and waits longer each time', async () => {
    const { api, asked, waited } = aClient([cut, cut, { status: 200, body: page }]);
    expect(await api.listProjects({ organization })).toEqual(page);
    expect(asked).toHaveLength(3);
    expect(waited).toEqual([250, 500]);
  });

  it('waits as long as the server asks', async () => {
    const { api, waited } = aClient([busy, stale, { status: 200, body: page }]);
    await api.listProjects({ organization });
    expect(waited).toEqual([2_000, 1_000]);
  });

  it('makes one idempotency key for all attempts of a creation', async () => {
    const { api, asked } = aClient([cut, { status: 502 }, { status: 409, body: problem(409, 'ERR_API_CONFLICT') }]);
    await expect(api.createProject({ organization, body })).rejects.toSatisfy((error) =>
      isProblem(error, 'ERR_API_CONFLICT'),
    );
    const keys = asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys).size).toBe(1);
    expect(keys).toHaveLength(3);
  });

  it('leaves the key alone that it is given', async () => {
    const { api, asked } = aClient([cut, cut, cut, cut]);
    await expect(api.createProject({ organization, body }, { idempotencyKey: 'mine' })).rejects.toMatchObject({
      code: 'ERR_API_UNREACHABLE',
    });
    expect(asked.map(({ headers }) => headers['idempotency-key'])).toEqual(['mine', 'mine', 'mine', 'mine']);
  });

  it('does not repeat a change that may have been made', async () => {
    const { api, asked } = aClient([cut]);
    await expect(api.deleteProject({ organization, name: 'p' })).rejects.toMatchObject({ code: 'ERR_API_UNREACHABLE' });
    expect(asked).toHaveLength(1);
  });

  it('repeats any change that the server has put off', async () => {
    const { api, asked } = aClient([stale, busy, { status: 204 }]);
    await api.deleteProject({ organization, name: 'p' });
    expect(asked).toHaveLength(3);
  });

  it('takes a refusal for an answer', async () => {
    const { api, asked } = aClient([{ status: 403, body: problem(403, 'ERR_API_FORBIDDEN') }]);
    await expect(api.listProjects({ organization })).rejects.toMatchObject({ problem: { code: 'ERR_API_FORBIDDEN' } });
    expect(asked).toHaveLength(1);
  });

  it('gives up at once when it should wait longer than it may', async () => {
    const { api, asked } = aClient([{ ...busy, retryAfter: '31' }]);
    await expect(api.listProjects({ organization })).rejects.toMatchObject({
      problem: { code: 'ERR_API_TOO_MANY_REQUESTS' },
    });
    expect(asked).toHaveLength(1);
  });

  it('ends between two attempts when it is aborted', async () => {
    const stop = new AbortController();
    const { api, asked } = aClient([cut, { status: 200, body: page }], {
      wait: (delayMs: number, signal?: AbortSignal) => {
        stop.abort(new Error('enough'));
        return waitFor(delayMs, signal);
      },
    });
    await expect(api.listProjects({ organization }, { signal: stop.signal })).rejects.toThrow('enough');
    expect(asked).toHaveLength(1);
  });

  it('does nothing of it unless it is told to', async () => {
    let count = 0;
    const fetch: ApiFetch = () => {
      count += 1;
      return Promise.reject(cut);
    };
    const api = createApiClient({ baseUrl: 'https://sallyport.example.com', fetch });
    await expect(api.listProjects({ organization })).rejects.toMatchObject({ code: 'ERR_API_UNREACHABLE' });
    expect(count).toBe(1);
  });
});

describe('retryDelay', () => {
  for (const { name, options = {}, attempt = 1, answer, isRepeatable, want } of [
    { name: 'ends after the last attempt', attempt: 4, answer: undefined, isRepeatable: true, want: undefined },
    { name: 'spreads by half', options: { random: () => 0 }, answer: undefined, isRepeatable: true, want: 125 },
    {
      name: 'is bounded',
      options: { maxAttempts: 99 },
      attempt: 50,
      answer: undefined,
      isRepeatable: true,
      want: 30_000,
    },
    {
      name: 'takes no date',
      answer: { status: 503, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' },
      isRepeatable: false,
      want: undefined,
    },
    {
      name: 'repeats what was limited without a word on when',
      answer: { status: 429, retryAfter: null },
      isRepeatable: false,
      want: 250,
    },
    {
      name: 'takes a failure of the server for an answer',
      answer: { status: 500, retryAfter: null },
      isRepeatable: true,
      want: undefined,
    },
  ]) {
    it(name, () => expect(retryDelay({ random: () => 1, ...options }, attempt, { answer, isRepeatable })).toBe(want));
  }
});

describe('waitFor', () => {
  it('rejects with the reason of a signal that was aborted before', async () => {
    await expect(waitFor(1, AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  });

  it('waits', async () => {
    const before = performance.now();
    await waitFor(20);
    // Timers of Node may be a little early.
    expect(performance.now() - before).toBeGreaterThan(15);
  });
});
