import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type LoopbackReceiver, openLoopbackReceiver } from './loopback.ts';

let receiver: LoopbackReceiver | undefined;
afterEach(() => receiver?.close());

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

function send(target: string, options: { method?: string; headers?: Record<string, string>; path?: string } = {}) {
  return new Promise<Reply>((resolve, reject) => {
    const { path, ...rest } = options;
    const call = request(target, { ...rest, ...(path !== undefined && { path }) }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    call.once('error', reject).end();
  });
}

async function open(state = 'the-state') {
  receiver = await openLoopbackReceiver(state);
  return receiver;
}

describe('openLoopbackReceiver', () => {
  it('listens on 127.0.0.1 and takes the redirect with the right state', async () => {
    const { redirectUri, answer } = await open();
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    const reply = await send(`${redirectUri}?code=abc&state=the-state`);
    expect(reply.status).toBe(200);
    expect(reply.headers['content-security-policy']).toContain("default-src 'none'");
    expect(reply.headers['referrer-policy']).toBe('no-referrer');
    expect(reply.body).not.toContain('abc');
    expect((await answer).searchParams.get('code')).toBe('abc');
  });

  it('goes on waiting after answers that are not its own', async () => {
    const { redirectUri, answer } = await open();
    const base = redirectUri.replace('/callback', '');
    for (const { name, reply, status } of [
      { name: 'wrong state', reply: send(`${redirectUri}?code=evil&state=other`), status: 400 },
      { name: 'no state', reply: send(`${redirectUri}?code=evil`), status: 400 },
      { name: 'an error of somebody else', reply: send(`${redirectUri}?error=access_denied`), status: 400 },
      { name: 'other path', reply: send(`${base}/callback/?code=evil&state=the-state`), status: 404 },
      { name: 'other method', reply: send(`${redirectUri}?state=the-state`, { method: 'POST' }), status: 404 },
      {
        name: 'rebound host',
        reply: send(`${redirectUri}?code=evil&state=the-state`, { headers: { host: 'evil.example' } }),
        status: 404,
      },
      {
        name: 'absolute target',
        reply: send(redirectUri, { path: 'http://evil.example/callback?code=evil&state=the-state' }),
        status: 404,
      },
    ]) {
      expect((await reply).status, name).toBe(status);
    }
    await send(`${redirectUri}?code=good&state=the-state`);
    expect((await answer).searchParams.get('code')).toBe('good');
  });

  it('hands a refusal on and says so in the browser', async () => {
    const { redirectUri, answer } = await open();
    const reply = await send(`${redirectUri}?error=access_denied&state=the-state`);
    expect(reply.status).toBe(403);
    expect((await answer).searchParams.get('error')).toBe('access_denied');
  });

  it('answers nobody once it is closed', async () => {
    const { redirectUri, close } = await open();
    close();
    await expect(send(redirectUri)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
