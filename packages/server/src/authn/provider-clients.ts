import type { Clock, Logger } from '@sallyport/core';
import * as client from 'openid-client';
import { LoginError } from '../errors.ts';
import { addressRefusalIn } from '../network/outbound-guard.ts';
import type { OidcProvider } from './oidc-provider-record.ts';

/** OpenID Connect clients of the identity providers. */
export interface ProviderClients {
  /**
   * The client of a provider. Discovered at its first use, so an unreachable provider harms nobody else; again after ten
   * minutes, and at once when anything of the provider changed.
   * @throws LoginError `ERR_LOGIN_PROVIDER_UNREACHABLE`, `ERR_LOGIN_PROVIDER_ADDRESS`, `ERR_LOGIN_PROVIDER_INSECURE`
   */
  of(provider: OidcProvider): Promise<client.Configuration>;
  /** The same without the memory of earlier ones. */
  discover(provider: OidcProvider): Promise<client.Configuration>;
}

/** What {@link createProviderClients} needs. */
export interface ProviderClientsOptions {
  readonly fetch: client.CustomFetch;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Plain HTTP is taken from loopback providers in development mode only. */
  readonly mode: 'development' | 'production';
}

/** How far the clocks of a provider and of this server may be apart, in seconds. */
export const CLOCK_SKEW_SECONDS = 60;

/** How long a discovery document is used. Signing keys are read again on their own. */
const METADATA_MS = 600_000;
const MAX_CLIENTS = 1_000;
const TIMEOUT_SECONDS = 10;

/** Creates the clients. */
export function createProviderClients(options: ProviderClientsOptions): ProviderClients {
  const { clock } = options;
  const known = new Map<string, { readonly until: number; readonly configuration: Promise<client.Configuration> }>();
  return {
    of(provider) {
      // The key holds everything that a changed provider could differ in, so a change takes effect at once.
      const { id, issuer, clientId, clientSecret, clientAuthentication } = provider;
      const key = JSON.stringify([id, issuer, clientId, clientSecret?.reveal(), clientAuthentication]);
      const found = known.get(key);
      if (found !== undefined && found.until > clock.monotonicMs()) return found.configuration;
      if (known.size >= MAX_CLIENTS) known.clear();
      const configuration = discover(provider, options);
      known.set(key, { until: clock.monotonicMs() + METADATA_MS, configuration });
      configuration.catch(() => known.delete(key));
      return configuration;
    },
    discover: (provider) => discover(provider, options),
  };
}

async function discover(provider: OidcProvider, options: ProviderClientsOptions): Promise<client.Configuration> {
  const issuer = new URL(provider.issuer);
  const insecure = issuer.protocol === 'http:';
  if (insecure && (options.mode !== 'development' || !isLoopback(issuer.hostname))) {
    throw new LoginError({
      code: 'ERR_LOGIN_PROVIDER_INSECURE',
      message: `the identity provider ${provider.name} is at ${issuer.origin}, which is not https`,
      nextStep: 'Configure the https address of the provider; plain http is for loopback in development mode only.',
    });
  }
  try {
    return await client.discovery(
      issuer,
      provider.clientId,
      { [client.clockTolerance]: CLOCK_SKEW_SECONDS },
      clientAuthentication(provider),
      {
        [client.customFetch]: options.fetch,
        timeout: TIMEOUT_SECONDS,
        execute: insecure
          ? [client.enableNonRepudiationChecks, client.allowInsecureRequests]
          : [client.enableNonRepudiationChecks],
      },
    );
  } catch (error) {
    options.logger.warn({ err: error, issuer: provider.issuer }, 'discovery of an identity provider failed');
    const refusal = addressRefusalIn(error);
    if (refusal !== undefined) throw refusal;
    throw new LoginError({
      code: 'ERR_LOGIN_PROVIDER_UNREACHABLE',
      message: `the identity provider ${provider.displayName} (${issuer.origin}) can't be reached or has no usable discovery document`,
      nextStep:
        'Try again in a moment; if it lasts, ask an administrator to check the address and the certificate of the provider.',
      cause: error,
    });
  }
}

/** The secret goes into the body unless told otherwise: not every provider decodes what RFC 6749 puts into the header. */
function clientAuthentication({ clientSecret, clientAuthentication: method }: OidcProvider): client.ClientAuth {
  if (clientSecret === undefined || method === 'none') return client.None();
  const secret = clientSecret.reveal();
  return method === 'client_secret_basic' ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
