import type { Logger } from '@sallyport/core';
import express, { type Request, type Response, Router } from 'express';
import { LoginError } from '../../errors.ts';
import { plainAddress } from '../../node/peer-address.ts';
import type { SnapshotSource } from '../../snapshot.ts';
import { html } from '../html.ts';
import type { LoginFlows } from '../login-flows.ts';
import type { LoginSessions } from '../login-sessions.ts';
import { statusOfLoginError } from '../login-status.ts';
import { failurePage, page } from '../page.ts';
import type { ProviderDirectory } from '../provider-directory.ts';
import type { SamlLogins } from './saml-logins.ts';
import { SAML_LOGIN_PATH, type SamlProvider, samlEndpoints, toSamlProvider } from './saml-provider.ts';
import { createSamlMetadata } from './saml-request.ts';
import { MAX_SAML_RESPONSE_BYTES } from './saml-response.ts';

/** What {@link createSamlRoutes} needs. */
export interface SamlRoutesOptions {
  /** Origin of the server, without a trailing slash. */
  readonly publicUrl: string;
  readonly snapshots: SnapshotSource;
  readonly providers: Pick<ProviderDirectory, 'choice' | 'find'>;
  readonly logins: SamlLogins;
  readonly flows: Pick<LoginFlows, 'find' | 'conclude'>;
  readonly loginSessions: Pick<LoginSessions, 'recordFailure'>;
  readonly logger: Logger;
}

// Base64 and its encoding in a form, beside the relay state.
const MAX_FORM_BYTES = 2 * MAX_SAML_RESPONSE_BYTES;

/** The pages of logins at SAML providers, to be mounted at {@link SAML_LOGIN_PATH}. */
export function createSamlRoutes(options: SamlRoutesOptions): Router {
  const { publicUrl, providers, logins, flows, loginSessions, logger } = options;
  const router = Router({ caseSensitive: true, strict: true });

  function providerOf({ params }: Request): SamlProvider {
    const { record, organization } = providers.choice(params['organization'], params['provider']);
    const provider = toSamlProvider(record, samlEndpoints(publicUrl, organization, record.name));
    if (provider !== undefined) return provider;
    throw new LoginError({ code: 'ERR_LOGIN_NOT_FOUND', message: 'this provider does not speak SAML' });
  }

  /** Runs a step; a failure becomes a page, and an audit event when a provider is concerned. */
  function step(work: (request: Request, response: Response) => Promise<void>) {
    return async (request: Request, response: Response): Promise<void> => {
      try {
        await work(request, response);
      } catch (error) {
        const failure = error instanceof LoginError ? error : undefined;
        logger.warn({ err: error }, 'a login by SAML failed');
        const code = failure?.code ?? 'ERR_API_INTERNAL';
        const provider = recordOf(request);
        const sourceAddress = plainAddress(request.socket.remoteAddress);
        if (provider !== undefined) await loginSessions.recordFailure({ provider, code, sourceAddress });
        response.status(failure === undefined ? 500 : statusOfLoginError(failure)).type('html');
        response.send(
          failurePage({
            title: 'You are not signed in',
            message: failure?.message ?? 'the server failed; its log has the reason',
            code,
            nextStep: failure === undefined ? 'Start again from the command line.' : failure.nextStep,
          }),
        );
      }
    };
  }

  function recordOf({ params }: Request) {
    try {
      return providers.choice(params['organization'], params['provider']).record;
    } catch {
      // There is no such provider, or it is disabled: the page says which.
      return undefined;
    }
  }

  router.get(
    '/:organization/:provider/metadata',
    step(async (request, response) => {
      response.type('application/samlmetadata+xml').send(createSamlMetadata(providerOf(request)));
    }),
  );

  router.get(
    '/:organization/:provider/start/:flow',
    step(async (request, response) => {
      const flow = await flows.find(String(request.params['flow']), request, response);
      response.redirect(303, (await logins.begin(providerOf(request), flow)).href);
    }),
  );

  router.post(
    '/:organization/:provider/acs',
    express.urlencoded({ extended: false, limit: MAX_FORM_BYTES, parameterLimit: 8 }),
    step(async (request, response) => {
      const body = (request.body ?? {}) as Readonly<Record<string, unknown>>;
      const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '');
      const handle = await logins.receive(providerOf(request), {
        samlResponse: text('SAMLResponse'),
        relayState: text('RelayState'),
      });
      sendHome(response, `${request.baseUrl}${request.path.replace(/acs$/, 'continue')}?handle=${handle}`);
    }),
  );

  router.get(
    '/:organization/:provider/continue',
    step(async (request, response) => {
      const handle = request.query['handle'];
      const flowId = typeof handle === 'string' ? await logins.flowOf(handle) : undefined;
      // The flow must be this browser's, by its cookie: whoever brings an answer of their own into it stops here.
      const flow = await flows.find(flowId ?? '', request, response);
      const { providerId, identity, authentication } = await logins.take(String(handle));
      const record = providers.find(providerId);
      if (record === undefined || record.id !== providerOf(request).id) {
        throw new LoginError({ code: 'ERR_LOGIN_NOT_FOUND', message: 'there is no such identity provider' });
      }
      const userAgent = request.headers['user-agent'];
      const location = await flows.conclude(flow, request, response, {
        organizationId: record.organizationId,
        provider: { id: record.id, name: record.name, groupsSource: record.spec.groupsSource ?? 'claims' },
        identity,
        authentication,
        sourceAddress: plainAddress(request.socket.remoteAddress),
        ...(userAgent !== undefined && { userAgent }),
      });
      response.redirect(303, location);
    }),
  );

  return router;
}

/**
 * Leads the browser to an address of ours by a step of its own. Cookies that are `SameSite=Lax` or stricter stay behind when
 * another site posts, and a redirect would still belong to that site's navigation and its form policy.
 */
function sendHome(response: Response, location: string): void {
  response.set('refresh', `0;url=${location}`).type('html');
  response.send(
    page({
      title: 'Signing in',
      lead: html`If nothing happens, go on by hand.`,
      content: html`<a class="choice primary" href="${location}">Continue</a>`,
    }),
  );
}
