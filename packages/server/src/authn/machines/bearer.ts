import type { LiveLogin } from '../login-sessions.ts';
import type { ApiKeyVerifier } from './api-keys.ts';
import { MACHINE_SECRET_PREFIXES } from './machine-secret.ts';

/** Says which machine presents a bearer credential on the REST API, or `undefined`. */
export type MachineAuthenticator = (request: {
  /** Values of all `Authorization` lines. */
  readonly authorization: readonly string[];
  /** Values of all `DPoP` lines. */
  readonly dpop: readonly string[];
  readonly sourceAddress: string | undefined;
}) => Promise<LiveLogin | undefined>;

const BEARER = /^Bearer ([\w.-]+)$/i;

/** Creates the authentication of machines: an API key, or the access token of a workload that is bound to no key. */
export function createMachineAuthenticator(options: {
  readonly verifyApiKey: ApiKeyVerifier;
  readonly verifyAccessToken: (text: string) => Promise<LiveLogin | undefined>;
}): MachineAuthenticator {
  return async ({ authorization, dpop, sourceAddress }) => {
    const [line, ...more] = authorization;
    const text = line === undefined ? undefined : BEARER.exec(line)?.[1];
    // A proof beside a bearer token is a token that lost its binding.
    if (text === undefined || more.length > 0 || dpop.length > 0) return undefined;
    return text.startsWith(`${MACHINE_SECRET_PREFIXES.apiKey}_`)
      ? options.verifyApiKey(text, sourceAddress)
      : options.verifyAccessToken(text);
  };
}
