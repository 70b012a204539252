import type { Clock, Logger } from '@sallyport/core';
import { KUBE_PASSAGE } from '@sallyport/core/api';
import { type Request, Router } from 'express';
import type { AccessProxy } from '../access-proxy.ts';
import { sendProblem, toApiError } from '../api/problem.ts';
import type { LiveLogin, LoginSessions } from '../authn/login-sessions.ts';
import type { SocketGate } from '../authn/socket-gate.ts';
import { findWebLogin, readCookie, SESSION_COOKIE } from '../authn/web-session.ts';
import { assertOwnPage } from '../authn/web-session-routes.ts';
import { ApiError } from '../errors.ts';
import { http1ProxyRequest, http1Sink } from '../node/http1-sink.ts';
import type { ApplicationUpgrade } from '../node/mount.ts';
import type { SnapshotSource } from '../snapshot.ts';
import { assertBodyForm, authenticatedAt, pageHeaders, readPageTarget } from './page-request.ts';
import { createPageSink } from './page-sink.ts';

/** What {@link createKubePath} needs. */
export interface KubePathOptions {
  readonly publicUrl: string;
  readonly proxy: Pick<AccessProxy, 'handleInternal'>;
  readonly loginSessions: Pick<LoginSessions, 'find' | 'settle' | 'use'>;
  readonly snapshots: Pick<SnapshotSource, 'current'>;
  readonly clock: Clock;
}

/**
 * Makes the routes by which pages of the web UI reach the Kubernetes API of clusters, below `/api/v1`: under the cookie of
 * their browser alone, from our own pages alone, and through every stage of the access proxy, in process.
 */
export function createKubePath(options: KubePathOptions): Router {
  const { publicUrl, proxy, loginSessions, snapshots, clock } = options;
  const router = Router({ caseSensitive: true, strict: true });
  for (const method of KUBE_PASSAGE.methods) {
    router[method](ROUTE, async (request, response) => {
      const login = await assertPage(request);
      if (hasBody(request)) assertBodyForm(request.headers['content-type']);
      const { clusterId, target } = readPageTarget(request.originalUrl) ?? { clusterId: '', target: '/' };
      const who = authenticatedAt(login, clusterId, snapshots.current(), new Date(clock.now()));
      const asked = http1ProxyRequest(request);
      await proxy.handleInternal(
        who,
        { ...asked, headers: pageHeaders(asked.headers), target, channel: 'web' },
        createPageSink(http1Sink(response)),
      );
    });
  }
  router.all(ROUTE, (request) => {
    const allow = KUBE_PASSAGE.methods.map((method) => method.toUpperCase());
    throw new ApiError({
      code: 'ERR_API_METHOD_NOT_ALLOWED',
      message: `${request.method} is not possible here; allowed: ${allow.join(', ')}`,
      allow,
    });
  });

  /** Whose page sends the request. @throws ApiError `ERR_API_UNAUTHENTICATED`, `ERR_API_CROSS_SITE` */
  async function assertPage(request: Request): Promise<LiveLogin> {
    const isByCookie = request.headers.authorization === undefined;
    const cookie = isByCookie ? readCookie(request.headersDistinct['cookie'] ?? [], SESSION_COOKIE) : undefined;
    const found = await findWebLogin(cookie, loginSessions);
    if (found === undefined) {
      throw new ApiError({
        code: 'ERR_API_UNAUTHENTICATED',
        message: 'only pages of the web UI are served here, by the session of their browser',
        nextStep: 'Elsewhere, use kubectl: `sallyport kube login` writes a kubeconfig for it.',
      });
    }
    assertOwnPage(request, request.method, publicUrl, found.secret);
    // A page fetches; whatever shows, frames or loads the answer of a cluster is none.
    const destination = request.headers['sec-fetch-dest'];
    if (destination !== undefined && destination !== 'empty') {
      throw new ApiError({
        code: 'ERR_API_CROSS_SITE',
        message: 'the request is refused: answers of clusters are fetched by pages, and never shown as one',
      });
    }
    loginSessions.use(found.login.loginSession.id);
    return found.login;
  }

  return router;
}

const ROUTE = `${KUBE_PASSAGE.path.replace('{id}', ':id')}/*path`;

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** What {@link createKubeSockets} needs. */
export interface KubeSocketsOptions extends Pick<KubePathOptions, 'proxy' | 'snapshots' | 'clock'> {
  readonly gate: SocketGate;
  readonly logger: Logger;
}

/** Takes the WebSockets of the kube path: each opens by a ticket, and then goes the way of any request there. */
export function createKubeSockets({ proxy, snapshots, clock, gate, logger }: KubeSocketsOptions): ApplicationUpgrade {
  return (request, response, takeOver) => {
    if (readPageTarget(request.url ?? '') === undefined) return false;
    const open = async () => {
      const { login, target: address } = await gate.admit(request);
      const { clusterId, target } = readPageTarget(address) ?? { clusterId: '', target: '/' };
      const who = authenticatedAt(login, clusterId, snapshots.current(), new Date(clock.now()));
      const { body: _, ...asked } = http1ProxyRequest(request);
      const headers = pageHeaders(asked.headers);
      const sink = createPageSink(http1Sink(response));
      await proxy.handleInternal(who, { ...asked, headers, target, channel: 'web' }, sink, takeOver);
    };
    open().catch((error: unknown) => {
      const failure = toApiError(error);
      if (failure.code === 'ERR_API_INTERNAL') logger.error({ err: error }, 'a WebSocket of the kube path failed');
      if (!response.headersSent) sendProblem(response, failure);
    });
    return true;
  };
}
