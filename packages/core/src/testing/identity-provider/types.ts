/** A person that the fake identity provider knows. */
export interface FakeUser {
  /** `sub`. */
  readonly subject: string;
  /** Claims of the ID token and of userinfo, for example `email` and `groups`. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A client that is registered at the fake identity provider. */
export interface FakeClient {
  readonly clientId: string;
  /** Left out for a public client, which then must not send one. */
  readonly clientSecret?: string;
  /** Compared as exact text. Left out, any redirect is taken. */
  readonly redirectUris?: readonly string[];
}

/** What can be wrong with the next ID token. */
export type TokenFault =
  /** One bit of the signature is turned. */
  | 'badSignature'
  /** Unsigned, `alg: none`. */
  | 'algNone'
  /** Signed by HMAC with the public key as secret. */
  | 'hs256'
  /** Signed by a key that is not in the key set, under an id that is not either. */
  | 'unknownKey'
  /** Signed by a key that the header itself brings (`jwk`, `jku`). */
  | 'keyInHeader'
  /** The header demands an extension that nobody knows. */
  | 'unknownCrit'
  | 'wrongIssuer'
  | 'wrongAudience'
  /** The nonce of another request. */
  | 'wrongNonce'
  | 'missingNonce'
  /** Ended an hour ago. */
  | 'expired'
  /** Issued an hour from now. */
  | 'issuedInFuture'
  /** `sub` stands in it twice; the second one is `admin`. */
  | 'duplicateSubject'
  /** A megabyte of claims. */
  | 'huge';

/** What can be wrong with a whole endpoint. */
export type EndpointFault = 'unavailable' | 'notJson' | 'hang';

/** One endpoint of the fake identity provider, by the last part of its path. */
export type Endpoint =
  | 'openid-configuration'
  | 'authorize'
  | 'token'
  | 'device_authorization'
  | 'userinfo'
  | 'jwks'
  | 'end_session';

/** A request that the fake identity provider received. */
export interface ReceivedRequest {
  readonly endpoint: Endpoint;
  readonly method: string;
  /** Query or form. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The header as it came. */
  readonly authorization?: string;
}

/** An error of OAuth 2.0, as it stands in a redirect or in a token answer. */
export interface OAuthError {
  readonly error: string;
  readonly error_description?: string;
}
