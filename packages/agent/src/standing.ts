import type { Logger, StandingRequest, StandingResponse } from '@sallyport/core';
import type { AgentIdentity } from './identity/identity.ts';
import { postToServer, type ServerAddress } from './server-client.ts';

/** Options of {@link askStanding}. */
export interface AskStandingOptions {
  readonly server: ServerAddress;
  readonly identity: Pick<AgentIdentity, 'certificatePem'>;
  readonly logger: Logger;
}

/**
 * Asks the front door what became of an identity that the gateway can't be dialled with: whether its cluster was deregistered
 * meanwhile, or its authority is trusted no more. Whatever goes wrong is `unknown`.
 */
export async function askStanding({
  server,
  identity,
  logger,
}: AskStandingOptions): Promise<StandingResponse['standing']> {
  const request: StandingRequest = { certificatePem: identity.certificatePem };
  try {
    const { status, body } = await postToServer(server, '/agent/v1/standing', request);
    const standing = status === 200 ? (body as { standing?: unknown } | null | undefined)?.standing : undefined;
    return standing === 'deregistered' || standing === 'untrusted' ? standing : 'unknown';
  } catch (err) {
    logger.debug({ err }, 'the server was not asked about the standing of the cluster');
    return 'unknown';
  }
}
