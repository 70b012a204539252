import type { OutsideAuthorizer } from '@sallyport/authz';
import { afterEach, expect, it } from 'vitest';
import { aRequest, collectResponse, createProxyFixture, type ProxyFixture } from '../testing/proxy-fixture.ts';
import { OUTSIDE_LIMITS } from './ask-outside.ts';

let fixture: ProxyFixture;
let opened: number;
let asked: Parameters<OutsideAuthorizer>[0][];
afterEach(() => fixture.close());

function start(outsideAuthorizer: OutsideAuthorizer): void {
  opened = 0;
  asked = [];
  fixture = createProxyFixture(
    {},
    {
      outsideAuthorizer: (query, options) => {
        asked.push(query);
        return outsideAuthorizer(query, options);
      },
    },
  );
  fixture.connectAgent((_head, exchange) => {
    opened += 1;
    exchange.respond({ status: 200, headers: ['Content-Type', 'application/json'] });
    exchange.end();
    return { onData() {}, onEnd() {}, onReset() {}, onRenew() {} };
  });
}

async function ask() {
  const { sink, response } = collectResponse();
  const done = fixture.proxy.handle(aRequest({ token: await fixture.mint() }), sink);
  return { done, response };
}

async function answered() {
  const { done, response } = await ask();
  await done;
  return response;
}

it('lets through what the policy and the outside allow', async () => {
  start(async () => ({ effect: 'allow' }));
  expect(await answered()).toMatchObject({ status: 200 });
  expect(asked).toMatchObject([{ principal: { userName: 'alice@acme.test' }, attributes: { verb: 'list' } }]);
});

it('denies what the outside denies, with its reason on one line, and records that', async () => {
  start(async () => ({ effect: 'deny', reason: 'frozen until\u001b[2J Monday\n' }));
  const { status, body } = await answered();
  expect([status, opened]).toEqual([403, 0]);
  expect(JSON.parse(body)).toMatchObject({
    reason: 'Forbidden',
    message: expect.stringContaining('policy outside of Sallyport: frozen until [2J Monday'),
  });
  expect(fixture.audit.events).toMatchObject([{ code: 'proxy.request.denied' }]);
});

it('is not asked about what the policy denies, and can not give what that does not', async () => {
  start(async () => ({ effect: 'allow' }));
  fixture.snapshots.set({ ...fixture.records, bindings: [] });
  expect(await answered()).toMatchObject({ status: 403 });
  expect(asked).toEqual([]);
});

const failures: Readonly<Record<string, OutsideAuthorizer>> = {
  rejects: () => Promise.reject(new Error('no route to host')),
  throws: () => {
    throw new Error('broken');
  },
  'answers nothing': async () => undefined as never,
  'answers text': async () => 'allow' as never,
  'answers another effect': async () => ({ effect: 'Allow' }) as never,
  'denies without a reason': async () => ({ effect: 'deny' }) as never,
};
for (const [what, authorizer] of Object.entries(failures)) {
  it(`denies when the outside ${what}`, async () => {
    start(authorizer);
    expect(await answered()).toMatchObject({ status: 403, body: expect.stringContaining('gave no verdict') });
    expect(opened).toBe(0);
  });
}

it('denies when the outside takes too long, and tells it so', async () => {
  let heard: AbortSignal | undefined;
  const isAsked = new Promise<void>((resolve) => {
    start((_query, { signal }) => {
      heard = signal;
      resolve();
      return new Promise(() => {});
    });
  });
  const { done, response } = await ask();
  await isAsked;
  fixture.clock.advance(OUTSIDE_LIMITS.answerMs);
  await done;
  expect([response.status, opened, heard?.aborted]).toEqual([403, 0, true]);
});

for (const [what, change] of Object.entries({ 'login session': { loginSessions: [] }, binding: { bindings: [] } })) {
  it(`decides anew after the wait: a ${what} that ended meanwhile lets nothing through`, async () => {
    let allow = () => {};
    const isAsked = new Promise<void>((resolve) => {
      start(
        () =>
          new Promise((answer) => {
            allow = () => answer({ effect: 'allow' });
            resolve();
          }),
      );
    });
    const { done, response } = await ask();
    await isAsked;
    fixture.snapshots.set({ ...fixture.records, ...change });
    allow();
    await done;
    expect([response.status, opened]).toEqual([what === 'binding' ? 403 : 401, 0]);
  });
}
