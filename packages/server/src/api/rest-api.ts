import type { AuditPipeline } from '@sallyport/audit';
import type { Clock, Logger } from '@sallyport/core';
import { API_PREFIX, DISCOVERY_PATH } from '@sallyport/core/api';
import type { CredentialIssuer, SigningJwks } from '@sallyport/core/credentials';
import express, { type Express } from 'express';
import type { Authn } from '../authn/authn.ts';
import { DEVELOPMENT_PROVIDER_PATH, type DevelopmentProvider } from '../authn/development-provider.ts';
import { isSamlAcsPath } from '../authn/saml/saml-provider.ts';
import { createSocketTickets } from '../authn/socket-tickets.ts';
import { createChangeNews } from '../changes/change-news.ts';
import { ApiError } from '../errors.ts';
import { createKubePath, type KubePathOptions } from '../kube-path/kube-path.ts';
import { CALLBACK_PREFIX } from '../notifications/callback-url.ts';
import { createReviewByAnswer } from '../notifications/callbacks/review-as-answered.ts';
import type { Notifications } from '../notifications/notifications.ts';
import type { KeyAdministration } from '../pki/key-administration.ts';
import { MAX_KEPT_CREDENTIAL_LIFETIME_MS } from '../pki/key-policies.ts';
import { keepTrace } from '../request-trace.ts';
import { createScimRoutes, SCIM_PREFIX } from '../scim/index.ts';
import type { RecordingSource } from '../sessions/recording-source.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { Store } from '../stores/contracts.ts';
import { NO_TERMINALS } from '../web-kubectl/no-terminals.ts';
import { LOGO_PREFIX, logoHandler } from './branding.ts';
import type { ApiContext, ClientCertificates } from './context.ts';
import { discoveryHandler } from './discovery.ts';
import { createOperationRoutes } from './operation-routes.ts';
import { problemHandler } from './problem.ts';
import { createReferencePage, REFERENCE_PATH } from './reference-page.ts';
import { refuseCrossSite, securityHeaders } from './security-headers.ts';

/** What {@link createRestApi} needs. */
export interface RestApiOptions {
  readonly store: Store;
  readonly snapshots: SnapshotSource;
  readonly audit: AuditPipeline;
  /** How people reach the server: an https origin, without a trailing slash. The issuer is `<publicUrl>/oauth`. */
  readonly publicUrl: string;
  /** Signing in; started and closed by whoever made it. */
  readonly authn: Authn;
  readonly kubeCredentials: CredentialIssuer;
  readonly clientCertificates: ClientCertificates;
  /** Public keys of the capability signer, for install manifests. */
  readonly capabilityJwks: () => SigningJwks;
  /** CAs of the front door, PEM, for install manifests; read for each manifest, so that it may change. */
  readonly frontCaPem: string;
  readonly agents: { readonly address: string; readonly serverName: string };
  /** Lets administrators of the installation see and rotate its keys. */
  readonly keys: KeyAdministration;
  /** What recordings hold. */
  readonly recordings: RecordingSource;
  /** Terminals in the browser; closed by whoever made them. Absent: there are none. */
  readonly terminals?: ApiContext['terminals'];
  /** Sends notifications and takes answers to them; closed by whoever made it. */
  readonly notifications: Notifications;
  /** Sends audit events on; closed by whoever made it. */
  readonly auditSinks: ApiContext['auditSinks'];
  /** What proves the audit log, beside the store. Absent: keys are published once they have signed. */
  readonly auditProof?: ApiContext['auditProof'];
  readonly clusterMonitor: ApiContext['clusterMonitor'];
  /** Carries requests of the web UI to clusters. Absent: pages reach none. */
  readonly proxy?: KubePathOptions['proxy'];
  /** What is known of the labels of namespaces, for request policies that select by them. */
  readonly namespaceLabels?: ApiContext['namespaceLabels'];
  readonly developmentProvider?: DevelopmentProvider;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Version of the server, for the discovery document. */
  readonly version: string;
  readonly kubeHostDomain?: string;
  /** Base address of the documentation. */
  readonly docs?: string;
  /** Life of a kube credential. Default 10 minutes. */
  readonly kubeCredentialLifetimeMs?: number;
  /** Longest life of a client certificate or static token. Default 12 hours. */
  readonly maxKeptCredentialLifetimeMs?: number;
  /** Life of a join token. Default 1 hour. */
  readonly joinTokenLifetimeMs?: number;
}

const KUBE_CREDENTIAL_LIFETIME_MS = 600_000;
/** Life of a join token, in milliseconds, unless told otherwise. */
export const JOIN_TOKEN_LIFETIME_MS = 3_600_000;

/**
 * Creates the REST API together with signing in: everything of the front door that is not a Kubernetes request. Plain
 * express over HTTP/1.1; starts nothing, holds no connection. `X-Forwarded-*` is not believed: the peer of a request is
 * the peer of its socket.
 */
export function createRestApi(options: RestApiOptions): Express {
  const { store, snapshots, audit, publicUrl, clock, logger } = options;
  const { loginSessions, oauth } = options.authn;
  const context: ApiContext = {
    store,
    snapshots,
    loginSessions,
    audit,
    clock,
    logger,
    publicUrl,
    oauth,
    authenticate: options.authn.authenticate,
    machines: options.authn.machines,
    signInMethods: options.authn.signInMethods,
    localUsers: options.authn.localUsers,
    identityProviders: options.authn.providerTools,
    kubeCredentials: options.kubeCredentials,
    kubeCredentialLifetimeMs: options.kubeCredentialLifetimeMs ?? KUBE_CREDENTIAL_LIFETIME_MS,
    maxKeptCredentialLifetimeMs: options.maxKeptCredentialLifetimeMs ?? MAX_KEPT_CREDENTIAL_LIFETIME_MS,
    clientCertificates: options.clientCertificates,
    joinTokenLifetimeMs: options.joinTokenLifetimeMs ?? JOIN_TOKEN_LIFETIME_MS,
    capabilityJwks: options.capabilityJwks,
    get frontCaPem() {
      return options.frontCaPem;
    },
    agents: options.agents,
    keys: options.keys,
    auditProof: options.auditProof ?? { keys: () => [] },
    clusterMonitor: options.clusterMonitor,
    notifications: options.notifications,
    changes: createChangeNews({ store, clock, logger }),
    recordings: options.recordings,
    terminals: options.terminals ?? NO_TERMINALS,
    auditSinks: options.auditSinks,
    ...(options.namespaceLabels && { namespaceLabels: options.namespaceLabels }),
    socketTickets: createSocketTickets({ store, clock }),
    version: options.version,
  };

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.set('query parser', 'simple');
  app.use(keepTrace);
  app.use(securityHeaders);
  app.use(refuseCrossSite({ publicUrl, isExempt: isSamlAcsPath }));
  app.get(DISCOVERY_PATH, discoveryHandler(context, options));
  app.get(`${LOGO_PREFIX}/:digest`, logoHandler(context));
  app.use(REFERENCE_PATH, createReferencePage({ publicUrl, version: options.version }));
  if (options.proxy !== undefined) {
    app.use(API_PREFIX, createKubePath({ publicUrl, proxy: options.proxy, loginSessions, snapshots, clock }));
  }
  app.use(API_PREFIX, createOperationRoutes(context));
  app.use(CALLBACK_PREFIX, options.notifications.createCallbacks(createReviewByAnswer(context)));
  options.authn.mount(app);
  app.use(SCIM_PREFIX, createScimRoutes({ store, audit, snapshots, clock, logger, publicUrl }));
  if (options.developmentProvider !== undefined) app.use(DEVELOPMENT_PROVIDER_PATH, options.developmentProvider.router);
  app.use((request) => {
    throw new ApiError({ code: 'ERR_API_NOT_FOUND', message: `there is nothing at ${request.path.slice(0, 256)}` });
  });
  app.use(problemHandler({ logger, ...(options.docs !== undefined && { docs: options.docs }) }));
  return app;
}
