import { type Clock, type Logger, sleep } from '@sallyport/core';
import { CliError } from '../errors.ts';
import { writePrivateFile } from '../state/atomic-file.ts';
import type { KubeClient } from './kube-client.ts';

/** What {@link keepServiceAccountToken} needs. */
export interface TokenKeeperOptions {
  /** A client with the right to create tokens of the account; the only thing its rights are used for after the set-up. */
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Where the token is kept, mode 0600; read again by the agent. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const LIFETIME_SECONDS = 3_600;
const RETRY_MS = 10_000;

/**
 * Writes a token of a ServiceAccount (TokenRequest) and renews it at four fifths of its life until the signal is aborted.
 * Resolves when the first token is there; a renewal that fails is tried again every ten seconds.
 * @throws CliError `ERR_DEMO_CLUSTER` when the first token can't be had
 */
export async function keepServiceAccountToken(options: TokenKeeperOptions): Promise<void> {
  const { clock, signal, logger } = options;
  let renewAt = await renew(options);
  const renewals = async () => {
    for (;;) {
      await sleep(clock, Math.max(0, renewAt - clock.now()), signal);
      try {
        renewAt = await renew(options);
      } catch (error) {
        logger.warn({ err: error, retryMs: RETRY_MS }, 'the token of the agent could not be renewed');
        renewAt = clock.now() + RETRY_MS;
      }
    }
  };
  void renewals().catch(() => {
    // The only way out of the loop is the signal.
  });
}

async function renew({ client, namespace, name, file, clock }: TokenKeeperOptions): Promise<number> {
  const answer = (await client.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: LIFETIME_SECONDS },
    },
  })) as { status?: { token?: unknown; expirationTimestamp?: unknown } } | undefined;
  const { token, expirationTimestamp } = answer?.status ?? {};
  // The cluster may shorten or lengthen what was asked for: its word counts.
  const expiresAt = Date.parse(String(expirationTimestamp));
  if (typeof token !== 'string' || token === '' || Number.isNaN(expiresAt)) {
    throw new CliError({
      code: 'ERR_DEMO_CLUSTER',
      message: `the cluster issued no token for the service account ${namespace}/${name}`,
      nextStep: 'Check that the API server signs service account tokens (--service-account-issuer).',
    });
  }
  await writePrivateFile(file, token);
  const now = clock.now();
  return now + (expiresAt - now) * 0.8;
}
