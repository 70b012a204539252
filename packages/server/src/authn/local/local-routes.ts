import type { AuditPipeline } from '@sallyport/audit';
import type { Clock, Logger, OrganizationId, PrincipalId } from '@sallyport/core';
import express, { type Request, type Response, Router } from 'express';
import { LoginError } from '../../errors.ts';
import { plainAddress } from '../../node/peer-address.ts';
import type { SnapshotSource } from '../../snapshot.ts';
import type { Store } from '../../stores/contracts.ts';
import type { LoginFlow, LoginFlows } from '../login-flows.ts';
import { sendLoginProblem, statusOfLoginError } from '../login-status.ts';
import { failurePage } from '../page.ts';
import { linkPage, type PageProblem, readyPage, SCRIPT_PAGE_POLICY, setupPage } from './pages.ts';
import type { RelyingParty } from './passkeys.ts';
import { LINK_SCRIPT, PASSKEY_SCRIPT, readWebauthnScript } from './scripts.ts';
import type { LocalSetup } from './setup.ts';
import { type LocalProof, type LocalSignIn, localEvent } from './sign-in.ts';

/** What {@link createLocalRoutes} needs. */
export interface LocalRoutesOptions {
  readonly store: Pick<Store, 'transact'>;
  readonly snapshots: SnapshotSource;
  readonly flows: Pick<LoginFlows, 'find' | 'conclude'>;
  readonly signIn: LocalSignIn;
  readonly setup: LocalSetup;
  readonly relyingParty: RelyingParty | undefined;
  readonly audit: AuditPipeline;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Path that {@link createLocalRoutes} is mounted at. */
export const LOCAL_LOGIN_PATH = '/login/local';

/** Where what a local user types is sent, in a login under way. `…/change` and `…/passkey` are below it. */
export function localSignInPath(organization: string, flowId: string): string {
  return `${LOCAL_LOGIN_PATH}/in/${organization}/${flowId}`;
}

const MAX_FORM_BYTES = 8_192;
const MAX_ANSWER_BYTES = 65_536;
/** A person who has proved an old password has this long to choose a new one. */
const CHANGE_MS = 600_000;
const CHANGE = 'localChange';

/**
 * How local users sign in, as the sign-in page of the web UI asks for it, and the pages where they set that up. Forms and answers are taken from our own origin only (the check stands in front of all routes),
 * a login only in the browser that holds the cookie of its flow.
 */
export function createLocalRoutes(options: LocalRoutesOptions): Router {
  const { store, snapshots, flows, signIn, setup, audit, clock, logger } = options;
  const hasPasskeys = options.relyingParty !== undefined;
  const router = Router({ caseSensitive: true, strict: true });
  const form = express.urlencoded({ extended: false, limit: MAX_FORM_BYTES, parameterLimit: 8 });
  const json = express.json({ limit: MAX_ANSWER_BYTES });
  let webauthnScript: Promise<string> | undefined;

  const address = (request: Request) => plainAddress(request.socket.remoteAddress);

  function sendPage(response: Response, markup: string, status = 200): void {
    response.status(status).type('html').set('content-security-policy', SCRIPT_PAGE_POLICY).send(markup);
  }

  /** Runs a step. A failure becomes a page, which `again` draws where the person can try again. */
  function step(
    work: (request: Request, response: Response) => Promise<void>,
    again?: (request: Request, problem: PageProblem) => Promise<string | undefined>,
  ) {
    return async (request: Request, response: Response): Promise<void> => {
      try {
        await work(request, response);
      } catch (error) {
        const { status, problem } = await judge(error, request);
        // Drawing the page again may fail over what has ended meanwhile; then the plain failure is shown.
        const markup = await again?.(request, problem).catch(() => undefined);
        if (markup !== undefined) return sendPage(response, markup, status);
        response.status(status).type('html');
        response.send(failurePage({ title: 'That did not work', ...problem }));
      }
    };
  }

  /** Runs a step that a script of a page asks for. A failure becomes a problem document. */
  function scriptStep(work: (request: Request, response: Response) => Promise<object>) {
    return async (request: Request, response: Response): Promise<void> => {
      try {
        response.json(await work(request, response));
      } catch (error) {
        const { status, problem } = await judge(error, request);
        sendLoginProblem(response, status, problem);
      }
    };
  }

  async function judge(error: unknown, request: Request): Promise<{ status: number; problem: PageProblem }> {
    if (!(error instanceof LoginError)) {
      logger.error({ err: error }, 'a step of a local login failed');
      return {
        status: 500,
        problem: { message: 'the server failed; its log has the reason', code: 'ERR_API_INTERNAL' },
      };
    }
    const { code, message, nextStep } = error;
    if (code === 'ERR_LOGIN_LINK_REFUSED' || code === 'ERR_LOGIN_LOCAL_DISABLED') {
      await audit.record(
        localEvent(clock, 'login.failed', {
          sourceAddress: address(request),
          details: { code, method: 'local' },
        }),
        'required',
      );
    }
    return { status: statusOfLoginError(error), problem: { code, message, nextStep } };
  }

  function organizationOf(request: Request): { readonly id: OrganizationId; readonly name: string } {
    const name = request.params['organization'];
    for (const organization of snapshots.current().organizations.values()) {
      if (organization.name === name) return organization;
    }
    throw notFound('there is no such organization');
  }

  /** The flow of the path, which must be this browser's. */
  const flowOf = (request: Request, response: Response): Promise<LoginFlow> =>
    flows.find(String(request.params['flow']), request, response);

  /** Signs the person in; yields where the browser goes on. */
  async function finish(
    flow: LoginFlow,
    request: Request,
    response: Response,
    proof: Pick<LocalProof, 'principal' | 'amr'>,
  ): Promise<string> {
    const { organizationId, issuer, subjectClaim, userName, displayName, email, groups } = proof.principal;
    const userAgent = request.headers['user-agent'];
    return flows.conclude(flow, request, response, {
      organizationId,
      identity: { issuer, subjectClaim, userName, displayName, ...(email !== undefined && { email }), groups },
      authentication: { method: 'local', amr: proof.amr, authenticatedAt: new Date(clock.now()) },
      sourceAddress: address(request),
      ...(userAgent !== undefined && { userAgent }),
    });
  }

  const script = (path: string, read: () => Promise<string>) =>
    router.get(path, async (_request, response) => {
      response
        .set('cache-control', 'public, max-age=3600')
        .type('text/javascript')
        .send(await read());
    });
  script('/webauthn.js', () => (webauthnScript ??= readWebauthnScript()));
  script('/passkey.js', async () => PASSKEY_SCRIPT);
  script('/link.js', async () => LINK_SCRIPT);

  router.post(
    '/in/:organization/:flow',
    form,
    scriptStep(async (request, response) => {
      const flow = await flowOf(request, response);
      const proof = await signIn.byPassword({
        organizationId: organizationOf(request).id,
        sourceAddress: address(request),
        userName: field(request, 'userName'),
        password: field(request, 'password'),
        code: field(request, 'code'),
      });
      if (!proof.mustChangePassword) return { location: await finish(flow, request, response, proof) };
      const value = { principalId: proof.principal.id, amr: proof.amr };
      const expiresAt = new Date(clock.now() + CHANGE_MS);
      await store.transact(({ oneTime }) => oneTime.put(CHANGE, flow.id, value, expiresAt));
      return { mustChangePassword: true };
    }),
  );

  router.post(
    '/in/:organization/:flow/change',
    form,
    scriptStep(async (request, response) => {
      const flow = await flowOf(request, response);
      const value = await store.transact(({ oneTime }) => oneTime.find(CHANGE, flow.id));
      const principal = snapshots.current().principals.get(value?.['principalId'] as PrincipalId);
      if (value === undefined || principal?.organizationId !== organizationOf(request).id) {
        throw notFound('this login is over');
      }
      await signIn.changePassword(principal.id, field(request, 'password'), address(request));
      await store.transact(({ oneTime }) => oneTime.take(CHANGE, flow.id));
      const amr = value['amr'] as readonly string[];
      return { location: await finish(flow, request, response, { principal, amr }) };
    }),
  );

  router.post(
    '/in/:organization/:flow/passkey/options',
    json,
    scriptStep(async (request, response) => {
      const flow = await flowOf(request, response);
      const begun = await signIn.beginPasskey(flow.id, organizationOf(request).id);
      if (begun === undefined) throw notFound('there are no passkeys at a bare IP address');
      return begun.options;
    }),
  );

  router.post(
    '/in/:organization/:flow/passkey',
    json,
    scriptStep(async (request, response) => {
      const flow = await flowOf(request, response);
      const proof = await signIn.byPasskey({
        organizationId: organizationOf(request).id,
        sourceAddress: address(request),
        flowId: flow.id,
        answer: (request.body as { readonly answer?: unknown } | undefined)?.answer,
      });
      return { location: await finish(flow, request, response, proof) };
    }),
  );

  router.get('/link', (_request, response) => sendPage(response, linkPage()));
  router.post(
    '/link',
    form,
    step(async (request, response) => {
      sendPage(response, setupPage(await setup.open(field(request, 'token'), address(request)), hasPasskeys));
    }),
  );

  router.post(
    '/setup/password',
    form,
    step(
      async (request, response) => {
        const given = { password: field(request, 'password'), code: field(request, 'code') };
        sendPage(response, readyPage(await setup.withPassword(field(request, 'setup'), given)));
      },
      async (request, problem) => setupPage(await setup.find(field(request, 'setup')), hasPasskeys, problem),
    ),
  );
  router.post(
    '/setup/passkey/options',
    json,
    scriptStep(async (request) => (await setup.beginPasskey(field(request, 'setup'))).options),
  );
  router.post(
    '/setup/passkey',
    json,
    scriptStep(async (request) => {
      const { answer } = (request.body ?? {}) as { readonly answer?: unknown };
      await setup.withPasskey(field(request, 'setup'), { answer, displayName: deviceOf(request) });
      return { location: `${LOCAL_LOGIN_PATH}/ready` };
    }),
  );
  router.get('/ready', (_request, response) => sendPage(response, readyPage()));

  return router;
}

/** A text of a form or of a JSON body; anything else is empty. */
function field(request: Request, name: string): string {
  const value = ((request.body ?? {}) as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : '';
}

/** What a passkey is called until its person renames it: the system that it was made on. */
function deviceOf(request: Request): string {
  const agent = request.headers['user-agent'] ?? '';
  return /iPhone|iPad|Android|Windows|Macintosh|CrOS|Linux/.exec(agent)?.[0] ?? 'Passkey';
}

function notFound(message: string): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_NOT_FOUND',
    message,
    nextStep: 'Start again from the command line and finish the login in the window that it opens.',
  });
}
