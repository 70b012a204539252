import { describe, expect, it } from 'vitest';
import { createServerClient } from './server-client.ts';

const SESSION = {
  principal: { userName: 'mira@halden.test', displayName: 'Mira' },
  organization: { name: 'halden' },
  csrf: { header: 'x-sallyport-csrf', token: 'first' },
};

/** A server that answers in turn, and what it was asked. */
function aServer(answers: readonly { readonly status: number; readonly body: unknown }[]) {
  const asked: { readonly url: string; readonly credentials: unknown; readonly headers: Record<string, string> }[] = [];
  const left = [...answers];
  const doFetch: typeof fetch = async (url, init) => {
    const { accept: _, ...headers } = { ...init?.headers } as Record<string, string>;
    asked.push({ url: String(url), credentials: init?.credentials, headers });
    const answer = left.shift();
    return new Response(JSON.stringify(answer?.body ?? null), { status: answer?.status ?? 500 });
  };
  return { asked, fetch: doFetch };
}

const problem = (status: number, code: string) => ({
  status,
  body: { type: 'about:blank', title: code, status, code, detail: `it says ${code}` },
});
const list = { status: 200, body: { items: [], metadata: {} } };
const at = 'https://sallyport.example.com';

describe('the client of parts', () => {
  it('asks for the token of the browser’s session once, and sends it with every request', async () => {
    const { asked, fetch } = aServer([{ status: 200, body: SESSION }, list, list]);
    const { api } = createServerClient({ baseUrl: at, fetch });
    await api.listGrants({ organization: 'halden' });
    await api.listGrants({ organization: 'halden' });
    const headers = { 'x-sallyport-csrf': 'first' };
    const url = `${at}/api/v1/organizations/halden/grants`;
    expect(asked).toEqual([
      { url: `${at}/session`, credentials: 'include', headers: {} },
      { url, credentials: 'include', headers },
      { url, credentials: 'include', headers },
    ]);
  });

  it('asks for the token again once the server has refused: the session may be another', async () => {
    const other = { ...SESSION, csrf: { header: 'x-sallyport-csrf', token: 'second' } };
    const { asked, fetch } = aServer([
      { status: 200, body: SESSION },
      problem(403, 'ERR_API_CROSS_SITE'),
      { status: 200, body: other },
      list,
    ]);
    const { api } = createServerClient({ baseUrl: at, fetch });
    await expect(api.listGrants({ organization: 'halden' })).rejects.toMatchObject({
      problem: { code: 'ERR_API_CROSS_SITE' },
    });
    await api.listGrants({ organization: 'halden' });
    expect(asked.at(-1)?.headers).toEqual({ 'x-sallyport-csrf': 'second' });
  });

  it('asks on when nobody is signed in, so that the server says so', async () => {
    const { fetch } = aServer([problem(401, 'ERR_API_UNAUTHENTICATED'), problem(401, 'ERR_API_UNAUTHENTICATED')]);
    const { api } = createServerClient({ baseUrl: at, fetch });
    await expect(api.listGrants({ organization: 'halden' })).rejects.toMatchObject({
      problem: { code: 'ERR_API_UNAUTHENTICATED' },
    });
  });

  it('sends a credential in the place of cookies, the one that is good now', async () => {
    const { asked, fetch } = aServer([list, list]);
    let count = 0;
    const { api } = createServerClient({ baseUrl: '/sallyport', fetch, accessToken: () => `key-${++count}` });
    await api.listGrants({ organization: 'halden' });
    await api.listGrants({ organization: 'halden' });
    expect(asked.map(({ url, credentials, headers }) => [url, credentials, headers['authorization']])).toEqual([
      ['/sallyport/api/v1/organizations/halden/grants', 'omit', 'Bearer key-1'],
      ['/sallyport/api/v1/organizations/halden/grants', 'omit', 'Bearer key-2'],
    ]);
  });
});
