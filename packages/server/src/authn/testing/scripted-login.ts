import { Secret } from '@sallyport/core';
import { createBrowser } from '@sallyport/core/testing';
import { beginLogin, type CommandLine, discover, finishLogin, REDIRECT_URI } from './command-line.ts';
import { type Installation, type InstallationOptions, startInstallation } from './installation.ts';
import { type ScriptedLogin, type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts';

/** What the client of {@link startScripted} is called at the provider. */
export const SCRIPTED_CLIENT_ID = 'sallyport-at-idp';

/** An installation whose one identity provider says what a test tells it to. */
export interface Scripted {
  readonly provider: ScriptedProvider;
  readonly installation: Installation;
  /** Signs in as the provider's script has it, with further parameters of the authorization request. */
  logIn(script?: ScriptedLogin, parameters?: Readonly<Record<string, string>>): Promise<CommandLine>;
  close(): Promise<void>;
}

/** Starts a scripted provider and an installation that trusts it. */
export async function startScripted(options: InstallationOptions = {}): Promise<Scripted> {
  const provider = await startScriptedProvider(SCRIPTED_CLIENT_ID);
  const installation = await startInstallation({
    ...options,
    identityProvider: {
      issuer: provider.issuer,
      clientId: SCRIPTED_CLIENT_ID,
      clientSecret: new Secret('a secret'),
      oauthScopes: ['openid'],
      userNameClaim: 'preferred_username',
    },
  });
  return {
    provider,
    installation,
    async logIn(script = {}, parameters = {}) {
      provider.script = script;
      const configuration = await discover(installation);
      const login = await beginLogin(configuration, installation.publicUrl);
      const url = new URL(login.authorizationUrl);
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      const browser = createBrowser({ fetch: installation.fetch, leaveAt: (at) => at.startsWith(REDIRECT_URI) });
      const page = await browser.open(url.href);
      if (page !== undefined) throw new Error(/ERR_\w+/.exec(page.body)?.[0] ?? `a page with status ${page.status}`);
      return finishLogin(installation, configuration, login, browser.location);
    },
    async close() {
      await installation.close();
      await provider.close();
    },
  };
}
