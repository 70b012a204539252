import {
  type AuditEvent,
  type AuditEventCode,
  type AuditFacts,
  type AuditPipeline,
  createAuditEvent,
} from '@sallyport/audit';
import type { Clock, Logger } from '@sallyport/core';
import type { CredentialIssuer, SigningJwks } from '@sallyport/core/credentials';
import type { NamespaceLabels } from '../access/namespace-labels.ts';
import type { AuditSinks } from '../audit/audit-sinks.ts';
import type { KeyLifeOfLog, RecordingHead } from '../audit/export-bundle.ts';
import type { LocalUsers } from '../authn/local/local-users.ts';
import { describePrincipal, type LiveLogin, type LoginSessions } from '../authn/login-sessions.ts';
import type { Machines } from '../authn/machines/machines.ts';
import type { OauthServer } from '../authn/oauth-server.ts';
import type { ProviderTools } from '../authn/provider-tools.ts';
import type { RestAuthenticator } from '../authn/rest-authenticator.ts';
import type { SignInMethods } from '../authn/sign-in-methods.ts';
import type { SocketTickets } from '../authn/socket-tickets.ts';
import type { ChangeNews } from '../changes/change-news.ts';
import type { Notifications } from '../notifications/notifications.ts';
import type { KeyAdministration } from '../pki/key-administration.ts';
import type { UserCertificateAuthority } from '../pki/user-authority.ts';
import { requestTrace } from '../request-trace.ts';
import type { RecordingSource } from '../sessions/recording-source.ts';
import type { SnapshotSource } from '../snapshot.ts';
import type { Store } from '../stores/contracts.ts';
import type { ClusterMonitor } from '../tunnels/cluster-monitor.ts';
import type { Terminals } from '../web-kubectl/terminals.ts';
import type { RememberAnswer } from './idempotency.ts';

/** How client certificates are issued, and where they are taken. */
export interface ClientCertificates {
  readonly authority: Pick<UserCertificateAuthority, 'issue'>;
  readonly tlsServerName: string;
}

/** What the operations of the REST API work with. */
export interface ApiContext {
  readonly store: Store;
  readonly snapshots: SnapshotSource;
  readonly loginSessions: LoginSessions;
  readonly authenticate: RestAuthenticator;
  readonly machines: Machines;
  /** The ways to sign in, for anybody. */
  readonly signInMethods: Pick<SignInMethods, 'list'>;
  readonly localUsers: Pick<LocalUsers, 'factors' | 'gate'>;
  readonly identityProviders: ProviderTools;
  readonly audit: AuditPipeline;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Origin of the server, without a trailing slash. */
  readonly publicUrl: string;
  readonly oauth: OauthServer;
  readonly kubeCredentials: CredentialIssuer;
  /** Life of minted kube credentials, in milliseconds. */
  readonly kubeCredentialLifetimeMs: number;
  /** Longest life of kube credentials that their holder keeps, in milliseconds. */
  readonly maxKeptCredentialLifetimeMs: number;
  /** Issues client certificates, and says under which TLS server name they are taken. */
  readonly clientCertificates: ClientCertificates;
  /** Life of join tokens, in milliseconds. */
  readonly joinTokenLifetimeMs: number;
  /** Public keys of the capability signer, for the install manifest. */
  readonly capabilityJwks: () => SigningJwks;
  /** CA of the front door, PEM, for the install manifest. */
  readonly frontCaPem: string;
  readonly agents: { readonly address: string; readonly serverName: string };
  /** Keys of the installation. */
  readonly keys: KeyAdministration;
  /** What is seen and told of clusters on all servers. */
  readonly clusterMonitor: Pick<ClusterMonitor, 'health' | 'tunnels'>;
  /** Tests of notification channels. */
  readonly notifications: Pick<Notifications, 'test'>;
  /** Tests of audit sinks, and how far they are. */
  readonly auditSinks: Pick<AuditSinks, 'test' | 'standings'>;
  /** What changes in organizations, as it does. */
  readonly changes: ChangeNews;
  /** What recordings hold. */
  readonly recordings: RecordingSource;
  /** Terminals in the browser. */
  readonly terminals: Pick<Terminals, 'create' | 'list' | 'end'>;
  /** What is known of the labels of namespaces. Absent: nothing, and no scope that selects by them is held by name. */
  readonly namespaceLabels?: Pick<NamespaceLabels, 'of' | 'all'>;
  /** What proves the audit log, beside the store. */
  readonly auditProof: {
    /** Public keys that sign checkpoints, and such as are announced. */
    keys(): readonly KeyLifeOfLog[];
    readonly recordingHead?: RecordingHead;
    /** Names of the witnesses of the configuration. Absent: there are none. */
    readonly witnesses?: readonly string[];
  };
  /** Tickets for WebSockets of the web UI. */
  readonly socketTickets: Pick<SocketTickets, 'issue'>;
  /** Version of the server, which agents are compared with. */
  readonly version: string;
}

/** One call of an operation: who makes it and what it states, checked. */
export interface Call {
  readonly caller: LiveLogin;
  readonly parameters: Readonly<Record<string, string>>;
  /** The body, as the contract's schema reads it; `undefined` when the operation has none. */
  readonly body: unknown;
  /** The query, as the contract's schema reads it. */
  readonly query: unknown;
  readonly sourceAddress: string | undefined;
  /** Version that the resource must have still, of `If-Match`. */
  readonly ifMatch?: string;
  /** `Last-Event-ID` of an event stream that goes on. */
  readonly lastEventId?: string;
  /** With an `Idempotency-Key`: to be called with the answer, inside the transaction of the effect. */
  readonly remember?: RememberAnswer;
}

/** One call of an operation that is open to everyone: nothing is known of who makes it. */
export interface PublicCall extends Omit<Call, 'caller' | 'ifMatch'> {
  /** Path and query as requested. */
  readonly target: string;
  /** Values of all `DPoP` lines. */
  readonly dpop: readonly string[];
  readonly userAgent: string | undefined;
}

/** Carries out an operation that is open to everyone. */
export type PublicHandler = (context: ApiContext, call: PublicCall) => Promise<unknown>;

/** Carries out one operation; what it returns is encoded by the contract's schema. */
export type Handler = (context: ApiContext, call: Call) => Promise<unknown>;

/** Makes the audit event of a call. */
export function callEvent<Code extends AuditEventCode>(
  { clock }: Pick<ApiContext, 'clock'>,
  call: Pick<Call, 'caller' | 'sourceAddress'>,
  code: Code,
  facts: AuditFacts<Code>,
): AuditEvent<Code> {
  return createAuditEvent(code, clock.now(), { ...callerFacts(call), ...facts });
}

/** What an audit event says about who makes a call. */
export function callerFacts({ caller, sourceAddress }: Pick<Call, 'caller' | 'sourceAddress'>) {
  return {
    organizationId: caller.organization.id,
    principal: describePrincipal(caller.principal),
    loginSessionId: caller.loginSession.id,
    ...requestTrace(),
    ...(sourceAddress !== undefined && { sourceAddress }),
  };
}
