import { CodedError, type CodedErrorOptions } from '@sallyport/core';
import type { ApiProblemCode } from '@sallyport/core/api';
import type { StepUpDemand } from './authn/step-up.ts';

/** Codes of the access proxy: why a request on the kube path was refused or failed. */
export type ProxyErrorCode =
  /** No bearer credential came with the request. */
  | 'ERR_PROXY_CREDENTIAL_MISSING'
  /** The credential is not ours, was altered, has expired or is meant for another surface. */
  | 'ERR_PROXY_CREDENTIAL_REFUSED'
  /** The login session or the principal behind the credential is gone. */
  | 'ERR_PROXY_SESSION_ENDED'
  /** No such cluster, or none that the caller's organization has. */
  | 'ERR_PROXY_CLUSTER_UNKNOWN'
  /** Path, query or method have more than one reading. */
  | 'ERR_PROXY_REQUEST_AMBIGUOUS'
  /** The request carries `Impersonate-*` headers. */
  | 'ERR_PROXY_IMPERSONATION_REFUSED'
  /** A page of the web UI asks for what no page is given: what a pod serves, or another form than JSON and text. */
  | 'ERR_PROXY_NOT_FOR_BROWSERS'
  /** The request asks for a protocol switch that is not known on this path. */
  | 'ERR_PROXY_UPGRADE_REFUSED'
  /** The login is not as fresh or as strong as the settings demand. */
  | 'ERR_PROXY_STEP_UP_REQUIRED'
  /** No binding allows the request. */
  | 'ERR_PROXY_DENIED'
  /** The session must be recorded, and its recording could not begin. */
  | 'ERR_PROXY_RECORDING_UNAVAILABLE'
  /** A session that must be recorded was ended, because its recording could not be stored any longer. */
  | 'ERR_PROXY_RECORDING_FAILED'
  /** The principal has used up the requests per second that its roles and policies allow. */
  | 'ERR_PROXY_RATE_LIMITED'
  /** The principal has as many streams open as its roles and policies allow. */
  | 'ERR_PROXY_TOO_MANY_STREAMS'
  /** No agent of the cluster has a tunnel open. */
  | 'ERR_PROXY_AGENT_AWAY'
  /** In a cluster where people act by bindings of their own, those of the caller are not in force yet; the client may try again. */
  | 'ERR_PROXY_ACCESS_PENDING'
  /** The replica has lost its change feed and makes no decisions. */
  | 'ERR_PROXY_SNAPSHOT_STALE'
  /** The audit pipeline did not take the event, so the request did not run. */
  | 'ERR_PROXY_AUDIT_UNAVAILABLE'
  /** The capability signer does not answer or has no capacity; nothing can be signed. */
  | 'ERR_PROXY_SIGNER_AWAY'
  /** The capability signer's own rules don't cover what the server decided. */
  | 'ERR_PROXY_SIGNER_REFUSED'
  /** The server stops; open streams end. */
  | 'ERR_PROXY_SERVER_STOPPING'
  /** The tunnel ended while the request was under way. */
  | 'ERR_PROXY_TUNNEL_LOST'
  /** The agent could not reach its API server, or the connection broke. */
  | 'ERR_PROXY_UPSTREAM_FAILED'
  /** The agent refused the request: its capability or its own ceiling does not cover it. */
  | 'ERR_PROXY_AGENT_REFUSED'
  /** The API server answered a protocol switch with something that is neither 101 nor an error. */
  | 'ERR_PROXY_UPGRADE_FAILED'
  /** Access ended while the stream was open: session, principal, binding or cluster is gone. */
  | 'ERR_PROXY_ACCESS_ENDED'
  /** Somebody ended the session while it ran. */
  | 'ERR_PROXY_SESSION_TERMINATED'
  /** The answer has to be filtered or masked, and the request leaves no way to do that. */
  | 'ERR_PROXY_NOT_ACCEPTABLE'
  /** The answer has to be filtered or masked, and what the API server sent can't be understood. */
  | 'ERR_PROXY_ANSWER_UNREADABLE'
  /** The answer has to be filtered or masked, and is more than is held in memory for that. */
  | 'ERR_PROXY_ANSWER_TOO_LARGE'
  /** A watch by labels can't begin at that version, because what was in view then is no longer known. */
  | 'ERR_PROXY_WATCH_EXPIRED'
  /** The request header is larger than the tunnel takes. */
  | 'ERR_PROXY_HEADER_TOO_LARGE'
  /** The body of the request has to be looked at, and is larger than kube-apiserver itself takes. */
  | 'ERR_PROXY_BODY_TOO_LARGE'
  /** The body of the request has to be looked at, and comes in an encoding or patch type that is not read here. */
  | 'ERR_PROXY_BODY_UNSUPPORTED'
  /** The body of the request has to be looked at, and can not be read, or has more than one reading. */
  | 'ERR_PROXY_BODY_UNREADABLE'
  /** The body of the request did not arrive in time. */
  | 'ERR_PROXY_BODY_TIMEOUT'
  /** The server holds as many bodies of requests as it has room for. */
  | 'ERR_PROXY_BODIES_BUSY'
  /** A fault of our own. */
  | 'ERR_PROXY_INTERNAL';

/** Codes of the front door, the agent gateway and the composition. */
export type FrontErrorCode =
  /** The configuration has problems; the message lists them all. */
  | 'ERR_CONFIG_INVALID'
  /** The port is taken by another process. */
  | 'ERR_LISTEN_PORT_TAKEN'
  /** The address can't be listened on. */
  | 'ERR_LISTEN_FAILED'
  /** One of several workers ended before it served for the first time. */
  | 'ERR_START_WORKER'
  /** The invitation of an operator names no user, or no built-in role of an organization. */
  | 'ERR_INVITATION_REFUSED'
  /** A restored database can't be made fit to be served: what was changed since the backup is not known. */
  | 'ERR_RESTORE_REFUSED'
  /** A backup can't be written or read: the folder is not empty, is none, or is of another encryption key. */
  | 'ERR_BACKUP_REFUSED'
  /** Plain HTTP came to the HTTPS port. */
  | 'ERR_FRONT_PLAIN_HTTP'
  /** A request came to the mount after its host had read the body. */
  | 'ERR_FRONT_BODY_READ'
  /** The join token is unknown, used or expired. */
  | 'ERR_ENROLMENT_REFUSED'
  /** The enrolment request is malformed. */
  | 'ERR_ENROLMENT_INVALID'
  /** The agent's certificate is not (or no longer) one that the server knows. */
  | 'ERR_GATEWAY_IDENTITY_REFUSED'
  /** The cluster of the agent was deregistered: the agent removes what was installed, and gets nothing else. */
  | 'ERR_GATEWAY_CLUSTER_DEREGISTERED'
  /** The agent does not show that it runs in the cluster that it enrolled in. */
  | 'ERR_GATEWAY_ATTESTATION_REFUSED'
  /** Another server that dialled this one is none that it knows. */
  | 'ERR_PEER_REFUSED';

/** Codes of `@sallyport/server` that this file's {@link ServerError} carries. */
export type ServerErrorCode = ProxyErrorCode | FrontErrorCode;

/** Error of `@sallyport/server`. */
export class ServerError extends CodedError<ServerErrorCode> {}

/** Codes of signing in: why a login did not lead to a login session. */
export type LoginErrorCode =
  /** The identity provider can't be reached, or its discovery document can't be read. */
  | 'ERR_LOGIN_PROVIDER_UNREACHABLE'
  /** The identity provider is at an address that the server does not call: its own machine's, or a private network's. */
  | 'ERR_LOGIN_PROVIDER_ADDRESS'
  /** The provider's address is plain HTTP and not on loopback in development mode. */
  | 'ERR_LOGIN_PROVIDER_INSECURE'
  /** The provider, or the person there, refused the login. */
  | 'ERR_LOGIN_PROVIDER_REFUSED'
  /** The provider's answer breaks the protocol: signature, issuer, audience, nonce, times. */
  | 'ERR_LOGIN_RESPONSE_INVALID'
  /** The claims do not make a principal: no user name, a reserved name, an unverified e-mail, a wrong type. */
  | 'ERR_LOGIN_CLAIMS_REFUSED'
  /** Another principal of the organization has the same user name. */
  | 'ERR_LOGIN_USER_NAME_TAKEN'
  /** SCIM keeps the people of the identity provider, and this one is not among them. */
  | 'ERR_LOGIN_NOT_PROVISIONED'
  /** The login was not begun in this browser, was finished already, or took too long. */
  | 'ERR_LOGIN_NOT_FOUND'
  /** The person, or the identity provider that vouches for them, was disabled. */
  | 'ERR_LOGIN_DISABLED'
  /** The identity provider let the person in without the fresh or strong login that was asked for. */
  | 'ERR_LOGIN_STEP_UP_MISSED'
  /** No identity provider is configured. */
  | 'ERR_LOGIN_NO_PROVIDER'
  /** Too many attempts in a short time. */
  | 'ERR_LOGIN_TOO_MANY_ATTEMPTS'
  /** User name, password or code of a local user is wrong, or the passkey is not known; which of them is never told. */
  | 'ERR_LOGIN_LOCAL_REFUSED'
  /** The organization has no local users: logins, invitations and recovery of them are refused. */
  | 'ERR_LOGIN_LOCAL_DISABLED'
  /** An identity provider vouches for the person, so nothing of a local user applies to them. */
  | 'ERR_LOGIN_NOT_LOCAL'
  /** An invitation or recovery link is unknown, used or expired. */
  | 'ERR_LOGIN_LINK_REFUSED'
  /** A new password is too short, too long or too easy to guess. */
  | 'ERR_LOGIN_PASSWORD_REFUSED'
  /** A new factor does not prove itself: the code is wrong, or the passkey does not fit the request. */
  | 'ERR_LOGIN_FACTOR_REFUSED'
  /** More logins with a password are under way than the server takes on at once. */
  | 'ERR_LOGIN_BUSY'
  /** The development provider was asked for in production mode. */
  | 'ERR_DEVELOPMENT_PROVIDER_REFUSED';

/** A login that failed. */
export class LoginError extends CodedError<LoginErrorCode> {}

/** Error of the REST API; becomes the problem document of its code. */
export class ApiError extends CodedError<ApiProblemCode> {
  /** Where a request broke the contract. */
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  /** Methods that the path has; answered as `Allow`. */
  readonly allow: readonly string[];
  /** What the login lacks; answered as a challenge (RFC 9470). */
  readonly stepUp: StepUpDemand | undefined;

  constructor(
    options: CodedErrorOptions<ApiProblemCode> & {
      readonly problems?: ApiError['problems'];
      readonly allow?: readonly string[];
      readonly stepUp?: StepUpDemand;
    },
  ) {
    super(options);
    this.problems = options.problems ?? [];
    this.allow = options.allow ?? [];
    this.stepUp = options.stepUp;
  }
}
