import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import { API_VERSION, registerCluster } from '@sallyport/core/api';
import { createServer, developmentConfig, type SallyportServer } from '@sallyport/server';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logIn, type Person } from '../stack/login.ts';
import { lacks, temporaryFolder } from '../support/index.ts';
import { buildPortal, hasParts } from './build-portal.ts';
import { launchChromium, openPage, screenshots, violationsOf } from './site.ts';

const ORGANIZATION = 'acme';
const PASSWORD = 'correct horse';
const PEOPLE = ['admin', 'dev', 'lead', 'stranger'] as const;
type Name = (typeof PEOPLE)[number];

describe.skipIf(lacks('chromium'))('asking for access and approving it, in Chromium', () => {
  let server: SallyportServer;
  let browser: Browser;
  let portal: Awaited<ReturnType<typeof buildPortal>> | undefined;

  const person = (name: Name): Promise<Person> => logIn(server.publicUrl, server.caPem, `${name}@acme.test`, PASSWORD);

  beforeAll(async () => {
    server = await createServer({
      config: developmentConfig({
        stateDir: join(temporaryFolder(), 'server'),
        organization: ORGANIZATION,
        bindings: [{ role: 'admin', identityProvider: 'development', group: 'admins' }],
        developmentUsers: PEOPLE.map((name) => ({
          email: `${name}@acme.test`,
          name,
          password: new Secret(PASSWORD),
          groups: [`${name}s`],
        })),
      }),
    });
    const { api } = await person('admin');
    await registerCluster(api, ORGANIZATION, { name: 'demo' });
    const group = (name: Name) => ({ kind: 'Group', name: `${name}s`, identityProvider: 'development' }) as const;
    await api.createRequestPolicy({
      organization: ORGANIZATION,
      body: {
        apiVersion: API_VERSION,
        kind: 'RequestPolicy',
        metadata: { name: 'developers' },
        spec: {
          requesters: [group('dev')],
          roles: ['developer'],
          scope: { kind: 'clusters', clusters: ['demo'] },
          maxDuration: '8h',
          steps: [{ reviewers: [group('lead')] }],
        },
      },
    });
    if (hasParts) portal = await buildPortal({ baseUrl: '', organization: ORGANIZATION });
    browser = await launchChromium();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Opens an address as somebody whose browser has not been here, and signs in on the way. */
  async function openAs(name: Name, path: string) {
    const opened = await openPage(browser, `${server.publicUrl}${path}`, { width: 1280, colorScheme: 'light' });
    const { page } = opened;
    await page.getByRole('main').getByRole('link', { name: 'Development provider' }).click();
    await signIn(page, name);
    await page.waitForURL(`${server.publicUrl}${path}`);
    // Nobody being signed in at first is what the page came to know by 401.
    const complaints = () => opened.complaints.filter((text) => !text.includes('401'));
    return { page, complaints };
  }

  async function signIn(page: Page, name: Name): Promise<void> {
    await page.getByLabel(/mail/i).fill(`${name}@acme.test`);
    await page.getByLabel(/password/i).fill(PASSWORD);
    await page.getByRole('button').first().click();
  }

  it('lead from the link of a denial to a grant, by two people', async () => {
    const link = '/access/new?cluster=demo&namespace=shop&role=developer';
    const dev = await openAs('dev', link);
    await dev.page.getByLabel('Why?').fill('The queue of the shop is behind');
    await dev.page.getByRole('button', { name: 'Request developer for 1 h' }).click();
    await dev.page.getByText('Waiting: 0 of 1 approval').waitFor();
    expect(await dev.page.getByRole('button', { name: /Approve|Deny/ }).count()).toBe(0);
    const path = new URL(dev.page.url()).pathname;

    const lead = await openAs('lead', path);
    await lead.page
      .getByRole('heading', { name: /dev@acme.test needs developer on demo in shop for 1 hour/ })
      .waitFor();
    await lead.page.getByRole('button', { name: '30 min' }).click();
    await lead.page.getByLabel('Reason').fill('Enough to look');
    await lead.page.getByRole('button', { name: 'Approve 30 min' }).click();
    await lead.page
      .getByRole('status')
      .getByText(/Open until/)
      .waitFor();
    await lead.page.screenshot({ path: join(screenshots, 'flow-approved.png'), fullPage: true });

    await dev.page
      .getByRole('status')
      .getByText(/Open until/)
      .waitFor({ timeout: 30_000 });
    await dev.page.getByText('Enough to look').waitFor();
    const grants = (await (await person('dev')).api.whoAmI()).grants;
    expect(grants).toMatchObject([{ role: 'developer' }]);
    for (const { page, complaints } of [dev, lead]) {
      expect(await violationsOf(page)).toEqual([]);
      expect(complaints()).toEqual([]);
      await page.context().close();
    }
  }, 120_000);

  it('show nothing of a request to whom it does not concern, and nothing to ask for to whom none is', async () => {
    const { api } = await person('dev');
    const { id } = await api.createAccessRequest({
      organization: ORGANIZATION,
      body: {
        role: 'developer',
        scope: { kind: 'clusters', clusters: ['demo'] },
        duration: '1h',
        reason: 'A second one',
      },
    });
    const { page } = await openAs('stranger', `/access/requests/${id}`);
    await page.getByRole('alert').getByText('ERR_API_NOT_FOUND').waitFor();
    expect(await page.textContent('body')).not.toContain('A second one');
    await page.goto(`${server.publicUrl}/access/new?cluster=demo&role=developer`);
    await page.getByRole('heading', { name: 'Nothing can be asked for there' }).waitFor();
    await page.getByRole('button', { name: /account$/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL((url) => url.pathname === '/' || url.pathname.includes('logout'));
    await page.goto(`${server.publicUrl}/access/requests/${id}`);
    await page.getByRole('main').getByRole('link', { name: 'Development provider' }).waitFor();
    await page.context().close();
  }, 120_000);

  it.skipIf(!hasParts)(
    'go on in a portal of the same origin, made of React parts',
    async () => {
      const { api } = await person('dev');
      const scope = { kind: 'clusters' as const, clusters: ['demo'], namespaces: { names: ['shop'] } };
      const reason = 'The portal is new';
      const { id } = await api.createAccessRequest({
        organization: ORGANIZATION,
        body: { role: 'developer', scope, duration: '1h', reason },
      });
      const { page } = await openPage(browser, `${server.publicUrl}/session/login?returnTo=/access/inbox`, {
        width: 1280,
        colorScheme: 'light',
      });
      await signIn(page, 'lead');
      await page.waitForURL(`${server.publicUrl}/access/inbox`);
      // What the proxy in front of portal and server does.
      await page.route(`${server.publicUrl}/portal/**`, (route) => {
        const file = portal?.(new URL(route.request().url()).pathname.slice('/portal'.length));
        return route.fulfill(file ?? { status: 404 });
      });
      await page.goto(`${server.publicUrl}/portal/#/approvals`);
      await page.locator(`a[href$="${id}"]`).click();
      await page.getByRole('button', { name: 'Approve 1 h' }).click();
      await page.getByText(/^The request of dev@acme.test is (approved|active)$/).waitFor();
      expect(await api.getAccessRequest({ organization: ORGANIZATION, id })).toMatchObject({
        reviews: [{ reviewer: 'lead@acme.test', verdict: 'approve' }],
      });
      await page.context().close();
    },
    60_000,
  );
});
