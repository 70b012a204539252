import { hkdfSync } from 'node:crypto';
import { type Clock, type Logger, Secret } from '@sallyport/core';
import { createDevelopmentProvider, type DevelopmentProvider } from './authn/development-provider.ts';
import { brokerCallbackUrl } from './authn/login-routes.ts';
import { DEVELOPMENT_PROVIDER_NAME, type IdentityProviderConfig, type ServerConfig } from './config.ts';
import type { Store } from './stores/index.ts';

/** The provider of a development server, when its configuration names people; else there is none. */
export function developmentProviderOf(
  config: ServerConfig,
  publicUrl: string,
  store: Store,
  seed: Secret,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): DevelopmentProvider | undefined {
  if (config.developmentUsers.length === 0) return undefined;
  return createDevelopmentProvider({
    mode: config.mode,
    publicUrl,
    users: config.developmentUsers,
    clientSecret: deriveSecret(seed, 'development provider client'),
    redirectUri: brokerCallbackUrl(publicUrl, config.organization, DEVELOPMENT_PROVIDER_NAME),
    rows: store.oauth,
    clock,
    logger,
  });
}

/** The development provider as the identity provider that people sign in with. */
export function asIdentityProvider(provider: DevelopmentProvider): IdentityProviderConfig {
  return {
    name: DEVELOPMENT_PROVIDER_NAME,
    displayName: 'Development provider',
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    oauthScopes: ['openid', 'profile', 'email', 'groups'],
    userNameClaim: 'email',
    groupsClaim: 'groups',
  };
}

/** A secret of its own for each purpose, the same at every start (HKDF, RFC 5869). */
function deriveSecret(seed: Secret, purpose: string): Secret {
  return new Secret(Buffer.from(hkdfSync('sha256', seed.reveal(), '', purpose, 32)).toString('base64url'));
}
