import type { ActionClass, CapabilityClaims } from '@sallyport/core/credentials';

/** What may be signed for a cluster. */
export interface SignerRule {
  /** Groups that may be acted as, by their exact names. */
  readonly groups: readonly string[];
  /** Classes of requests. */
  readonly actions: readonly ActionClass[];
}

/** What a signer signs, whatever the server asks for. */
export interface SignerRules extends SignerRule {
  /** Extra keys that an identity may carry. */
  readonly extraKeys: readonly string[];
  /** When given, these clusters only, by id; what a rule leaves out is as for all clusters. */
  readonly clusters?: ReadonlyMap<string, Partial<SignerRule>>;
}

/** Rules that hold unless the configuration says otherwise: what agents are installed with by default. */
export const DEFAULT_SIGNER_RULES: SignerRules = {
  groups: ['sallyport:view', 'sallyport:edit', 'sallyport:admin', 'sallyport:inventory'],
  actions: ['read', 'write', 'connect'],
  extraKeys: ['sallyport.dev/session'],
};

/** Which rule is broken by claims that are well formed, as the end of a sentence; `undefined` when none is. */
export function findBreach(rules: SignerRules, claims: CapabilityClaims): string | undefined {
  const { clusterId, impersonation, actionClass } = claims;
  const own = rules.clusters?.get(clusterId);
  if (rules.clusters !== undefined && own === undefined) return `nothing is signed for cluster ${clusterId}`;
  const { groups, actions } = { ...rules, ...own };
  if (!actions.includes(actionClass)) return `${actionClass} is not signed for cluster ${clusterId}`;
  const group = impersonation.groups.find((name) => !groups.includes(name));
  if (group !== undefined) return `group ${JSON.stringify(group)} is above the ceiling of the signer`;
  const key = Object.keys(impersonation.extra ?? {}).find((name) => !rules.extraKeys.includes(name));
  if (key !== undefined) return `extra key ${JSON.stringify(key)} is above the ceiling of the signer`;
  return undefined;
}
