import { settingsDenial } from '@sallyport/authz';
import { type Cluster, createId, formatDuration, parseDuration } from '@sallyport/core';
import type {
  ClientCertificateResource,
  IssueClientCertificate,
  KubeCredentialResource,
  MintStaticToken,
} from '@sallyport/core/api';
import type { KubeCredentialClaims } from '@sallyport/core/credentials';
import { effectiveSettings } from '../access/effective-settings.ts';
import { requestOrigin } from '../access/request-origin.ts';
import { ApiError } from '../errors.ts';
import { PkiError } from '../pki/errors.ts';
import type { MintedCredential } from '../stores/credential-contracts.ts';
import { type ApiContext, type Call, callEvent, type Handler } from './context.ts';
import { locateCluster } from './locate.ts';

const MIN_LIFETIME_MS = 1_000;
/** Shortest life of what is kept: it has to be carried to where it is used first. */
const MIN_KEPT_LIFETIME_MS = 60_000;
/** Life of what is kept, unless another one is asked for. */
const KEPT_LIFETIME_MS = 3_600_000;

/**
 * Mints a kube credential of the caller for one cluster. It never outlives the login session, and names nobody but the
 * caller: there is nothing in path or body to name anybody else with. Where the settings would refuse whatever it is used
 * for, none is minted; where they limit its life, it is as short as they say.
 */
export const mintKubeCredential: Handler = async (context, call): Promise<KubeCredentialResource> => {
  const cluster = locateCluster(context, call, 'credentials.create');
  const lifetimeMs = Math.min(context.kubeCredentialLifetimeMs, ...limitsOf(context, call, cluster));
  return mintToken(context, call, cluster, { kind: 'exec', lifetimeMs });
};

/** Mints a static token of the caller for one cluster, within the same bounds; it is revoked like any other. */
export const mintStaticToken: Handler = async (context, call): Promise<KubeCredentialResource> => {
  const cluster = locateCluster(context, call, 'credentials.create');
  const { lifetime } = call.body as MintStaticToken;
  const lifetimeMs = keptLifetime(context, call, cluster, lifetime);
  return mintToken(context, call, cluster, { kind: 'token', lifetimeMs });
};

/** Issues a client certificate of the caller for one cluster. Of the request only the public key is used. */
export const issueClientCertificate: Handler = async (context, call): Promise<ClientCertificateResource> => {
  const { authority, tlsServerName } = context.clientCertificates;
  const cluster = locateCluster(context, call, 'credentials.create');
  const { csr, lifetime } = call.body as IssueClientCertificate;
  const lifetimeMs = keptLifetime(context, call, cluster, lifetime);
  const claims = claimsOf(context, call, cluster);
  const { certificatePem, serial, notAfter } = await authority
    .issue(csr, claims, lifetimeMs, call.caller.loginSession.expiresAt)
    .catch((error: unknown) => {
      throw error instanceof PkiError && error.code === 'ERR_PKI_CSR_INVALID' ? invalid('csr', error.message) : error;
    });
  await record(context, call, cluster, claims, { kind: 'certificate', certificateSerial: serial, expiresAt: notAfter });
  return {
    id: claims.credentialId,
    clusterId: cluster.id,
    certificate: certificatePem,
    serial,
    expiresAt: notAfter,
    tlsServerName,
    ca: context.frontCaPem,
  };
};

async function mintToken(
  context: ApiContext,
  call: Call,
  cluster: Cluster,
  { kind, lifetimeMs }: { readonly kind: 'exec' | 'token'; readonly lifetimeMs: number },
): Promise<KubeCredentialResource> {
  if (lifetimeMs < MIN_LIFETIME_MS) throw sessionOver();
  const claims = claimsOf(context, call, cluster);
  const { token, expiresAt } = await context.kubeCredentials.mint(
    claims,
    lifetimeMs,
    call.caller.loginSession.expiresAt,
  );
  await record(context, call, cluster, claims, { kind, expiresAt });
  return { id: claims.credentialId, clusterId: cluster.id, token: token.reveal(), expiresAt };
}

function claimsOf({ clock }: ApiContext, { caller }: Call, cluster: Cluster): Required<KubeCredentialClaims> {
  return {
    credentialId: createId('credential', clock.now()),
    principalId: caller.principal.id,
    loginSessionId: caller.loginSession.id,
    organizationId: caller.organization.id,
    clusterId: cluster.id,
  };
}

async function record(
  context: ApiContext,
  call: Call,
  cluster: Cluster,
  { credentialId, principalId, loginSessionId, clusterId }: Required<KubeCredentialClaims>,
  form: Pick<MintedCredential, 'kind' | 'certificateSerial' | 'expiresAt'>,
): Promise<void> {
  const { kind, certificateSerial, expiresAt } = form;
  await context.store.transact(async (tx) => {
    await tx.putCredential({ id: credentialId, principalId, loginSessionId, clusterId, ...form });
    await tx.appendAudit(
      callEvent(context, call, 'credential.minted', {
        clusterId,
        clusterName: cluster.name,
        details: {
          credentialId,
          kind,
          ...(certificateSerial !== undefined && { certificateSerial }),
          expiresAt: expiresAt.toISOString(),
        },
      }),
    );
  });
}

/** The life of a credential that is kept. One that was asked for is given whole or not at all. */
function keptLifetime(context: ApiContext, call: Call, cluster: Cluster, asked: string | undefined): number {
  const [bySettings, bySession] = limitsOf(context, call, cluster);
  const maxMs = Math.min(context.maxKeptCredentialLifetimeMs, bySettings);
  if (asked === undefined) {
    const lifetimeMs = Math.min(KEPT_LIFETIME_MS, maxMs, bySession);
    if (lifetimeMs < MIN_LIFETIME_MS) throw sessionOver();
    return lifetimeMs;
  }
  const askedMs = parseDuration(asked);
  if (askedMs < MIN_KEPT_LIFETIME_MS) {
    throw invalid(
      'lifetime',
      `is ${formatDuration(askedMs)}, must be ${formatDuration(MIN_KEPT_LIFETIME_MS)} at least`,
    );
  }
  if (askedMs > maxMs) {
    throw invalid('lifetime', `is ${formatDuration(askedMs)}, allowed here are ${formatDuration(maxMs)}`);
  }
  if (askedMs > bySession) {
    const rest = formatDuration(Math.max(0, Math.floor(bySession / 1_000) * 1_000));
    throw invalid('lifetime', `is ${formatDuration(askedMs)}, and the login session ends in ${rest}`);
  }
  return askedMs;
}

/** The longest life that the settings leave a credential, and that the login session does; in milliseconds. */
function limitsOf(context: ApiContext, call: Call, cluster: Cluster): readonly [number, number] {
  return [assertUsable(context, call, cluster), call.caller.loginSession.expiresAt.getTime() - context.clock.now()];
}

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

function sessionOver(): ApiError {
  return new ApiError({
    code: 'ERR_API_UNAUTHENTICATED',
    message: 'the login session is over',
    nextStep: 'Sign in again with: sallyport login',
  });
}

function invalid(field: string, problem: string): ApiError {
  return new ApiError({
    code: 'ERR_API_REQUEST_INVALID',
    message: `${field}: ${problem}`,
    problems: [{ path: `body.${field}`, message: problem }],
  });
}
