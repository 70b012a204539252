import type { Logger } from '@sallyport/core';
import type { SignInMethod } from '@sallyport/core/api';
import { type Request, type Response, Router } from 'express';
import { LoginError } from '../errors.ts';
import { plainAddress } from '../node/peer-address.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { IdentityProviderRecord } from '../stores/records.ts';
import type { Broker } from './broker.ts';
import { type Html, html } from './html.ts';
import type { LoginFlow, LoginFlows } from './login-flows.ts';
import type { LoginSessions } from './login-sessions.ts';
import { sendLoginProblem, statusOfLoginError } from './login-status.ts';
import type { OidcProvider } from './oidc-provider-record.ts';
import { failurePage, STYLESHEET } from './page.ts';
import type { ProviderChoice, ProviderDirectory } from './provider-directory.ts';
import { type SignInMethods, signInPath } from './sign-in-methods.ts';

/** A way that a login under way may go on by, and where: what the sign-in page is told of it. */
export interface LoginWay extends SignInMethod {
  readonly href: string;
}

/** What {@link createLoginRoutes} needs. */
export interface LoginRoutesOptions {
  readonly publicUrl: string;
  readonly snapshots: SnapshotSource;
  readonly providers: ProviderDirectory;
  readonly flows: LoginFlows;
  readonly broker: Broker;
  readonly loginSessions: LoginSessions;
  readonly methods: Pick<SignInMethods, 'all' | 'hasPasskeys'>;
  readonly logger: Logger;
}

/** The page of the web UI where people choose how a login under way goes on. */
export function signInPagePath(flowId: string): string {
  return `/sign-in?${new URLSearchParams({ login: flowId })}`;
}

/** Whether a script of a page asks, rather than a person who goes there. */
export function wantsJson(request: Request): boolean {
  return request.accepts('html', 'json') === 'json';
}

/** The address that an identity provider sends people back to: to be registered there, one per provider. */
export function brokerCallbackUrl(publicUrl: string, organization: string, provider: string): string {
  return `${publicUrl}/login/callback/${organization}/${provider}`;
}

/**
 * What stands between a login and whoever can prove who somebody is, below `/login`. People choose on a page of the web UI, which
 * asks here what there is to choose. Ways to sign in are links, not forms, so that `form-action 'self'` can hold.
 */
export function createLoginRoutes(options: LoginRoutesOptions): Router {
  const { publicUrl, snapshots, providers, flows, broker, loginSessions, methods, logger } = options;
  const router = Router({ caseSensitive: true, strict: true });

  /** Every way to sign in that fits what the client wishes. */
  function waysOf({ id, wish }: LoginFlow): readonly LoginWay[] {
    const fitting = methods
      .all()
      .filter(
        ({ organization, name }) =>
          (wish.organization === undefined || organization === wish.organization) &&
          (wish.provider === undefined || name === wish.provider),
      );
    if (fitting.length > 0) return fitting.map((method) => ({ ...method, href: signInPath(method, id) }));
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
      const problem = {
        message: failure?.message ?? 'the server failed; its log has the reason',
        code: failure?.code ?? 'ERR_API_INTERNAL',
        nextStep: failure === undefined ? 'Start again from the command line.' : failure.nextStep,
      };
      const status = failure === undefined ? 500 : statusOfLoginError(failure);
      if (wantsJson(request)) return sendLoginProblem(response, status, problem);
      response.status(status).type('html');
      response.send(
        failurePage({ title: 'You are not signed in', ...problem, ...(await wayBack(id, request, response)) }),
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
      return {
        after: html`<a class="choice" href="${signInPagePath(id ?? '')}">Sign in another way</a>
<a class="choice" href="/login/${id}/abort">Give up and go back to ${clientName}</a>`,
      };
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
        const { clientName, isDevice } = flow;
        if (wantsJson(request)) {
          response.json({ clientName, isDevice, ways, hasPasskeys: methods.hasPasskeys });
          return;
        }
        const [only] = ways;
        // After the form of the device page a redirect to another site would break form-action; a link does not.
        if (ways.length === 1 && only !== undefined && only.kind !== 'local' && !isDevice) {
          return response.redirect(303, only.href);
        }
        response.redirect(303, signInPagePath(flow.id));
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
