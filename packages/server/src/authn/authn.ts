import type { AuditPipeline } from '@sallyport/audit';
import type { Clock, Logger } from '@sallyport/core';
import type { Express } from 'express';
import type { SnapshotSource } from '../snapshot.ts';
import type { Store } from '../stores/contracts.ts';
import { createAccessTokenVerifier } from './access-token.ts';
import { createBackchannelLogout } from './backchannel-logout.ts';
import { createBroker } from './broker.ts';
import { LOCAL_LOGIN_PATH } from './local/local-routes.ts';
import { createLocalUsers, type LocalUsers } from './local/local-users.ts';
import type { LockOutLimits } from './local/lock-out.ts';
import { createLoginFlows, type LoginFlows } from './login-flows.ts';
import { createLoginRoutes } from './login-routes.ts';
import { createLoginSessions, type LoginSessions } from './login-sessions.ts';
import { createMachines, type Machines } from './machines/machines.ts';
import { createOauthAdapter } from './oauth-adapter.ts';
import type { OauthKeys } from './oauth-keys.ts';
import { createOauthServer, type OauthServer } from './oauth-server.ts';
import { checkProvider } from './provider-check.ts';
import { createProviderClients } from './provider-clients.ts';
import { createProviderDirectory, type ProviderDirectory } from './provider-directory.ts';
import type { ProviderFetch } from './provider-fetch.ts';
import { createProviderTokenVerifier } from './provider-tokens.ts';
import type { ProviderTools } from './provider-tools.ts';
import { createRestAuthenticator, type RestAuthenticator } from './rest-authenticator.ts';
import { createSamlSignIn } from './saml/saml.ts';
import { SAML_LOGIN_PATH } from './saml/saml-provider.ts';
import { createSessionActivity, type SessionActivity } from './session-activity.ts';
import { createSessionKeeper, type SessionKeeper } from './session-keeper.ts';
import { createSignInMethods, type SignInMethods } from './sign-in-methods.ts';
import { createVouching, type Vouching } from './vouching.ts';
import { createWebSessionRoutes } from './web-session-routes.ts';

/** Everything of signing in. */
export interface Authn {
  readonly loginSessions: LoginSessions;
  readonly activity: SessionActivity;
  readonly oauth: OauthServer;
  readonly flows: LoginFlows;
  readonly providers: ProviderDirectory;
  readonly providerTools: ProviderTools;
  readonly vouching: Vouching;
  readonly keeper: SessionKeeper;
  readonly signInMethods: SignInMethods;
  readonly localUsers: LocalUsers;
  /** Who makes a request to the REST API. */
  readonly authenticate: RestAuthenticator;
  readonly machines: Machines;
  /** Adds the routes of signing in and out. */
  mount(app: Express): void;
  /** Begins to ask providers about who is signed in, and to end sessions that are over. */
  start(): void;
  /** Stops, and writes down which sessions were used. */
  close(): Promise<void>;
}

/** What {@link createAuthn} needs. */
export interface AuthnOptions {
  readonly store: Store;
  readonly snapshots: SnapshotSource;
  readonly audit: AuditPipeline;
  /** Origin of the server, without a trailing slash. */
  readonly publicUrl: string;
  readonly mode: 'development' | 'production';
  readonly oauthKeys: OauthKeys;
  /** How identity providers are spoken to. Closed by whoever made it. */
  readonly providerFetch: ProviderFetch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: LoginLimits;
  readonly lockOut?: LockOutLimits;
}

/** How long logins live, and how long they do without a word of their provider. */
export interface LoginLimits {
  /** Absolute life of a login session, in milliseconds; organizations can shorten it. Default 12 h. */
  readonly sessionLifetimeMs?: number;
  /** Absolute life of a session whose provider gives no refresh token, so that its groups stay. Default 4 h. */
  readonly unrefreshedLifetimeMs?: number;
  /** How often a provider is asked again about each session, in milliseconds. Default 10 min. */
  readonly askIntervalMs?: number;
  /** How long a session goes on while its provider can't be asked; then it ends. Default 1 h. */
  readonly unreachableGraceMs?: number;
}

/** Puts signing in together. Starts nothing. */
export function createAuthn(options: AuthnOptions): Authn {
  const { store, snapshots, audit, publicUrl, clock, logger, limits = {} } = options;
  const { fetch } = options.providerFetch;
  const activity = createSessionActivity({ store, clock, logger });
  const lifetime = limits.sessionLifetimeMs === undefined ? {} : { lifetimeMs: limits.sessionLifetimeMs };
  const loginSessions = createLoginSessions({ store, snapshots, audit, activity, clock, ...lifetime, ...limits });
  const keeper = createSessionKeeper({ snapshots, loginSessions, activity, clock, logger, ...lifetime });
  const providers = createProviderDirectory({ store, snapshots });
  const providerClients = createProviderClients({ fetch, clock, logger, mode: options.mode });
  const providerTokens = createProviderTokenVerifier({ clients: providerClients, fetch, clock });
  const broker = createBroker({
    pendingLogins: createOauthAdapter({ rows: store.oauth, clock, logger })('PendingLogin'),
    clients: providerClients,
    clock,
  });
  const vouching = createVouching({ store, snapshots, loginSessions, providers, broker, clock, logger, ...limits });
  const oauth = createOauthServer({
    publicUrl,
    keys: options.oauthKeys,
    rows: store.oauth,
    loginSessions,
    vouch: (id) => vouching.ask(id),
    clock,
    logger,
  });
  const flows = createLoginFlows({ oauth, loginSessions, store, clock });
  const localUsers = createLocalUsers({
    publicUrl,
    store,
    snapshots,
    flows,
    audit,
    clock,
    logger,
    ...(options.lockOut && { lockOut: options.lockOut }),
  });
  const saml = createSamlSignIn({
    publicUrl,
    mode: options.mode,
    store,
    snapshots,
    providers,
    flows,
    loginSessions,
    clock,
    logger,
  });
  const signInMethods = createSignInMethods({ publicUrl, snapshots, clock });
  const machines = createMachines({
    store,
    audit,
    snapshots,
    loginSessions,
    oauth,
    oauthKeys: options.oauthKeys,
    fetch,
    mode: options.mode,
    clock,
    logger,
  });
  const authenticate = createRestAuthenticator({
    publicUrl,
    verifyAccessToken: createAccessTokenVerifier({
      publicUrl,
      issuer: oauth.issuer,
      audience: oauth.resource,
      verificationKeys: oauth.verificationKeys,
      loginSessions,
      clock,
    }),
    machines: machines.authenticate,
    loginSessions,
  });

  return {
    loginSessions,
    activity,
    oauth,
    flows,
    providers,
    providerTools: {
      oidc: (record) => providers.oidc(record),
      check: (provider) => checkProvider(provider, { clients: providerClients, fetch }),
      verifyPastedToken: (provider, token) => providerTokens.verifyPastedToken(provider, token),
    },
    vouching,
    keeper,
    signInMethods,
    localUsers,
    authenticate,
    machines,
    mount(app) {
      app.get('/.well-known/oauth-authorization-server/oauth', (request, response) => {
        // Where RFC 8414, section 3.1, puts the metadata of an issuer with a path.
        request.url = '/.well-known/oauth-authorization-server';
        request.originalUrl = `/oauth${request.url}`;
        oauth.handle(request, response);
      });
      app.use('/oauth', oauth.handle);
      app.use('/session', createWebSessionRoutes({ publicUrl, flows, loginSessions, providers, broker, store }));
      app.use(LOCAL_LOGIN_PATH, localUsers.router);
      app.use(SAML_LOGIN_PATH, saml.router);
      app.use(
        '/login/backchannel-logout',
        createBackchannelLogout({
          snapshots,
          providers,
          tokens: providerTokens,
          loginSessions,
          store,
          clock,
          logger,
        }),
      );
      app.use(
        '/login',
        createLoginRoutes({
          publicUrl,
          snapshots,
          providers,
          flows,
          broker,
          loginSessions,
          methods: signInMethods,
          logger,
        }),
      );
    },
    start() {
      vouching.start();
      keeper.start();
    },
    async close() {
      await vouching.close();
      await keeper.close();
      await activity.close();
    },
  };
}
