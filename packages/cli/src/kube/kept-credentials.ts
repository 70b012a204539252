import { Secret } from '@sallyport/core';
import { type ApiClient, ApiProblemError } from '@sallyport/core/api';
import { createKeyAndRequest } from '@sallyport/core/credentials';
import type { KubeconfigCluster, KubeconfigCredential, KubeconfigOwner } from '@sallyport/core/kubeconfig';
import { type SessionContext, withSession } from '../session/session.ts';

/** Forms of a credential that a kubeconfig holds. */
export type KeptForm = KubeconfigCredential['kind'];

/** A cluster as a kubeconfig names it. */
type Named = Pick<KubeconfigCluster, 'name' | 'server'>;

/** A cluster with the credential for it. */
type Entry = Named & Pick<KubeconfigCluster, 'caPem' | 'tlsServerName'> & { readonly credential: KubeconfigCredential };

type KeptApi = Pick<ApiClient, 'mintStaticToken' | 'issueClientCertificate'>;

/** Which credentials are asked for. */
export interface KeptWish {
  readonly organization: string;
  readonly form: KeptForm;
  /** Default: the server's. */
  readonly lifetime?: string;
}

/**
 * Gets a credential for each cluster. The key of a certificate is made here, and leaves only with the kubeconfig. With
 * `skipsRefused`, clusters for which there is none are left out, unless that is all of them.
 */
export async function withCredentials(
  api: KeptApi,
  clusters: readonly Named[],
  wish: KeptWish,
  skipsRefused: boolean,
): Promise<{ readonly entries: readonly Entry[]; readonly leftOut: readonly string[] }> {
  const entries: Entry[] = [];
  const leftOut: string[] = [];
  let refusal: ApiProblemError | undefined;
  for (const cluster of clusters) {
    try {
      entries.push(await withCredential(api, cluster, wish));
    } catch (error) {
      if (!skipsRefused || !(error instanceof ApiProblemError) || error.problem.code !== 'ERR_API_FORBIDDEN')
        throw error;
      leftOut.push(cluster.name);
      refusal ??= error;
    }
  }
  if (entries.length === 0 && refusal !== undefined) throw refusal;
  return { entries, leftOut };
}

async function withCredential(
  api: KeptApi,
  cluster: Named,
  { organization, form, lifetime }: KeptWish,
): Promise<Entry> {
  const of = { organization, name: cluster.name };
  const asked = lifetime === undefined ? {} : { lifetime };
  if (form === 'token') {
    const { id, token, expiresAt } = await api.mintStaticToken({ ...of, body: asked });
    return { ...cluster, credential: { kind: 'token', id, expiresAt, token: new Secret(token) } };
  }
  const { csrPem, privateKeyPem } = createKeyAndRequest('sallyport-cli');
  const issued = await api.issueClientCertificate({ ...of, body: { csr: csrPem, ...asked } });
  const { id, expiresAt, certificate: certificatePem } = issued;
  return {
    ...cluster,
    credential: { kind: 'certificate', id, expiresAt, certificatePem, privateKeyPem },
    // Under this name the server shows a certificate of its own CA, whatever the public host has.
    tlsServerName: issued.tlsServerName,
    caPem: issued.ca,
  };
}

// What is taken out of a file is over soon enough: a server that is away holds nobody up.
const TIMEOUT_MS = 5_000;

/**
 * Revokes credentials that kubeconfigs held. Yields the ids of those that live on because their server could not be told;
 * those that have ended by themselves don't count. Never rejects.
 */
export async function revokeKept(
  context: SessionContext,
  owners: readonly KubeconfigOwner[],
): Promise<readonly string[]> {
  const left: string[] = [];
  const now = context.clock.now();
  for (const { server, organization, account, credential } of owners) {
    if (credential === undefined || credential.expiresAt.getTime() <= now) continue;
    const selection = { server, ...(account !== undefined && { account: `${organization}/${account}` }) };
    const { id } = credential;
    await withSession(context, selection, ({ api }) => api.revokeMyCredential({ id }), { timeoutMs: TIMEOUT_MS }).catch(
      (error: unknown) => {
        const isOver = error instanceof ApiProblemError && error.problem.code === 'ERR_API_NOT_FOUND';
        if (!isOver) left.push(id);
      },
    );
  }
  return left;
}
