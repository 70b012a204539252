import type { Discovery, DpopKeyPair } from '@sallyport/core/api';
import * as client from 'openid-client';
import { CliError } from '../errors.ts';
import { type Tokens, tokensOf } from '../session/oauth.ts';
import type { ServerFetch } from '../session/server-fetch.ts';
import { openLoopbackReceiver } from './loopback.ts';

/** What both ways to log in need. */
export interface LoginFlowOptions {
  readonly config: client.Configuration;
  readonly discovery: Discovery;
  /** Key that the tokens will be bound to. */
  readonly keys: DpopKeyPair;
  /** What is asked of the login besides. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Reaches the server and no other. */
  readonly fetch: ServerFetch;
  readonly signal: AbortSignal;
}

/** What {@link loginByBrowser} needs. */
export interface BrowserLoginOptions extends LoginFlowOptions {
  /** Takes the person to `url`: opens a browser or prints it. */
  readonly present: (url: URL) => Promise<void>;
}

/**
 * Logs in by the person's browser: authorization code with PKCE (S256) on loopback, `state`, the `iss` of RFC 9207, and
 * a code that is bound to the DPoP key from the start (RFC 9449, section 10).
 * @throws CliError `ERR_CLI_LOGIN_FAILED`
 */
export async function loginByBrowser(options: BrowserLoginOptions): Promise<Tokens> {
  const { config, discovery, keys, signal } = options;
  const dpop = client.getDPoPHandle(config, keys);
  const state = client.randomState();
  const verifier = client.randomPKCECodeVerifier();
  const receiver = await openLoopbackReceiver(state);
  try {
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: receiver.redirectUri,
      scope: discovery.oauthScope,
      resource: discovery.oauthResource,
      state,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      dpop_jkt: await dpop.calculateThumbprint(),
      ...options.parameters,
    });
    await options.present(url);
    const answer = await orAbort(receiver.answer, signal);
    const tokens = await client.authorizationCodeGrant(
      config,
      answer,
      { expectedState: state, pkceCodeVerifier: verifier },
      { resource: discovery.oauthResource },
      { DPoP: dpop },
    );
    return tokensOf(tokens);
  } catch (error) {
    throw describeLoginFailure(error);
  } finally {
    receiver.close();
  }
}

/** Translates what an OAuth library rejects with. Errors of ours and aborts pass. */
export function describeLoginFailure(error: unknown): unknown {
  const isRefusal = error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError;
  if (!isRefusal && !(error instanceof client.ClientError)) return error;
  const reason = isRefusal ? (error.error_description ?? error.error) : error.message;
  return new CliError({
    code: 'ERR_CLI_LOGIN_FAILED',
    message: `the login did not complete: ${reason}`,
    cause: error,
    nextStep: 'Run the login again.',
  });
}

function orAbort<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
