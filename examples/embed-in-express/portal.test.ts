import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { API_VERSION } from '@sallyport/core/api';
import { createBrowser } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchTrusting, logIn } from '../../tests/stack/login.ts';
import { awaitCondition, freePort, lacks, temporaryFolder } from '../../tests/support/index.ts';
import { hasParts } from '../../tests/web/build-portal.ts';
import { launchChromium } from '../../tests/web/site.ts';
import { startMinimal } from '../minimal/minimal.ts';
import { createPortal } from './portal.ts';
import { portalSettings } from './settings.ts';

const organization = 'default';
const people = {
  'ada@example.com': { groups: ['admins'], password: randomBytes(9).toString('base64url') },
  'ben@example.com': { groups: ['staff'], password: randomBytes(9).toString('base64url') },
};
type Email = keyof typeof people;
const stopping = new AbortController();
let started: Awaited<ReturnType<typeof startMinimal>>;
let listener: Server;
let url: string;
let ask: typeof fetch;

beforeAll(async () => {
  const port = await freePort();
  const { config, client } = portalSettings(port);
  started = await startMinimal(temporaryFolder(), [], stopping.signal, { config });
  const { server, clusterId } = started;
  const portal = await createPortal(server, client, (email, said) => {
    const person = people[email as Email];
    return person !== undefined && person.password === said ? { email, groups: person.groups } : undefined;
  });
  listener = createServer(server.hostTls(), portal).on('upgrade', server.mount.upgrade);
  await once(listener.listen(port, '127.0.0.1'), 'listening');
  url = server.publicUrl;
  ask = fetchTrusting(server.caPem);
  await awaitCondition(() => server.health(clusterId).state === 'connected', { what: 'the agent connects' });
}, 60_000);
afterAll(async () => {
  stopping.abort();
  await started?.stopped;
  listener?.closeAllConnections();
  listener?.close();
});

const signInWithCli = (email: Email) => logIn(url, started.server.caPem, email, people[email].password);

it('shows nothing to whoever is not signed in, and leads nobody away from it', async () => {
  const browser = createBrowser({ fetch: ask });
  const form = await browser.open(`${url}/`);
  expect(new URL(form?.url ?? '').pathname).toBe('/portal/login');
  const refused = await browser.submit(form?.forms[0] as never, { email: 'ada@example.com', password: 'guess' });
  expect(refused?.status).toBe(401);
  const led = await browser.open(`${url}/portal/login?next=//evil.example`);
  const { password } = people['ada@example.com'];
  const home = await browser.submit(led?.forms[0] as never, { email: 'ada@example.com', password });
  expect([home?.url, home?.body]).toEqual([`${url}/`, expect.stringContaining(`sallyport login ${url}`)]);
});

it('is the login of Sallyport: who is signed in to the portal has a session there without a word', async () => {
  const browser = createBrowser({ fetch: ask });
  const form = await browser.open(`${url}/session/login?returnTo=/approvals`);
  expect(new URL(form?.url ?? '').pathname).toBe('/portal/login');
  const { password } = people['ada@example.com'];
  const page = await browser.submit(form?.forms[0] as never, { email: 'ada@example.com', password });
  expect(page?.url).toBe(`${url}/approvals`);
  const session = await browser.ask(`${url}/session`);
  expect(JSON.parse(session.body)).toMatchObject({ principal: { userName: 'ada@example.com', groups: ['admins'] } });
});

it('gives its people kubectl, each as far as their groups go', async () => {
  for (const [email, want] of [
    ['ada@example.com', 200],
    ['ben@example.com', 403],
  ] as const) {
    const { api } = await signInWithCli(email);
    const minted = api.mintKubeCredential({ organization, name: 'demo' });
    if (want === 403) {
      await expect(minted).rejects.toMatchObject({ problem: { status: expect.any(Number) } });
      continue;
    }
    const headers = { authorization: `Bearer ${(await minted).token}` };
    expect((await ask(`${url}/k/default/demo/api/v1/pods`, { headers })).status).toBe(want);
  }
});

describe.skipIf(lacks('chromium') || !hasParts)('the page of approvals', () => {
  it('approves what somebody asks for', async () => {
    const ada = await signInWithCli('ada@example.com');
    const group = { kind: 'Group', name: 'staff', identityProvider: 'portal' } as const;
    await ada.api.createRequestPolicy({
      organization,
      body: {
        apiVersion: API_VERSION,
        kind: 'RequestPolicy',
        metadata: { name: 'staff' },
        spec: {
          requesters: [group],
          roles: ['viewer'],
          scope: { kind: 'clusters', clusters: ['demo'] },
          maxDuration: '1h',
          steps: [{ reviewers: [{ kind: 'Group', name: 'admins', identityProvider: 'portal' }] }],
        },
      },
    });
    const ben = await signInWithCli('ben@example.com');
    const scope = { kind: 'clusters' as const, clusters: ['demo'] };
    const body = { role: 'viewer', scope, duration: '15m', reason: 'look at the logs' };
    const asked = await ben.api.createAccessRequest({ organization, body });

    const browser = await launchChromium();
    try {
      const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      await page.goto(`${url}/approvals`);
      await page.fill('[name=email]', 'ada@example.com');
      await page.fill('[name=password]', people['ada@example.com'].password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      const inbox = page.getByRole('region', { name: 'Access requests' });
      await inbox.locator(`a[href$="${asked.id}"]`).click();
      await inbox.getByRole('button', { name: /^Approve/ }).click();
      await awaitCondition(
        async () => (await ben.api.getAccessRequest({ organization, id: asked.id })).state === 'approved',
        {
          what: 'the request is approved',
        },
      );
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
    const { token } = await ben.api.mintKubeCredential({ organization, name: 'demo' });
    const headers = { authorization: `Bearer ${token}` };
    expect((await ask(`${url}/k/default/demo/api/v1/pods`, { headers })).status).toBe(200);
  }, 90_000);
});
