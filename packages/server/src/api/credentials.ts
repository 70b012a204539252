import { createId } from '@sallyport/core';
import type { KubeCredentialResource } from '@sallyport/core/api';
import { ApiError } from '../errors.ts';
import { callEvent, type Handler } from './context.ts';
import { locateCluster } from './locate.ts';

const MIN_LIFETIME_MS = 1_000;

/**
 * Mints a kube credential of the caller for one cluster. It never outlives the login session, and names nobody but the
 * caller: there is nothing in path or body to name anybody else with.
 */
export const mintKubeCredential: Handler = async (context, call): Promise<KubeCredentialResource> => {
  const { store, clock, kubeCredentials, kubeCredentialLifetimeMs } = context;
  const { principal, organization, loginSession } = call.caller;
  const cluster = locateCluster(context, call, 'credentials.create');
  const lifetimeMs = Math.min(kubeCredentialLifetimeMs, loginSession.expiresAt.getTime() - clock.now());
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
