import { CodedError } from '@sallyport/core';

/** Codes of `@sallyport/cli`. */
export type CliErrorCode =
  /** Unknown command or flag, missing or malformed argument. */
  | 'ERR_CLI_USAGE'
  /** A fault of our own: something failed that has no code. */
  | 'ERR_CLI_UNEXPECTED'
  /** The person ended the command. */
  | 'ERR_CLI_INTERRUPTED'
  /** The state folder or a file in it can't be read or written. */
  | 'ERR_CLI_STATE_IO'
  /** A file of the state folder does not hold what it should. */
  | 'ERR_CLI_STATE_MALFORMED'
  /** Another process holds a lock of the state folder for too long. */
  | 'ERR_CLI_LOCK_TIMEOUT'
  /** There is no profile of this name. */
  | 'ERR_CLI_PROFILE_UNKNOWN'
  /** No login session is stored for the server. */
  | 'ERR_CLI_NOT_LOGGED_IN'
  /** The server no longer accepts the stored login session. */
  | 'ERR_CLI_SESSION_ENDED'
  /** The login did not complete: refused, cancelled, or its answer does not belong to it. */
  | 'ERR_CLI_LOGIN_FAILED'
  /** Nobody can sign in with the identity provider that was tested. */
  | 'ERR_CLI_PROVIDER_UNUSABLE'
  /** A notification channel did not take the test message. */
  | 'ERR_CLI_NOTIFICATION_FAILED'
  /** An audit sink did not take the test event. */
  | 'ERR_CLI_AUDIT_SINK_FAILED'
  /** Nobody completed the login in time. */
  | 'ERR_CLI_LOGIN_TIMEOUT'
  /** The server can't be reached. */
  | 'ERR_CLI_SERVER_UNREACHABLE'
  /** The server's certificate is signed by an authority that is not trusted, or names another host. */
  | 'ERR_CLI_CERTIFICATE_UNTRUSTED'
  /** The address speaks plain HTTP, or the URL asks for it. */
  | 'ERR_CLI_PLAIN_HTTP'
  /** What answers is not a Sallyport server, or its discovery document points to another host. */
  | 'ERR_CLI_DISCOVERY_REFUSED'
  /** A request would have left for a host that the login session does not belong to. */
  | 'ERR_CLI_FOREIGN_HOST'
  /** A CA file can't be read or holds no certificate. */
  | 'ERR_CLI_CA_FILE'
  /** The file of a workload token can't be read, or is empty. */
  | 'ERR_CLI_WORKLOAD_TOKEN'
  /** Some stored secrets can't be opened with the configured encryption keys. */
  | 'ERR_CLI_KEYS_LEFT'
  /** A server runs on the embedded database that a command would work on. */
  | 'ERR_CLI_DATABASE_IN_USE'
  /** There is no such cluster, or it is not visible to this person. */
  | 'ERR_CLI_CLUSTER_UNKNOWN'
  /** The kubeconfig holds no context of ours for the cluster. */
  | 'ERR_CLI_CONTEXT_UNKNOWN'
  /** `kube proxy` did not carry a request: for a foreign host name, of a foreign page, without its token, as somebody else. */
  | 'ERR_CLI_LOCAL_PROXY_REFUSED'
  /** `kube proxy` can't listen where it should. */
  | 'ERR_CLI_LOCAL_PROXY_LISTEN'
  /** A login session is forgotten here and could not be revoked at its server. */
  | 'ERR_CLI_NOT_REVOKED'
  /** A file of documents can't be read, or is too large. */
  | 'ERR_CLI_DOCUMENT_READ'
  /** Documents are not what they should be; each problem is told with its file and line. */
  | 'ERR_CLI_DOCUMENT_INVALID'
  /** The server refused documents: nothing was changed, each refusal is told with its file and line. */
  | 'ERR_CLI_APPLY_REFUSED'
  /** What needs a confirmation was not confirmed. */
  | 'ERR_CLI_NOT_CONFIRMED'
  /** Several resources were to be changed one by one, and not all could be. */
  | 'ERR_CLI_PARTLY_DONE'
  /** The editor failed, or what it left can't be applied; the text is kept in a file. */
  | 'ERR_CLI_EDIT'
  /** Somebody denied the access request that was waited for. */
  | 'ERR_CLI_ACCESS_DENIED'
  /** Nobody decided the access request that was waited for in time. */
  | 'ERR_CLI_ACCESS_EXPIRED'
  /** The access request that was waited for was cancelled, or its grant is over already. */
  | 'ERR_CLI_ACCESS_CANCELLED'
  /** The access request that was waited for is not decided yet, or its grant has not started. */
  | 'ERR_CLI_WAIT_TIMEOUT'
  /** Documents about access decide otherwise than their policy tests say. */
  | 'ERR_CLI_POLICY_TEST_FAILED'
  /** The audit log does not hold: something in it was changed, taken out or put in. */
  | 'ERR_CLI_AUDIT_TAMPERED'
  /** What is to be verified is no bundle of an audit log, or only the beginning of one, or a key or an anchor can't be read. */
  | 'ERR_CLI_AUDIT_BUNDLE'
  /** The server ended a live tail: the login session is over, or the permission is gone. */
  | 'ERR_CLI_TAIL_ENDED'
  /** Parts of a recording are missing or were altered; what is left of it was given. */
  | 'ERR_CLI_RECORDING_DAMAGED'
  /** An audit event does not tell how to take back what its write changed. */
  | 'ERR_CLI_AUDIT_UNDO'
  /** There is no checkpoint where the anchor is said to be. */
  | 'ERR_CLI_ANCHOR'
  /** `doctor` found problems. */
  | 'ERR_CLI_DOCTOR_PROBLEMS'
  /** The kubeconfig of the demo's real cluster can't be used. */
  | 'ERR_DEMO_KUBECONFIG'
  /** The demo's real cluster can't be reached or refused what the demo needs. */
  | 'ERR_DEMO_CLUSTER'
  /** Another demo runs on the same state folder. */
  | 'ERR_DEMO_STATE_IN_USE'
  /** The demo's state belongs to another port. */
  | 'ERR_DEMO_PORT_CHANGED'
  /** A part of the demo did not start. */
  | 'ERR_DEMO_START'
  /** The demo's own end-to-end check failed. */
  | 'ERR_DEMO_CHECK_FAILED';

/** Error of `@sallyport/cli`. */
export class CliError extends CodedError<CliErrorCode> {}

/** Reason of the signal that a person's Ctrl-C, or a supervisor's SIGTERM, aborts. */
export function interrupted(signalName: string): CliError {
  return new CliError({ code: 'ERR_CLI_INTERRUPTED', message: `stopped by ${signalName}` });
}
