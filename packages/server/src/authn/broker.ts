import { type Clock, Secret } from '@sallyport/core';
import * as client from 'openid-client';
import { LoginError } from '../errors.ts';
import type { Authentication } from '../stores/contracts.ts';
import { translateBrokerError } from './broker-errors.ts';
import { compileClaimMapping } from './claim-mapping.ts';
import type { Claims } from './claim-source.ts';
import { hasDuplicateKeys } from './duplicate-keys.ts';
import type { Identity } from './identity.ts';
import { DEFAULT_SCOPES, type OidcProvider } from './oidc-provider-record.ts';
import { CLOCK_SKEW_SECONDS, type ProviderClients } from './provider-clients.ts';
import { describeStepUpNeed, type StepUpDemand } from './step-up.ts';

/** Who came back from a provider, and what it gave us to ask again. */
export interface BrokeredLogin {
  readonly identity: Identity;
  readonly authentication: Authentication;
  readonly tokens: { readonly refreshToken?: Secret; readonly idToken?: Secret };
  /** The provider's own session (`sid`). */
  readonly providerSessionId?: string;
}

/** What a provider said when it was asked again. */
export interface RefreshedLogin {
  readonly identity: Identity;
  readonly tokens: { readonly refreshToken: Secret; readonly idToken?: Secret };
}

/** Speaks OpenID Connect to the identity providers upstream. */
export interface Broker {
  /**
   * Begins a login at a provider on behalf of whatever `binding` names, and says where to send the browser.
   * @throws LoginError
   */
  begin(provider: OidcProvider, login: BeginLogin): Promise<URL>;
  /** What the login of an answer was begun for; `undefined` for one that was not begun here, or is over. */
  bindingOf(answer: URL): Promise<string | undefined>;
  /**
   * Finishes a login from the provider's answer, given as the whole address that the browser came back to.
   * @throws LoginError
   */
  complete(provider: OidcProvider, answer: URL, binding: string): Promise<BrokeredLogin>;
  /**
   * Asks a provider again, by the refresh token of an earlier login of `subjectClaim`. `undefined` when it answers without
   * saying anything about the person.
   * @throws LoginError
   */
  refresh(provider: OidcProvider, refreshToken: Secret, subjectClaim: string): Promise<RefreshedLogin | undefined>;
  /** Where to send a browser so that it is logged out at the provider too; `undefined` where there is no such place. */
  logoutUrl(provider: OidcProvider, idToken: Secret | undefined, backTo: string): Promise<URL | undefined>;
}

/** How a login is begun. */
export interface BeginLogin {
  readonly callbackUrl: string;
  /** Names what the login is for: it can be finished only there. */
  readonly binding: string;
  /** What the login must come to. Given: the provider is told to ask the person, whatever it remembers. */
  readonly demand?: StepUpDemand;
}

/** A login under way, kept on the server until the browser comes back. */
export interface PendingLogin extends Record<string, unknown> {
  readonly providerId: string;
  readonly binding: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly demand?: StepUpDemand;
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
  readonly clients: ProviderClients;
  readonly clock: Clock;
}

const LOGIN_SECONDS = 900;
const MAX_WORD_CHARACTERS = 255;
const MAX_METHODS = 16;

/** Creates the broker. */
export function createBroker({ pendingLogins, clients, clock }: BrokerOptions): Broker {
  const stateOf = (answer: URL) => answer.searchParams.get('state') ?? '';

  return {
    async begin(provider, { callbackUrl, binding, demand }) {
      const configuration = await clients.of(provider);
      const state = client.randomState();
      const nonce = client.randomNonce();
      const codeVerifier = client.randomPKCECodeVerifier();
      const pending: PendingLogin = {
        providerId: provider.id,
        binding,
        nonce,
        codeVerifier,
        ...(demand !== undefined && { demand }),
      };
      await pendingLogins.upsert(state, pending, LOGIN_SECONDS);
      return client.buildAuthorizationUrl(configuration, {
        redirect_uri: callbackUrl,
        scope: scopesFor(provider, configuration.serverMetadata()).join(' '),
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        ...(demand !== undefined && demandParameters(demand)),
      });
    },

    async bindingOf(answer) {
      const binding = (await pendingLogins.find(stateOf(answer)))?.['binding'];
      return typeof binding === 'string' ? binding : undefined;
    },

    async complete(provider, answer, binding) {
      const state = stateOf(answer);
      const pending = await pendingLogins.find(state);
      if (pending === undefined || pending['providerId'] !== provider.id || pending['binding'] !== binding) {
        throw new LoginError({
          code: 'ERR_LOGIN_NOT_FOUND',
          message: 'this login was not begun in this browser, or it is over',
          nextStep: 'Start again from the command line and finish the login in the window that it opens.',
        });
      }
      // Before the code is used: an answer is good for one try.
      await pendingLogins.destroy(state);
      const configuration = await clients.of(provider);
      try {
        const tokens = await client.authorizationCodeGrant(configuration, answer, {
          expectedState: state,
          expectedNonce: String(pending['nonce']),
          pkceCodeVerifier: String(pending['codeVerifier']),
          idTokenExpected: true,
        });
        const idToken = tokens.id_token as string;
        const claims = tokens.claims() as client.IDToken;
        assertIdToken(idToken, claims, clock);
        const authentication = readAuthentication(claims, clock.now());
        assertDemandMet(provider, authentication, pending['demand'] as StepUpDemand | undefined, clock.now());
        const mapping = compileClaimMapping(provider.claims, provider.issuer);
        const sid = readWord(claims['sid']);
        return {
          identity: mapping.read(await withUserInfo(configuration, mapping.isComplete, tokens.access_token, claims)),
          authentication,
          tokens: {
            idToken: new Secret(idToken),
            ...(tokens.refresh_token !== undefined && { refreshToken: new Secret(tokens.refresh_token) }),
          },
          ...(sid !== undefined && { providerSessionId: sid }),
        };
      } catch (error) {
        throw translateBrokerError(error, provider);
      }
    },

    async refresh(provider, refreshToken, subjectClaim) {
      const configuration = await clients.of(provider);
      try {
        const tokens = await client.refreshTokenGrant(configuration, refreshToken.reveal());
        const idToken = tokens.id_token;
        const stated: Claims = tokens.claims() ?? {};
        if (idToken !== undefined) assertIdToken(idToken, stated as client.IDToken, clock);
        if (stated['sub'] !== undefined && stated['sub'] !== subjectClaim) throw foreignAnswer(provider);
        const hasUserInfo = configuration.serverMetadata().userinfo_endpoint !== undefined;
        if (idToken === undefined && !hasUserInfo) return undefined;
        const mapping = compileClaimMapping(provider.claims, provider.issuer);
        const isComplete = (claims: Claims) => idToken !== undefined && mapping.isComplete(claims);
        const claims = await withUserInfo(configuration, isComplete, tokens.access_token, {
          ...stated,
          sub: subjectClaim,
        });
        return {
          identity: mapping.read(claims),
          tokens: {
            refreshToken: tokens.refresh_token === undefined ? refreshToken : new Secret(tokens.refresh_token),
            ...(idToken !== undefined && { idToken: new Secret(idToken) }),
          },
        };
      } catch (error) {
        throw translateBrokerError(error, provider);
      }
    },

    async logoutUrl(provider, idToken, backTo) {
      const configuration = await clients.of(provider);
      if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
      return client.buildEndSessionUrl(configuration, {
        post_logout_redirect_uri: backTo,
        ...(idToken !== undefined && { id_token_hint: idToken.reveal() }),
      });
    },
  };
}

/** What to ask for: what was configured, else the usual as far as the provider says that it knows it. */
function scopesFor(provider: OidcProvider, metadata: client.ServerMetadata): readonly string[] {
  if (provider.scopes !== undefined) return provider.scopes;
  const known = metadata.scopes_supported;
  return DEFAULT_SCOPES.filter((scope) => scope === 'openid' || known === undefined || known.includes(scope));
}

/** How a demand is put to a provider (OpenID Connect Core, section 3.1.2.1). */
function demandParameters({ maxAgeMs, acr }: StepUpDemand): Record<string, string> {
  return {
    prompt: 'login',
    ...(maxAgeMs !== undefined && { max_age: String(Math.floor(maxAgeMs / 1000)) }),
    ...(acr !== undefined && { acr_values: acr.join(' ') }),
  };
}

/** What an ID token says about the login itself. */
function readAuthentication(claims: client.IDToken, now: number): Authentication {
  const acr = readWord(claims.acr);
  const amr = Array.isArray(claims.amr) ? claims.amr.flatMap((each) => readWord(each) ?? []).slice(0, MAX_METHODS) : [];
  const authTime = claims.auth_time;
  return {
    method: 'oidc',
    ...(acr !== undefined && { acr }),
    ...(amr.length > 0 && { amr }),
    // A provider whose clock is ahead must not make logins that stay fresh for longer.
    ...(typeof authTime === 'number' && { authenticatedAt: new Date(Math.min(authTime * 1000, now)) }),
  };
}

function readWord(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_WORD_CHARACTERS ? value : undefined;
}

function assertDemandMet(
  provider: OidcProvider,
  authentication: Authentication,
  demand: StepUpDemand | undefined,
  now: number,
): void {
  if (demand === undefined) return;
  const need = describeStepUpNeed(authentication, demand, new Date(now - CLOCK_SKEW_SECONDS * 1000));
  if (need === undefined) return;
  throw new LoginError({
    code: 'ERR_LOGIN_STEP_UP_MISSED',
    message: `${provider.displayName} was asked for a fresh or stronger login, but ${need}`,
    nextStep: 'Start again and sign in with the stronger method; if there is none, ask an administrator.',
  });
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

function foreignAnswer(provider: OidcProvider): LoginError {
  return new LoginError({
    code: 'ERR_LOGIN_RESPONSE_INVALID',
    message: `${provider.displayName} answered about another person than it was asked about`,
    nextStep: 'Ask an administrator to check the identity provider.',
  });
}

/** Some providers put groups, or all but the subject, into the user info only. */
async function withUserInfo(
  configuration: client.Configuration,
  isComplete: (claims: Claims) => boolean,
  accessToken: string,
  claims: Claims & { readonly sub: string },
): Promise<Claims> {
  if (isComplete(claims) || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
  // What the signed token states wins over what the endpoint says.
  return { ...(await client.fetchUserInfo(configuration, accessToken, claims.sub)), ...claims };
}
