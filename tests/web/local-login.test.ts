import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import { API_VERSION } from '@sallyport/core/api';
import { createServer, developmentConfig, type SallyportServer } from '@sallyport/server';
import { TOTP } from 'otpauth';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logIn, type Person } from '../stack/login.ts';
import { freePort, lacks, temporaryFolder } from '../support/index.ts';
import { beginLoginIn, listenOnLoopback } from './command-line.ts';
import { launchChromium } from './site.ts';

const ORGANIZATION = 'acme';
const PASSWORD = 'seven small boats';

describe.skipIf(lacks('chromium'))('local users in Chromium', () => {
  const folder = temporaryFolder();
  let server: SallyportServer;
  let admin: Person;
  let browser: Browser;
  let loopback: Awaited<ReturnType<typeof listenOnLoopback>>;

  beforeAll(async () => {
    // Passkeys belong to a name: browsers have none at a bare address.
    const port = await freePort();
    server = await createServer({
      config: developmentConfig({
        stateDir: join(folder, 'server'),
        organization: ORGANIZATION,
        listen: { host: '127.0.0.1', port },
        publicUrl: `https://localhost:${port}`,
        bindings: [{ role: 'admin', identityProvider: 'development', group: 'admins' }],
        developmentUsers: [
          { email: 'admin@acme.test', name: 'Admin', password: new Secret('correct horse'), groups: ['admins'] },
        ],
      }),
    });
    admin = await logIn(server.publicUrl, server.caPem, 'admin@acme.test', 'correct horse');
    browser = await launchChromium();
    loopback = await listenOnLoopback();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    loopback?.close();
    await server?.close();
  });

  async function invite(name: string): Promise<string> {
    const body = { apiVersion: API_VERSION, kind: 'User', metadata: { name }, spec: {} } as const;
    await admin.api.createUser({ organization: ORGANIZATION, body });
    return (await admin.api.inviteUser({ organization: ORGANIZATION, name })).link;
  }

  /** A browser of its own, with what it complains about and every address that it asked for. */
  async function openContext() {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    context.setDefaultTimeout(15_000);
    const complaints: string[] = [];
    const asked: string[] = [];
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    context.on('weberror', ({ error }) => complaints.push(error().message));
    context.on('request', (request) => asked.push(request.url()));
    return { context, complaints, asked };
  }

  /** A device that unlocks by itself, as a person with a finger would. */
  async function addAuthenticator(page: Page): Promise<void> {
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable');
    await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
  }

  const beginLogin = (page: Page) => beginLoginIn(page, server, loopback.redirectUri);

  const close = (context: BrowserContext) => context.close();

  it('SEC-H05 set a passkey up from a link and sign in with it, within the policy of the pages', async () => {
    const link = await invite('lin@example.com');
    const { context, complaints, asked } = await openContext();
    const page = await context.newPage();
    await addAuthenticator(page);
    await page.goto(link);
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    expect(page.url()).not.toContain('#');
    await page.getByRole('button', { name: 'Create a passkey' }).click();
    await page.getByRole('heading', { name: 'All set' }).waitFor();

    const finish = await beginLogin(page);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    expect((await finish()).principal).toMatchObject({ userName: 'lin@example.com', issuer: 'sallyport:local' });

    const token = new URL(link).hash.slice(1);
    expect(asked.filter((url) => url.includes(token))).toEqual([]);
    expect(complaints).toEqual([]);
    await close(context);
  });

  it('set a password and a code app up from a link and sign in with them', async () => {
    const link = await invite('mo@example.com');
    const { context, complaints } = await openContext();
    const page = await context.newPage();
    await page.goto(link);
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    const address = await page.getByRole('link', { name: 'this link' }).getAttribute('href');
    const totp = new TOTP({ secret: new URL(address ?? '').searchParams.get('secret') ?? '' });
    await page.getByLabel(/New password/).fill(PASSWORD);
    await page.getByLabel('Code that the app shows').fill(totp.generate({ timestamp: Date.now() - 30_000 }));
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
    expect(await page.getByRole('listitem').count()).toBe(10);

    const finish = await beginLogin(page);
    await page.getByLabel('User name').fill('mo@example.com');
    await page.getByLabel('Password').fill('not the password');
    await page.getByLabel('Code').fill(totp.generate());
    await page.getByRole('button', { name: 'Sign in with a password' }).click();
    await page.getByRole('alert').getByText('ERR_LOGIN_LOCAL_REFUSED').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByLabel('Code').fill(totp.generate());
    await page.getByRole('button', { name: 'Sign in with a password' }).click();
    // The page leads on to the command line by itself: no redirect after a form may leave the origin.
    expect((await finish()).principal).toMatchObject({ userName: 'mo@example.com' });
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    await close(context);
  });

  it('tell somebody whose device has no passkey here, and let them try again', async () => {
    const { context } = await openContext();
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('WebAuthn.enable');
    await beginLogin(page);
    const button = page.getByRole('button', { name: 'Sign in with a passkey' });
    await addAuthenticator(page);
    await button.click();
    await page.getByRole('alert').getByText('No passkey was used.').waitFor();
    expect(await button.isEnabled()).toBe(true);
    await close(context);
  });
});
