import type { Clock } from '@sallyport/core';
import type { ActionClass, CapabilityClaims, CapabilitySigner } from '@sallyport/core/credentials';
import type { Admission } from './admit.ts';

/** A signed capability and when it ends. */
export interface IssuedCapability {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Capabilities for admitted requests; the same one serves all requests alike until half of its life is over. */
export interface CapabilityCache {
  capabilityFor(admission: Admission): IssuedCapability | Promise<IssuedCapability>;
}

/** Longest life of a capability, in milliseconds. It also never outlives the session or the decision's basis. */
export const CAPABILITY_LIFETIME_MS = 60_000;
const MAX_ENTRIES = 10_000;

/** Makes a cache in front of `signer`. */
export function createCapabilityCache(signer: CapabilitySigner, clock: Clock): CapabilityCache {
  const entries = new Map<string, { readonly capability: IssuedCapability; readonly renewAt: number }>();

  async function sign(key: string, admission: Admission): Promise<IssuedCapability> {
    const now = clock.now();
    const ends = [
      now + CAPABILITY_LIFETIME_MS,
      admission.who.session?.expiresAt.getTime() ?? Number.POSITIVE_INFINITY,
      admission.decision.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    ];
    const lifetimeMs = Math.min(...ends) - now;
    const capability = await signer.sign(claimsOf(admission), lifetimeMs);
    if (entries.size >= MAX_ENTRIES) {
      const oldest = entries.keys().next();
      if (!oldest.done) entries.delete(oldest.value);
    }
    entries.set(key, { capability, renewAt: now + lifetimeMs / 2 });
    return capability;
  }

  return {
    capabilityFor(admission) {
      const key = keyOf(admission);
      const entry = entries.get(key);
      if (entry !== undefined && clock.now() < entry.renewAt) return entry.capability;
      entries.delete(key);
      return sign(key, admission);
    },
  };
}

/** Which class a request is in: every switch of protocols is `connect`, whatever its method. */
export function actionClassOf(method: string, isUpgrade: boolean): ActionClass {
  if (isUpgrade) return 'connect';
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'read' : 'write';
}

function claimsOf(admission: Admission): CapabilityClaims {
  return {
    clusterId: admission.who.cluster.id,
    principalId: admission.who.principal.id,
    ...(admission.who.session && { loginSessionId: admission.who.session.id }),
    impersonation: admission.decision.impersonate,
    actionClass: actionClassOf(admission.request.method, admission.upgrade !== undefined),
    snapshotVersion: admission.decision.snapshotVersion,
  };
}

function keyOf(admission: Admission): string {
  const { who, decision, request, upgrade } = admission;
  const action = actionClassOf(request.method, upgrade !== undefined);
  return `${who.cluster.id} ${who.credential.credentialId} ${action} ${decision.snapshotVersion} ${decision.impersonate.groups.join('\n')}`;
}
