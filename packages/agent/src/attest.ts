import type { EnrolmentAttestation, Logger } from '@sallyport/core';
import type { KubeUpstream } from './upstream/contract.ts';

/** Options of {@link attest}. */
export interface AttestOptions {
  readonly upstream: Pick<KubeUpstream, 'sendAsAgent'>;
  /** The service account token as it is now; `undefined` when there is none. */
  readonly token: () => string | undefined;
  readonly logger: Logger;
}

/** Where kube-apiserver hands out the public keys of its service account issuer. */
const JWKS_PATH = '/openid/v1/jwks';
/** It refuses to answer with plain `application/json` (Kubernetes 1.18 and later). */
const JWKS_TYPES = 'application/jwk-set+json, application/json';

/**
 * What the agent can show of the cluster that it runs in: a token of its service account, and the keys that such tokens are
 * verified with. `undefined` where there is no token, or where the API server does not hand out its keys: the agent can enrol all
 * the same, and the server calls it unverified.
 */
export async function attest({ upstream, token, logger }: AttestOptions): Promise<EnrolmentAttestation | undefined> {
  const serviceAccountToken = token();
  if (serviceAccountToken === undefined) return undefined;
  try {
    const { status, body } = await upstream.sendAsAgent({ method: 'GET', path: JWKS_PATH, accept: JWKS_TYPES });
    if (status === 200) return { serviceAccountToken, jwks: body };
    logger.warn(
      { status },
      'the API server does not hand out its keys, so the server can not tell this agent from a copy',
    );
  } catch (err) {
    logger.warn(
      { err },
      'the keys of the API server can not be read, so the server can not tell this agent from a copy',
    );
  }
  return undefined;
}
