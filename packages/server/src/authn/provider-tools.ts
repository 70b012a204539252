import type { IdentityProviderRecord } from '../stores/records.ts';
import type { OidcProvider } from './oidc-provider-record.ts';
import type { ProviderCheck } from './provider-check.ts';
import type { PastedToken } from './provider-tokens.ts';

/** What people who set a provider up can try. */
export interface ProviderTools {
  /** What talking to a provider takes; `undefined` for one that speaks SAML. */
  oidc(record: IdentityProviderRecord): Promise<OidcProvider | undefined>;
  /** Tests the connection. */
  check(provider: OidcProvider): Promise<readonly ProviderCheck[]>;
  /** @throws LoginError `ERR_LOGIN_RESPONSE_INVALID`, `ERR_LOGIN_PROVIDER_UNREACHABLE` */
  verifyPastedToken(provider: OidcProvider, token: string): Promise<PastedToken>;
}
