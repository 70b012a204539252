import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { createApiClient } from '../api/client.ts';
import { operations } from '../api/operations/index.ts';
import { ApiProblemError, isProblem } from '../api/problem-error.ts';
import type { ApiFetch } from '../api/requests.ts';
import { createId } from '../ids.ts';
import { createCaller } from './caller.ts';
import * as calls from './calls.ts';
import { type Instants, readInstants } from './instants.ts';

const BASE_URL = 'https://sallyport.example.com';
const { createProject, deleteProject, exportAuditEvents, listProjects, mintKubeCredential } = calls;

/** A server that answers everything alike and remembers what it was sent. */
function aServer(status: number, body: unknown) {
  const sent: { readonly url: string; readonly init: Parameters<ApiFetch>[1] }[] = [];
  const fetch: ApiFetch = async (url, init) => {
    sent.push({ url, init });
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return { status, headers: { get: () => null }, text: async () => text };
  };
  return { sent, options: { baseUrl: BASE_URL, fetch, accessToken: () => 'sak_1' } };
}

const project = {
  apiVersion: 'sallyport.dev/v1',
  kind: 'Project',
  metadata: {
    id: createId('project'),
    name: 'payments',
    labels: { team: 'payments' },
    resourceVersion: '7',
    createdAt: '2026-01-02T03:04:05.000Z',
    updatedAt: '2026-01-02T03:04:06.000Z',
  },
  spec: { description: '' },
  status: { clusterCount: 0, sharedClusterCount: 0 },
};
const page = { items: [project], metadata: { totalCount: 1, resourceVersion: '9' } };

describe('createCaller', () => {
  it('has a call for each operation of the contract, as it stands there', () => {
    const stated = Object.entries(operations).map(([name, { method, path, status }]) => ({
      name,
      method,
      path,
      status,
    }));
    expect(Object.values(calls)).toMatchObject(stated);
    expect(Object.keys(calls).sort()).toEqual(stated.map(({ name }) => name).sort());
  });

  it('sends what the whole client sends, and reads what it reads', async () => {
    const [one, other] = [aServer(200, page), aServer(200, page)];
    const input = { organization: 'acme', limit: 5 };
    const answer = await createCaller(one.options)(listProjects, input);
    expect(answer).toEqual(await createApiClient(other.options).listProjects(input));
    expect(answer.items[0]?.metadata.createdAt).toEqual(new Date('2026-01-02T03:04:05.000Z'));
    expect(one.sent).toEqual(other.sent);
    expect(one.sent[0]).toMatchObject({
      url: `${BASE_URL}/api/v1/organizations/acme/projects?limit=5`,
      init: { headers: { authorization: 'Bearer sak_1' } },
    });
  });

  it('sends bodies, versions and keys', async () => {
    const { sent, options } = aServer(201, project);
    const body = { apiVersion: 'sallyport.dev/v1', kind: 'Project', metadata: { name: 'payments' }, spec: {} } as const;
    await createCaller(options)(createProject, { organization: 'acme', body }, { idempotencyKey: 'k', ifMatch: '7' });
    expect(sent[0]?.init).toMatchObject({
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'idempotency-key': 'k', 'if-match': '"7"' },
    });
  });

  it('resolves with nothing where there is nothing, and with text where there is text', async () => {
    const nothing = aServer(204, '');
    expect(await createCaller(nothing.options)(deleteProject, { organization: 'acme', name: 'p' })).toBeUndefined();
    const text = aServer(200, '{"a":1}\n{"a":2}\n');
    expect(await createCaller(text.options)(exportAuditEvents, { organization: 'acme' })).toBe('{"a":1}\n{"a":2}\n');
  });

  it('rejects with the problem that the server states, narrowed by its code', async () => {
    const stated = {
      type: 'about:blank',
      title: 'No',
      status: 404,
      detail: 'there is none',
      code: 'ERR_API_NOT_FOUND',
    };
    const { options } = aServer(404, stated);
    const error: unknown = await createCaller(options)(listProjects, { organization: 'acme' }).catch(
      (it: unknown) => it,
    );
    expect(error).toBeInstanceOf(ApiProblemError);
    expect(isProblem(error)).toBe(true);
    expect(isProblem(error, 'ERR_API_CONFLICT')).toBe(false);
    expect(isProblem(new Error('ERR_API_NOT_FOUND'))).toBe(false);
    if (!isProblem(error, 'ERR_API_NOT_FOUND', 'ERR_API_FORBIDDEN')) throw new Error('it is another problem');
    expectTypeOf(error.problem.code).toEqualTypeOf<'ERR_API_NOT_FOUND' | 'ERR_API_FORBIDDEN'>();
    expect(error.problem.code).toBe('ERR_API_NOT_FOUND');
  });

  for (const [name, status, body] of [
    ['a page of a proxy', 502, '<html>bad gateway</html>'],
    ['an answer that lacks what must stand in it', 200, { items: [] }],
    ['an instant that is none', 200, { ...page, items: [{ metadata: { createdAt: 'yesterday' } }] }],
    ['nothing', 200, ''],
  ] as const) {
    it(`rejects ${name} as not of the API`, async () => {
      const call = createCaller(aServer(status, body).options);
      await expect(call(listProjects, { organization: 'acme' })).rejects.toMatchObject({ code: 'ERR_API_UNREACHABLE' });
    });
  }

  it('takes the types of the contract', () => {
    const call = createCaller({ baseUrl: BASE_URL });
    const mint = () => call(mintKubeCredential, { organization: 'acme', name: 'c1' });
    expectTypeOf<Awaited<ReturnType<typeof mint>>['expiresAt']>().toEqualTypeOf<Date>();
    // @ts-expect-error -- a cluster has a name
    const lacking = () => call(mintKubeCredential, { organization: 'acme' });
    expect([mint, lacking].every((it) => typeof it === 'function')).toBe(true);
  });
});

describe('readInstants', () => {
  for (const { name, value, instants, want } of [
    {
      name: 'in records',
      value: { a: '2026-01-01T00:00:00Z' },
      instants: { '*': 'd' },
      want: { a: new Date('2026-01-01T00:00:00Z') },
    },
    {
      name: 'in lists',
      value: [{ at: '2026-01-01T00:00:00Z', b: 1 }],
      instants: [{ at: 'd' }],
      want: [{ at: new Date('2026-01-01T00:00:00Z'), b: 1 }],
    },
    { name: 'that are absent', value: { at: null }, instants: { at: 'd' }, want: { at: null } },
    { name: 'in what is no object after all', value: 'text', instants: { at: 'd' }, want: 'text' },
  ] as { name: string; value: unknown; instants: Instants; want: unknown }[]) {
    it(`reads those ${name}`, () => expect(readInstants(value, instants)).toEqual(want));
  }

  it('refuses what is no list where one must be', () => {
    expect(() => readInstants({}, ['d'])).toThrow('a list is none');
  });
});

/** Bytes of a program after gzip, with everything that it brings. */
async function bytesOf(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, '../..'), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@sallyport/source'],
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).byteLength;
}

describe('a bundle with a single call', () => {
  const program = (names: string) =>
    `import { createCaller, isProblem, itemsOf, ${names} } from '@sallyport/core/client';
     const call = createCaller({ baseUrl: location.origin, accessToken: () => 'a', retry: {} });
     try { for await (const it of itemsOf((page) => call(listClusters, { organization: 'a', ...page }))) console.log(it, ${names}); }
     catch (error) { if (!isProblem(error, 'ERR_API_NOT_FOUND')) throw error; }`;

  it('weighs less than 9 KB after gzip, pages, retries, proofs of possession and errors with it', async () => {
    const bytes = await bytesOf(program('listClusters'));
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThan(9_000);
  });

  it('holds only the operations that it names', async () => {
    const one = await bytesOf(program('listClusters'));
    const two = await bytesOf(program('listClusters, createAccessRequest'));
    expect(two - one).toBeGreaterThan(0);
    expect(two - one).toBeLessThan(500);
  });
});
