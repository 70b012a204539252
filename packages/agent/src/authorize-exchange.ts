import { actionClassOf, assertImpersonation, parseRequestAttributes } from '@sallyport/core';
import type { ActionClass, VerifiedCapability } from '@sallyport/core/credentials';
import type { RequestHead } from '@sallyport/tunnel/http';
import { AgentError } from './errors.ts';

/** What the agent lets nobody exceed, whatever the server signs. */
export interface Ceiling {
  /** Groups that may be impersonated, by their exact names. None of `system:` ever. */
  readonly groups: readonly string[];
  /** Extra keys that may be set. Default: `sallyport.dev/session`. */
  readonly extraKeys?: readonly string[];
}

/** Extra keys that a {@link Ceiling} allows by default. */
export const DEFAULT_EXTRA_KEYS: readonly string[] = ['sallyport.dev/session'];

const PLAIN_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);
const UPGRADE_METHODS = new Set(['GET', 'POST']);

/**
 * The class that a request belongs to, read from its request line by the same parser as the server's.
 * @throws AgentError `ERR_AGENT_EXCHANGE_REFUSED` for a method that kube-apiserver does not serve
 * @throws CoreError `ERR_REQUEST_AMBIGUOUS`
 */
function classOf(head: Pick<RequestHead, 'method' | 'target' | 'upgrade'>): ActionClass {
  if (!(head.upgrade ? UPGRADE_METHODS : PLAIN_METHODS).has(head.method)) {
    throw refused(
      `method ${JSON.stringify(head.method.slice(0, 16))} is not served${head.upgrade ? ' as an upgrade' : ''}`,
    );
  }
  return actionClassOf(parseRequestAttributes(head.method, head.target), head.upgrade);
}

/**
 * Refuses an exchange that its verified capability or the agent's own ceiling does not cover. Signature, cluster and
 * life were the verifier's part.
 * @throws AgentError `ERR_AGENT_EXCHANGE_REFUSED`
 * @throws CoreError `ERR_IMPERSONATION_INVALID`
 */
export function assertCovered(capability: VerifiedCapability, head: RequestHead, ceiling: Ceiling): void {
  const actionClass = classOf(head);
  if (capability.actionClass !== actionClass) {
    throw refused(`the capability covers ${capability.actionClass}, the request is ${actionClass}`);
  }
  const { impersonation } = capability;
  assertImpersonation(impersonation);
  for (const group of impersonation.groups) {
    if (!ceiling.groups.includes(group))
      throw refused(`group ${JSON.stringify(group)} is above the ceiling of the agent`);
  }
  for (const key of Object.keys(impersonation.extra ?? {})) {
    if (!(ceiling.extraKeys ?? DEFAULT_EXTRA_KEYS).includes(key)) {
      throw refused(`extra key ${JSON.stringify(key)} is above the ceiling of the agent`);
    }
  }
}

/**
 * Refuses a renewed capability that is not for the same principal, login session, identity and class: renewing
 * lengthens a stream's life and changes nothing else.
 * @throws AgentError `ERR_AGENT_EXCHANGE_REFUSED`
 */
export function assertSameAccess(current: VerifiedCapability, renewed: VerifiedCapability): void {
  const same =
    current.clusterId === renewed.clusterId &&
    current.principalId === renewed.principalId &&
    current.loginSessionId === renewed.loginSessionId &&
    current.actionClass === renewed.actionClass &&
    sameJson(current.impersonation, renewed.impersonation);
  if (!same) throw refused('the renewed capability is for another access');
}

function sameJson(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function refused(message: string): AgentError {
  return new AgentError({ code: 'ERR_AGENT_EXCHANGE_REFUSED', message });
}
