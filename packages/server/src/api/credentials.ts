import { settingsDenial } from '@sallyport/authz';
import { type Cluster, createId } from '@sallyport/core';
import type { KubeCredentialResource } from '@sallyport/core/api';
import { effectiveSettings } from '../access/effective-settings.ts';
import { requestOrigin } from '../access/request-origin.ts';
import { ApiError } from '../errors.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { locateCluster } from './locate.ts';

const MIN_LIFETIME_MS = 1_000;

/**
 * Mints a kube credential of the caller for one cluster. It never outlives the login session, and names nobody but the
 * caller: there is nothing in path or body to name anybody else with. Where the settings would refuse whatever it is used
 * for, none is minted; where they limit its life, it is as short as they say.
 */
export const mintKubeCredential: Handler = async (context, call): Promise<KubeCredentialResource> => {
  const { store, clock, kubeCredentials, kubeCredentialLifetimeMs } = context;
  const { principal, organization, loginSession } = call.caller;
  const cluster = locateCluster(context, call, 'credentials.create');
  const lifetimeMs = Math.min(
    kubeCredentialLifetimeMs,
    assertUsable(context, call, cluster),
    loginSession.expiresAt.getTime() - clock.now(),
  );
  if (lifetimeMs < MIN_LIFETIME_MS) {
    throw new ApiError({
      code: 'ERR_API_UNAUTHENTICATED',
      message: 'the login session is over',
      nextStep: 'Sign in again with: sallyport login',
    });
  }
  const credentialId = createId('credential', clock.now());
  const { token, expiresAt } = await kubeCredentials.mint(
    {
      credentialId,
      principalId: principal.id,
      loginSessionId: loginSession.id,
      organizationId: organization.id,
      clusterId: cluster.id,
    },
    lifetimeMs,
  );
  await store.transact(async (tx) => {
    await tx.putCredential({
      id: credentialId,
      principalId: principal.id,
      loginSessionId: loginSession.id,
      clusterId: cluster.id,
      expiresAt,
    });
    await tx.appendAudit(
      callEvent(context, call, 'credential.minted', {
        clusterId: cluster.id,
        clusterName: cluster.name,
        details: { credentialId, expiresAt: expiresAt.toISOString() },
      }),
    );
  });
  return { id: credentialId, clusterId: cluster.id, token: token.reveal(), expiresAt };
};

/** The longest life that the settings leave a credential, in milliseconds. */
function assertUsable({ snapshots, clock }: ApiContext, { caller, sourceAddress }: Call, cluster: Cluster): number {
  const { principal, loginSession } = caller;
  const snapshot = snapshots.current();
  const settings = effectiveSettings(snapshot, principal, cluster);
  if (settings === undefined) return Number.POSITIVE_INFINITY;
  const origin = requestOrigin(snapshot, {
    channel: loginSession.client === 'web' ? 'webKubectl' : 'kubectl',
    principalId: principal.id,
    address: sourceAddress ?? '',
    at: new Date(clock.now()),
  });
  const denial = settingsDenial({ principal, settings, origin });
  if (denial !== undefined) throw new ApiError({ code: 'ERR_API_FORBIDDEN', message: denial.message });
  return settings.credentialLifetimeMs?.value ?? Number.POSITIVE_INFINITY;
}
