import type { Logger, StandingRequest } from '@sallyport/core';
import type { AgentIdentity } from './identity/identity.ts';
import { postToServer, type ServerAddress } from './server-client.ts';

/** Options of {@link askStanding}. */
export interface AskStandingOptions {
  readonly server: ServerAddress;
  readonly identity: Pick<AgentIdentity, 'certificatePem'>;
  readonly logger: Logger;
}

/**
 * Asks the front door whether the cluster of an agent was deregistered while the agent was away: with a certificate that has ended
 * it can't dial the gateway. Anything but a clear yes is a no.
 */
export async function askStanding({ server, identity, logger }: AskStandingOptions): Promise<boolean> {
  const request: StandingRequest = { certificatePem: identity.certificatePem };
  try {
    const { status, body } = await postToServer(server, '/agent/v1/standing', request);
    return status === 200 && (body as { standing?: unknown } | null | undefined)?.standing === 'deregistered';
  } catch (err) {
    logger.debug({ err }, 'the server was not asked about the standing of the cluster');
    return false;
  }
}
