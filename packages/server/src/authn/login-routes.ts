import type { Logger } from '@sallyport/core';
import { type Request, type Response, Router } from 'express';
import { LoginError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { IdentityProvider, Store } from '../stores/contracts.ts';
import type { Broker } from './broker.ts';
import { type Html, html } from './html.ts';
import type { LoginSessions } from './login-sessions.ts';
import { statusOfLoginError } from './login-status.ts';
import type { OauthServer } from './oauth-server.ts';
import { failurePage, page, STYLESHEET } from './page.ts';

/** What {@link createLoginRoutes} needs. */
export interface LoginRoutesOptions {
  readonly publicUrl: string;
  readonly store: Pick<Store, 'identityProviders'>;
  readonly snapshots: SnapshotSource;
  readonly oauth: OauthServer;
  readonly broker: Broker;
  readonly loginSessions: LoginSessions;
  /** Ways to sign in beside OpenID Connect: local users, SAML. Default none. */
  readonly otherWays?: (interactionId: string) => readonly LoginWay[];
  readonly logger: Logger;
}

/** A way to sign in, as a link on the page that lets people choose. */
export interface LoginWay {
  readonly href: string;
  readonly text: string;
  /** Name of the organization that it leads into. */
  readonly organization: string;
}

/** The address that an identity provider sends people back to: to be registered there, one per provider. */
export function brokerCallbackUrl(publicUrl: string, organization: string, provider: string): string {
  return `${publicUrl}/login/callback/${organization}/${provider}`;
}

interface ProviderChoice {
  readonly provider: IdentityProvider;
  readonly organization: string;
}

/**
 * The pages between the OAuth server and the identity providers, below `/login`. Providers are reached by links, not by
 * forms, so that `form-action 'self'` can hold.
 */
export function createLoginRoutes(options: LoginRoutesOptions): Router {
  const { publicUrl, oauth, broker, loginSessions, logger } = options;
  const router = Router({ caseSensitive: true, strict: true });

  async function choices(): Promise<readonly ProviderChoice[]> {
    const { organizations } = options.snapshots.current();
    const found = (await options.store.identityProviders()).flatMap((provider): ProviderChoice[] => {
      const organization = organizations.get(provider.organizationId);
      return organization === undefined ? [] : [{ provider, organization: organization.name }];
    });
    return found;
  }

  /** Every way to sign in, providers of OpenID Connect first. */
  async function ways(interactionId: string): Promise<readonly LoginWay[]> {
    const found = (await choices()).map(({ provider, organization }) => ({
      href: `/login/${interactionId}/with/${organization}/${provider.name}`,
      text: provider.displayName,
      organization,
    }));
    const all = [...found, ...(options.otherWays?.(interactionId) ?? [])];
    if (all.length > 0) return all;
    throw new LoginError({
      code: 'ERR_LOGIN_NO_PROVIDER',
      message: 'no identity provider is configured',
      nextStep: 'Ask an administrator to configure an identity provider, or start the server in development mode.',
    });
  }

  async function choice(organization: unknown, name: unknown): Promise<ProviderChoice> {
    const found = (await choices()).find((each) => each.organization === organization && each.provider.name === name);
    if (found !== undefined) return found;
    throw new LoginError({ code: 'ERR_LOGIN_NOT_FOUND', message: 'there is no such identity provider' });
  }

  async function begin({ provider, organization }: ProviderChoice, interactionId: string, response: Response) {
    const url = await broker.begin(provider, brokerCallbackUrl(publicUrl, organization, provider.name), interactionId);
    response.redirect(303, url.href);
  }

  /** Runs a step; a failure becomes a page, and an audit event when a provider was involved. */
  async function step(request: Request, response: Response, work: () => Promise<void>): Promise<void> {
    let provider: IdentityProvider | undefined;
    try {
      if (typeof request.params['provider'] === 'string') {
        ({ provider } = await choice(request.params['organization'], request.params['provider']));
      }
      await work();
    } catch (error) {
      const failure = error instanceof LoginError ? error : undefined;
      logger.warn({ err: error }, 'a login failed');
      if (provider !== undefined) {
        const sourceAddress = plainAddress(request.socket.remoteAddress);
        await loginSessions.recordFailure({ provider, code: failure?.code ?? 'ERR_API_INTERNAL', sourceAddress });
      }
      response.status(failure === undefined ? 500 : statusOfLoginError(failure)).type('html');
      response.send(
        failurePage({
          title: 'You are not signed in',
          message: failure?.message ?? 'the server failed; its log has the reason',
          code: failure?.code ?? 'ERR_API_INTERNAL',
          nextStep: failure === undefined ? 'Start again from the command line.' : failure.nextStep,
          ...(await wayBack(request, response)),
        }),
      );
    }
  }

  router.get('/style.css', (_request, response) => {
    response.set('cache-control', 'public, max-age=3600').type('css').send(STYLESHEET);
  });

  router.get('/callback/:organization/:provider', (request, response) =>
    step(request, response, async () => {
      const { provider } = await choice(request.params['organization'], request.params['provider']);
      const interaction = await oauth.interaction(request, response);
      const identity = await broker.complete(provider, new URL(request.originalUrl, publicUrl), interaction.id);
      const sourceAddress = plainAddress(request.socket.remoteAddress);
      const session = await loginSessions.begin({
        organizationId: provider.organizationId,
        provider,
        identity,
        authentication: { method: 'oidc' },
        client: 'cli',
        sourceAddress,
      });
      await oauth.finish(request, response, session);
    }),
  );

  router.get('/:interaction', (request, response) =>
    step(request, response, async () => {
      const interaction = await ownInteraction(request, response);
      const all = await ways(interaction.id);
      const [only] = all;
      // After the form of the device page a redirect to another site would break form-action; a link does not.
      if (all.length === 1 && only !== undefined && !interaction.isDevice) return response.redirect(303, only.href);
      response.type('html').send(
        page({
          title: 'Sign in',
          lead: html`You’ll come back to ${interaction.clientName} afterwards.`,
          content: html`${all.map(
            ({ href, text, organization }, index) =>
              html`<a class="choice${index === 0 ? ' primary' : ''}" href="${href}">${text}<small>${organization}</small></a>\n`,
          )}`,
        }),
      );
    }),
  );

  router.get('/:interaction/with/:organization/:provider', (request, response) =>
    step(request, response, async () => {
      const interaction = await ownInteraction(request, response);
      await begin(await choice(request.params['organization'], request.params['provider']), interaction.id, response);
    }),
  );

  router.get('/:interaction/abort', (request, response) =>
    step(request, response, async () => {
      await ownInteraction(request, response);
      await oauth.abort(request, response);
    }),
  );

  /** A link by which the waiting client learns that the login failed, while there is one to tell. */
  async function wayBack(request: Request, response: Response): Promise<{ readonly after?: Html }> {
    try {
      const { id, clientName } = await oauth.interaction(request, response);
      return { after: html`<a class="choice" href="/login/${id}/abort">Give up and go back to ${clientName}</a>` };
    } catch {
      // There is no login under way in this browser, so nobody waits.
      return {};
    }
  }

  /** The interaction of the path must be the one of the cookie: a link that somebody else made leads nowhere. */
  async function ownInteraction(request: Request, response: Response) {
    const interaction = await oauth.interaction(request, response);
    if (interaction.id === request.params['interaction']) return interaction;
    throw new LoginError({
      code: 'ERR_LOGIN_NOT_FOUND',
      message: 'this login was not begun in this browser, or a later one took its place',
      nextStep: 'Start again from the command line and finish the login in the window that it opens.',
    });
  }

  return router;
}
