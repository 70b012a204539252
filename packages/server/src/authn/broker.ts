import type { Clock, Logger } from '@sallyport/core';
import * as client from 'openid-client';
import { LoginError } from '../errors.ts';
import type { IdentityProvider } from '../stores/contracts.ts';
import { translateBrokerError } from './broker-errors.ts';
import { compileClaimMapping } from './claim-mapping.ts';
import { hasDuplicateKeys } from './duplicate-keys.ts';
import type { Identity } from './identity.ts';

/** Speaks OpenID Connect to the identity providers upstream. */
export interface Broker {
  /**
   * Begins a login at a provider on behalf of an interaction, and says where to send the browser.
   * @throws LoginError
   */
  begin(provider: IdentityProvider, callbackUrl: string, interactionId: string): Promise<URL>;
  /**
   * Finishes a login from the provider's answer, given as the whole address that the browser came back to.
   * @throws LoginError
   */
  complete(provider: IdentityProvider, answer: URL, interactionId: string): Promise<Identity>;
}

/** A login under way, kept on the server until the browser comes back. */
export interface PendingLogin extends Record<string, unknown> {
  readonly providerId: string;
  readonly interactionId: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Where logins under way are kept, by their state parameter. */
export interface PendingLogins {
  upsert(state: string, login: PendingLogin, expiresInSeconds: number): Promise<void>;
  find(state: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  destroy(state: string): Promise<void>;
}

/** What {@link createBroker} needs. */
export interface BrokerOptions {
  readonly pendingLogins: PendingLogins;
  readonly fetch: client.CustomFetch;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Plain HTTP is taken from loopback providers in development mode only. */
  readonly mode: 'development' | 'production';
}

const LOGIN_SECONDS = 900;
/** How long a discovery document is used. Signing keys are read again on their own. */
const METADATA_MS = 600_000;
const CLOCK_SKEW_SECONDS = 60;

/** Creates the broker. Providers are discovered at their first login, so an unreachable one harms nobody else. */
export function createBroker(options: BrokerOptions): Broker {
  const { pendingLogins, clock } = options;
  const configurations = new Map<
    string,
    { readonly until: number; readonly configuration: Promise<client.Configuration> }
  >();

  function configurationOf(provider: IdentityProvider): Promise<client.Configuration> {
    // The key holds everything that a changed provider could differ in, so a change takes effect at once.
    const key = JSON.stringify([provider.id, provider.issuer, provider.clientId, provider.clientSecret?.reveal()]);
    const known = configurations.get(key);
    if (known !== undefined && known.until > clock.monotonicMs()) return known.configuration;
    const configuration = discover(provider, options);
    configurations.set(key, { until: clock.monotonicMs() + METADATA_MS, configuration });
    configuration.catch(() => configurations.delete(key));
    return configuration;
  }

  return {
    async begin(provider, callbackUrl, interactionId) {
      const configuration = await configurationOf(provider);
      const state = client.randomState();
      const nonce = client.randomNonce();
      const codeVerifier = client.randomPKCECodeVerifier();
      await pendingLogins.upsert(state, { providerId: provider.id, interactionId, nonce, codeVerifier }, LOGIN_SECONDS);
      return client.buildAuthorizationUrl(configuration, {
        redirect_uri: callbackUrl,
        scope: provider.oauthScopes.join(' '),
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
    },

    async complete(provider, answer, interactionId) {
      const state = answer.searchParams.get('state') ?? '';
      const pending = await pendingLogins.find(state);
      if (
        pending === undefined ||
        pending['providerId'] !== provider.id ||
        pending['interactionId'] !== interactionId
      ) {
        throw new LoginError({
          code: 'ERR_LOGIN_NOT_FOUND',
          message: 'this login was not begun in this browser, or it is over',
          nextStep: 'Start again from the command line and finish the login in the window that it opens.',
        });
      }
      // Before the code is used: an answer is good for one try.
      await pendingLogins.destroy(state);
      const configuration = await configurationOf(provider);
      try {
        const tokens = await client.authorizationCodeGrant(configuration, answer, {
          expectedState: state,
          expectedNonce: String(pending['nonce']),
          pkceCodeVerifier: String(pending['codeVerifier']),
          idTokenExpected: true,
        });
        const claims = tokens.claims() as client.IDToken;
        assertIdToken(tokens.id_token as string, claims, clock);
        const mapping = compileClaimMapping(
          { userName: provider.userNameClaim, groups: provider.groupsClaim },
          provider.issuer,
        );
        return mapping.read(await withUserInfo(configuration, provider, tokens.access_token, claims));
      } catch (error) {
        throw translateBrokerError(error, provider);
      }
    },
  };
}

async function discover(provider: IdentityProvider, options: BrokerOptions): Promise<client.Configuration> {
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
    const configuration = await client.discovery(
      issuer,
      provider.clientId,
      { [client.clockTolerance]: CLOCK_SKEW_SECONDS },
      provider.clientSecret === undefined ? client.None() : client.ClientSecretPost(provider.clientSecret.reveal()),
      {
        [client.customFetch]: options.fetch,
        timeout: 10,
        execute: insecure
          ? [client.enableNonRepudiationChecks, client.allowInsecureRequests]
          : [client.enableNonRepudiationChecks],
      },
    );
    return configuration;
  } catch (error) {
    options.logger.warn({ err: error, issuer: provider.issuer }, 'discovery of an identity provider failed');
    throw new LoginError({
      code: 'ERR_LOGIN_PROVIDER_UNREACHABLE',
      message: `the identity provider ${provider.displayName} (${issuer.origin}) can't be reached or has no usable discovery document`,
      nextStep:
        'Try again in a moment; if it lasts, ask an administrator to check the address and the certificate of the provider.',
      cause: error,
    });
  }
}

/** What the library leaves open: keys that stand twice, and a token from the future. */
function assertIdToken(idToken: string, claims: client.IDToken, clock: Clock): void {
  const [header = '', payload = ''] = idToken.split('.');
  const isAmbiguous = [header, payload].some((part) =>
    hasDuplicateKeys(Buffer.from(part, 'base64url').toString('utf8')),
  );
  const isFromFuture = claims.iat * 1000 > clock.now() + CLOCK_SKEW_SECONDS * 1000;
  if (!isAmbiguous && !isFromFuture) return;
  throw new LoginError({
    code: 'ERR_LOGIN_RESPONSE_INVALID',
    message: isAmbiguous ? 'the ID token states a claim twice' : 'the ID token was issued in the future',
    nextStep: 'Ask an administrator to check the identity provider and both clocks.',
  });
}

/** Some providers put groups, or all but the subject, into the user info only. */
async function withUserInfo(
  configuration: client.Configuration,
  provider: IdentityProvider,
  accessToken: string,
  claims: client.IDToken,
): Promise<Readonly<Record<string, unknown>>> {
  const isComplete = Object.hasOwn(claims, provider.userNameClaim) && Object.hasOwn(claims, provider.groupsClaim);
  if (isComplete || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
  // What the signed token states wins over what the endpoint says.
  return { ...(await client.fetchUserInfo(configuration, accessToken, claims.sub)), ...claims };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
