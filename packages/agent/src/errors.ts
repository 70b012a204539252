import { CodedError } from '@sallyport/core';

/** Codes of `@sallyport/agent`. */
export type AgentErrorCode =
  /** The configuration has problems; the message lists all of them. */
  | 'ERR_AGENT_CONFIG_INVALID'
  /** A CA bundle is empty, or one of its blocks is no certificate; the message has the block's number. */
  | 'ERR_AGENT_CA_BUNDLE'
  /** The kubeconfig can't be read, or needs something that the agent refuses to do (plugins, unverified TLS). */
  | 'ERR_AGENT_KUBECONFIG'
  /** A service account token can't be read. */
  | 'ERR_AGENT_TOKEN'
  /** The server is not the one whose CA is pinned: wrong CA, wrong name, or no TLS at all. Nothing secret was sent. */
  | 'ERR_AGENT_SERVER_UNTRUSTED'
  /** The server can't be reached. */
  | 'ERR_AGENT_SERVER_UNREACHABLE'
  /** The egress proxy refused to open a connection. */
  | 'ERR_AGENT_EGRESS_PROXY'
  /** The server refused the join token. */
  | 'ERR_AGENT_ENROLMENT_REFUSED'
  /** The server's answer to an enrolment or renewal is malformed, or is for another key or cluster. */
  | 'ERR_AGENT_ENROLMENT_ANSWER'
  /** There is neither a stored identity nor a join token. */
  | 'ERR_AGENT_IDENTITY_MISSING'
  /** The stored identity can't be read or written. */
  | 'ERR_AGENT_IDENTITY_STORE'
  /** The stored identity's certificate has ended. */
  | 'ERR_AGENT_IDENTITY_EXPIRED'
  /** The server no longer trusts the authority that issued the stored identity. */
  | 'ERR_AGENT_IDENTITY_UNTRUSTED'
  /** The server says that this agent's identity is revoked. The agent stops. */
  | 'ERR_AGENT_REVOKED'
  /** The cluster was deregistered: the agent removes what was installed, if it can, and stops. */
  | 'ERR_AGENT_DEREGISTERED'
  /** Something that was installed can't be removed. */
  | 'ERR_AGENT_UNINSTALL'
  /** What the server says is to be kept bound in the cluster is beyond what the agent binds, whatever the server says. */
  | 'ERR_AGENT_ACCESS_REFUSED'
  /** What is to be kept bound in the cluster can't be read or written there, or has not taken effect. */
  | 'ERR_AGENT_ACCESS'
  /** An exchange asks for what the agent refuses to do, whatever the server says. */
  | 'ERR_AGENT_EXCHANGE_REFUSED'
  /** kube-apiserver can't be reached or gave no answer in time; no response was begun. */
  | 'ERR_AGENT_UPSTREAM_UNREACHABLE'
  /** The connection to kube-apiserver broke in the middle of an exchange. */
  | 'ERR_AGENT_UPSTREAM_RESET'
  /** An install manifest can't be made from these values: a namespace, name or cluster id that Kubernetes would not take. */
  | 'ERR_AGENT_MANIFEST'
  /** The health port can't be opened. */
  | 'ERR_AGENT_HEALTH_PORT';

/** Error of `@sallyport/agent`. */
export class AgentError extends CodedError<AgentErrorCode> {}

/**
 * The code of a system or TLS error (`ECONNREFUSED`, `CERT_HAS_EXPIRED`), which names the fault without naming an
 * address; `unknown error` when there is none.
 */
export function faultOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
}
