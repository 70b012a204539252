import 'reflect-metadata';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Secret } from '@sallyport/core';
import { API_VERSION } from '@sallyport/core/api';
import { createServer, developmentConfig, type SallyportServer } from '@sallyport/server';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createSamlIdentityProvider,
  type SamlIdentityProvider,
} from '../../packages/server/src/authn/testing/saml-identity-provider.ts';
import { logIn } from '../stack/login.ts';
import { freePort, lacks, temporaryFolder } from '../support/index.ts';
import { beginLoginIn, listenOnLoopback } from './command-line.ts';
import { launchChromium } from './site.ts';

describe.skipIf(lacks('chromium'))('SAML in Chromium', () => {
  const folder = temporaryFolder();
  let server: SallyportServer;
  let browser: Browser;
  let idp: SamlIdentityProvider;
  let idpSite: Server;
  let loopback: Awaited<ReturnType<typeof listenOnLoopback>>;
  /** What came with the provider's post, as the server saw it. */
  const answers: string[] = [];

  beforeAll(async () => {
    const port = await freePort();
    server = await createServer({
      config: developmentConfig({
        stateDir: join(folder, 'server'),
        organization: 'acme',
        listen: { host: '127.0.0.1', port },
        publicUrl: `https://localhost:${port}`,
        bindings: [{ role: 'owner', identityProvider: 'development', group: 'admins' }],
        developmentUsers: [
          { email: 'admin@acme.test', name: 'Admin', password: new Secret('correct horse'), groups: ['admins'] },
        ],
      }),
    });
    const audience = `${server.publicUrl}/login/saml/acme/company/metadata`;
    // Another site than ours: the post of its page carries no cookie that is SameSite.
    idpSite = createHttpServer((request, response) => {
      const asked = idp.read(new URL(request.url ?? '/', 'http://idp'));
      const attributes = { mail: ['grace@example.com'], groups: ['dev'] };
      const answer = idp.answer({ ...asked, audience }, new Date(), { attributes });
      answers.push(answer);
      response.setHeader('content-type', 'text/html');
      // The strictest policy that a provider can have and still answer.
      response.setHeader('content-security-policy', `default-src 'none'; form-action ${new URL(asked.acsUrl).origin}`);
      response.end(
        `<form method="post" action="${asked.acsUrl}"><input type="hidden" name="SAMLResponse" value="${answer}"><input type="hidden" name="RelayState" value="${asked.relayState}"><button>I am Grace</button></form>`,
      );
    });
    await new Promise<void>((resolve) => idpSite.listen(0, '127.0.0.1', resolve));
    idp = await createSamlIdentityProvider(
      'idp.example.com',
      `http://127.0.0.1:${(idpSite.address() as AddressInfo).port}/sso`,
    );
    const admin = await logIn(server.publicUrl, server.caPem, 'admin@acme.test', 'correct horse');
    await admin.api.createIdentityProvider({
      organization: 'acme',
      body: {
        apiVersion: API_VERSION,
        kind: 'IdentityProvider',
        metadata: { name: 'company' },
        spec: {
          displayName: 'Company SSO',
          saml: { issuer: idp.issuer, entryPoint: idp.entryPoint, certificates: [idp.certificate] },
          claims: { userName: 'mail' },
        },
      },
    });
    browser = await launchChromium();
    loopback = await listenOnLoopback();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    loopback?.close();
    idpSite?.close();
    await server?.close();
  });

  it('leads over a provider on another site back to the command line', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    const finish = await beginLoginIn(page, server, loopback.redirectUri);
    await page.getByRole('link', { name: /Company SSO/ }).click();
    await page.getByRole('button', { name: 'I am Grace' }).click();
    expect((await finish()).principal).toMatchObject({
      issuer: idp.issuer,
      subjectClaim: 'person-1',
      userName: 'grace@example.com',
      groups: ['dev'],
    });
    expect(answers).toHaveLength(1);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
