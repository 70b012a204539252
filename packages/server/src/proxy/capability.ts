import { actionClassOf, isCodedError } from '@sallyport/core';
import type { CapabilitySigner, SignedCapability } from '@sallyport/core/credentials';
import { SignerError } from '../signer/errors.ts';
import type { Admission } from './admit.ts';
import type { Refusal } from './refusal.ts';

/**
 * The capability that lets the agent carry an admitted request; at once when one was signed for its like before.
 *
 * @param notAfter until when the request stands as it is admitted; absent: for longer than capabilities live
 */
export function capabilityFor(
  signer: CapabilitySigner,
  admission: Admission,
  notAfter: Date | undefined,
): SignedCapability | Promise<SignedCapability> {
  const { who, decision, upgrade, attributes } = admission;
  const claims = {
    clusterId: who.cluster.id,
    principalId: who.principal.id,
    ...(who.session && { loginSessionId: who.session.id }),
    impersonation: decision.impersonate,
    actionClass: actionClassOf(attributes, upgrade !== undefined),
    snapshotVersion: decision.snapshotVersion,
  };
  return signer.peek(claims, notAfter) ?? signer.sign(claims, notAfter);
}

/**
 * The refusal of a request for which no capability was signed; `undefined` for a fault of our own. What the signer can't do
 * just now may be tried again; what its rules don't cover may not.
 */
export function describeUnsigned(error: unknown): Refusal | undefined {
  if (!isCodedError(error)) return undefined;
  if (!(error instanceof SignerError)) {
    return { code: 'ERR_PROXY_ACCESS_ENDED', message: `access has ended: ${error.message}.` };
  }
  if (error.code === 'ERR_SIGNER_REFUSED') {
    const message = `the capability signer refused what the roles allow: ${error.message}.`;
    return { code: 'ERR_PROXY_SIGNER_REFUSED', message };
  }
  // The person at kubectl can't mend it, and the reason is in the server's log.
  const message = 'the capability signer of this server signs nothing just now, so nothing can be sent to a cluster.';
  return { code: 'ERR_PROXY_SIGNER_AWAY', message, retryAfterSeconds: 1 };
}
