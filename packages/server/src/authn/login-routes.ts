import type { Logger } from '@sallyport/core';
import { type Request, type Response, Router } from 'express';
import { LoginError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { IdentityProviderRecord } from '../stores/records.ts';
import type { Broker } from './broker.ts';
import { type Html, html } from './html.ts';
import type { LoginFlow, LoginFlows } from './login-flows.ts';
import type { LoginSessions } from './login-sessions.ts';
import { statusOfLoginError } from './login-status.ts';
import type { OidcProvider } from './oidc-provider-record.ts';
import { failurePage, page, STYLESHEET } from './page.ts';
import { displayNameOf, type ProviderChoice, type ProviderDirectory } from './provider-directory.ts';

/** A way to sign in, as a link on the page that lets people choose. */
export interface LoginWay {
  readonly href: string;
  readonly text: string;
  /** Name of the organization that it leads into. */
  readonly organization: string;
  /** Name of the identity provider; absent for local users. */
  readonly provider?: string;
}

/** What {@link createLoginRoutes} needs. */
export interface LoginRoutesOptions {
  readonly publicUrl: string;
  readonly snapshots: SnapshotSource;
  readonly providers: ProviderDirectory;
  readonly flows: LoginFlows;
  readonly broker: Broker;
  readonly loginSessions: LoginSessions;
  /** Ways to sign in beside OpenID Connect: local users, SAML. Default none. */
  readonly otherWays?: (flowId: string) => readonly LoginWay[];
  readonly logger: Logger;
}

/** The address that an identity provider sends people back to: to be registered there, one per provider. */
export function brokerCallbackUrl(publicUrl: string, organization: string, provider: string): string {
  return `${publicUrl}/login/callback/${organization}/${provider}`;
}

/**
 * The pages between a login and whoever can prove who somebody is, below `/login`. Ways to sign in are links, not forms, so
 * that `form-action 'self'` can hold.
 */
export function createLoginRoutes(options: LoginRoutesOptions): Router {
  const { publicUrl, snapshots, providers, flows, broker, loginSessions, otherWays, logger } = options;
  const router = Router({ caseSensitive: true, strict: true });

  /** Every way to sign in that fits what the client wishes, providers of OpenID Connect first. */
  function waysOf({ id, wish }: LoginFlow): readonly LoginWay[] {
    const found = providers.choices().map(({ record, organization }) => ({
      href: `/login/${id}/with/${organization}/${record.name}`,
      text: displayNameOf(record),
      organization,
      provider: record.name,
    }));
    const fitting = [...found, ...(otherWays?.(id) ?? [])].filter(
      ({ organization, provider }) =>
        (wish.organization === undefined || organization === wish.organization) &&
        (wish.provider === undefined || provider === wish.provider),
    );
    if (fitting.length > 0) return fitting;
    const isNarrowed = wish.organization !== undefined || wish.provider !== undefined;
    throw new LoginError({
      code: 'ERR_LOGIN_NO_PROVIDER',
      message: isNarrowed ? 'there is no such way to sign in' : 'no identity provider is configured',
      nextStep: isNarrowed
        ? 'Check the names, or leave --organization and --provider out and choose on the page.'
        : 'Ask an administrator to configure an identity provider, or start the server in development mode.',
    });
  }

  async function begin(flow: LoginFlow, organization: unknown, name: unknown, response: Response): Promise<void> {
    const choice = providers.choice(organization, name);
    const url = await broker.begin(await oidcOf(choice), {
      callbackUrl: brokerCallbackUrl(publicUrl, choice.organization, choice.record.name),
      binding: flow.id,
      ...(flow.wish.demand !== undefined && { demand: flow.wish.demand }),
    });
    response.redirect(303, url.href);
  }

  async function oidcOf({ record }: ProviderChoice): Promise<OidcProvider> {
    const provider = await providers.oidc(record);
    if (provider !== undefined) return provider;
    throw new LoginError({ code: 'ERR_LOGIN_NOT_FOUND', message: 'this provider does not speak OpenID Connect' });
  }

  /** Runs a step; a failure becomes a page, and an audit event when a provider was involved. */
  async function step(
    request: Request,
    response: Response,
    flowId: () => Promise<string | undefined> | string | undefined,
    work: (flow: LoginFlow) => Promise<void>,
  ): Promise<void> {
    let id: string | undefined;
    try {
      id = await flowId();
      await work(await flows.find(id ?? '', request, response));
    } catch (error) {
      const failure = error instanceof LoginError ? error : undefined;
      logger.warn({ err: error }, 'a login failed');
      const provider = providerOf(request);
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
          ...(await wayBack(id, request, response)),
        }),
      );
    }
  }

  /** The provider that a path names, disabled ones too. */
  function providerOf({ params }: Request): IdentityProviderRecord | undefined {
    const { organizations, identityProviders } = snapshots.current();
    return [...identityProviders.values()].find(
      ({ name, organizationId }) =>
        name === params['provider'] && organizations.get(organizationId)?.name === params['organization'],
    );
  }

  /** A link by which the waiting client learns that the login failed, while there is one to tell. */
  async function wayBack(
    id: string | undefined,
    request: Request,
    response: Response,
  ): Promise<{ readonly after?: Html }> {
    try {
      const { clientName } = await flows.find(id ?? '', request, response);
      return { after: html`<a class="choice" href="/login/${id}/abort">Give up and go back to ${clientName}</a>` };
    } catch {
      // There is no login under way in this browser, so nobody waits.
      return {};
    }
  }

  const inPath = (request: Request) => String(request.params['interaction']);

  router.get('/style.css', (_request, response) => {
    response.set('cache-control', 'public, max-age=3600').type('css').send(STYLESHEET);
  });

  router.get('/callback/:organization/:provider', (request, response) => {
    const answer = new URL(request.originalUrl, publicUrl);
    return step(
      request,
      response,
      () => broker.bindingOf(answer),
      async (flow) => {
        const { organization, provider: name } = request.params;
        const provider = await oidcOf(providers.choice(organization, name));
        const { identity, authentication, tokens, providerSessionId } = await broker.complete(
          provider,
          answer,
          flow.id,
        );
        const userAgent = request.headers['user-agent'];
        const location = await flows.conclude(flow, request, response, {
          organizationId: provider.organizationId,
          provider,
          identity,
          authentication,
          tokens,
          ...(providerSessionId !== undefined && { providerSessionId }),
          sourceAddress: plainAddress(request.socket.remoteAddress),
          ...(userAgent !== undefined && { userAgent }),
        });
        response.redirect(303, location);
      },
    );
  });

  router.get('/:interaction', (request, response) =>
    step(
      request,
      response,
      () => inPath(request),
      async (flow) => {
        const ways = waysOf(flow);
        const [only] = ways;
        // After the form of the device page a redirect to another site would break form-action; a link does not.
        if (ways.length === 1 && only !== undefined && !flow.isDevice) return response.redirect(303, only.href);
        response.type('html').send(
          page({
            title: 'Sign in',
            lead: html`You’ll come back to ${flow.clientName} afterwards.`,
            content: html`${ways.map(
              ({ href, text, organization }, index) =>
                html`<a class="choice${index === 0 ? ' primary' : ''}" href="${href}">${text}<small>${organization}</small></a>\n`,
            )}`,
          }),
        );
      },
    ),
  );

  router.get('/:interaction/with/:organization/:provider', (request, response) =>
    step(
      request,
      response,
      () => inPath(request),
      (flow) => begin(flow, request.params['organization'], request.params['provider'], response),
    ),
  );

  router.get('/:interaction/abort', (request, response) =>
    step(
      request,
      response,
      () => inPath(request),
      (flow) => flows.abort(flow, request, response),
    ),
  );

  return router;
}
