import type { CustomFetch } from 'openid-client';
import { LoginError } from '../errors.ts';
import type { OidcProvider } from './oidc-provider-record.ts';
import type { ProviderClients } from './provider-clients.ts';

/** One thing that was looked at, and how it is. */
export interface ProviderCheck {
  readonly name: 'discovery' | 'keys' | 'pkce' | 'refresh' | 'groups' | 'logout' | 'clientAuthentication';
  /** `warning`: people can sign in, and something is missing. `failed`: they can't. */
  readonly outcome: 'ok' | 'warning' | 'failed';
  /** One sentence. */
  readonly message: string;
}

/** What testing the connection to a provider needs. */
export interface ProviderCheckOptions {
  readonly clients: Pick<ProviderClients, 'discover'>;
  readonly fetch: CustomFetch;
}

const MAX_KEYS = 100;

/** Tests the connection to a provider: whether it answers, and what of it signing in and live groups can use. */
export async function checkProvider(
  provider: OidcProvider,
  { clients, fetch }: ProviderCheckOptions,
): Promise<readonly ProviderCheck[]> {
  let metadata: Readonly<Record<string, unknown>>;
  try {
    metadata = (await clients.discover(provider)).serverMetadata();
  } catch (error) {
    if (!(error instanceof LoginError)) throw error;
    return [{ name: 'discovery', outcome: 'failed', message: error.message }];
  }
  const has = (field: string, value: string) => (metadata[field] as readonly unknown[] | undefined)?.includes(value);
  const check = (
    name: ProviderCheck['name'],
    isGood: boolean | undefined,
    good: string,
    bad: string,
  ): ProviderCheck => ({ name, outcome: isGood === false ? 'warning' : 'ok', message: isGood === false ? bad : good });
  const method = provider.clientSecret === undefined ? 'none' : provider.clientAuthentication;

  return [
    { name: 'discovery', outcome: 'ok', message: `the discovery document of ${provider.issuer} is sound` },
    await checkKeys(metadata['jwks_uri'], fetch),
    check(
      'clientAuthentication',
      metadata['token_endpoint_auth_methods_supported'] === undefined
        ? undefined
        : has('token_endpoint_auth_methods_supported', method),
      `the client authenticates by ${method}`,
      `the provider does not list ${method}; choose another spec.oidc.clientAuthentication`,
    ),
    check(
      'pkce',
      has('code_challenge_methods_supported', 'S256') === true,
      'the provider checks PKCE',
      'the provider does not say that it checks PKCE; the nonce alone binds its answers',
    ),
    check(
      'refresh',
      has('grant_types_supported', 'refresh_token') === true,
      'the provider can be asked again, so that groups are live',
      'the provider does not say that it gives refresh tokens: groups may stay as of the login, and sessions are short',
    ),
    check(
      'groups',
      metadata['claims_supported'] === undefined
        ? undefined
        : has('claims_supported', provider.claims.groups ?? 'groups'),
      'nothing speaks against the groups claim',
      `the provider does not list the claim ${JSON.stringify(provider.claims.groups ?? 'groups')}; try a dry run with a token`,
    ),
    check(
      'logout',
      metadata['end_session_endpoint'] !== undefined,
      'people can be logged out at the provider too',
      'the provider has no end_session_endpoint: logging out here leaves people signed in there',
    ),
  ];
}

async function checkKeys(address: unknown, fetch: CustomFetch): Promise<ProviderCheck> {
  const failed = (message: string): ProviderCheck => ({ name: 'keys', outcome: 'failed', message });
  if (typeof address !== 'string') return failed('the provider publishes no keys');
  try {
    const response = await fetch(address, {
      method: 'GET',
      headers: { accept: 'application/json' },
      body: undefined,
      redirect: 'manual',
    });
    const { keys } = (await response.json()) as { readonly keys?: unknown };
    if (!Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS)
      return failed('the key set is empty or unusable');
    return { name: 'keys', outcome: 'ok', message: `${keys.length} signing key(s) can be read` };
  } catch {
    return failed("the provider's keys can't be read");
  }
}
