import { actionClassOf } from '@sallyport/core';
import type { CapabilitySigner, SignedCapability } from '@sallyport/core/credentials';
import type { Admission } from './admit.ts';

/** The capability that lets the agent carry an admitted request; at once when one was signed for its like before. */
export function capabilityFor(
  signer: CapabilitySigner,
  admission: Admission,
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
  const notAfter = earliest(who.session?.expiresAt, decision.expiresAt);
  return signer.peek(claims, notAfter) ?? signer.sign(claims, notAfter);
}

/** A capability never outlives the login session, nor the grant that a decision rests on. */
function earliest(...dates: readonly (Date | undefined)[]): Date | undefined {
  let first: Date | undefined;
  for (const date of dates) if (date !== undefined && (first === undefined || date < first)) first = date;
  return first;
}
