import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { OAuthError } from './types.ts';

/** Who signed in, at which client, and with what the tokens are to be made. */
export interface SignIn {
  readonly subject: string;
  readonly clientId: string;
  readonly scope: string;
  readonly nonce?: string;
}

/** What an authorization code is bound to. */
export interface CodeRequest extends SignIn {
  readonly redirectUri: string;
  readonly codeChallenge?: string;
}

/** Where a device sign-in stands. */
export interface DeviceRequest {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly clientId: string;
  readonly scope: string;
  readonly expiresAtMs: number;
  lastPollMs: number;
  /** Seconds between two polls; grows by 5 for each one that came too early (RFC 8628, section 3.5). */
  interval: number;
  outcome: { readonly subject: string } | 'denied' | undefined;
}

/** What the fake identity provider has handed out: authorization codes, refresh tokens, device codes, access tokens. */
export interface Grants {
  issueCode(request: CodeRequest): string;
  redeemCode(
    code: string,
    proof: { clientId: string; redirectUri: string; codeVerifier?: string },
  ): SignIn | OAuthError;
  issueRefreshToken(signIn: SignIn, family?: string): string;
  /** Takes a refresh token out of use. One that was used before ends its whole family (RFC 9700, section 4.14). */
  redeemRefreshToken(token: string, clientId: string): { signIn: SignIn; family: string } | OAuthError;
  revokeRefreshTokens(subject: string): void;
  issueAccessToken(signIn: SignIn): string;
  findAccessToken(token: string): SignIn | undefined;
  startDevice(clientId: string, scope: string): DeviceRequest;
  settleDevice(userCode: string, outcome: { readonly subject: string } | 'denied'): void;
  pollDevice(deviceCode: string, clientId: string): SignIn | OAuthError;
}

/** Whether an answer of {@link Grants} is a refusal. */
export function isOAuthError(value: object): value is OAuthError {
  return 'error' in value;
}

const CODE_LIFE_MS = 60_000;
const DEVICE_LIFE_MS = 600_000;
const refused = (error: string, error_description: string): OAuthError => ({ error, error_description });
const secret = () => randomBytes(24).toString('base64url');

/** Creates empty {@link Grants}. */
export function createGrants(clock: Clock): Grants {
  const codes = new Map<string, CodeRequest & { readonly expiresAtMs: number }>();
  const refreshTokens = new Map<string, { readonly signIn: SignIn; readonly family: string; isUsed: boolean }>();
  const accessTokens = new Map<string, SignIn>();
  const devices = new Map<string, DeviceRequest>();

  const endFamily = (family: string) => {
    for (const [token, entry] of refreshTokens) if (entry.family === family) refreshTokens.delete(token);
  };

  return {
    issueCode(request) {
      const code = secret();
      codes.set(code, { ...request, expiresAtMs: clock.now() + CODE_LIFE_MS });
      return code;
    },
    redeemCode(code, { clientId, redirectUri, codeVerifier }) {
      const request = codes.get(code);
      codes.delete(code);
      if (request === undefined || request.clientId !== clientId) return refused('invalid_grant', 'unknown code');
      if (request.expiresAtMs <= clock.now()) return refused('invalid_grant', 'the code has expired');
      if (request.redirectUri !== redirectUri) return refused('invalid_grant', 'another redirect_uri');
      if (request.codeChallenge !== undefined) {
        const challenge = createHash('sha256')
          .update(codeVerifier ?? '')
          .digest('base64url');
        if (challenge !== request.codeChallenge) return refused('invalid_grant', 'wrong code_verifier');
      } else if (codeVerifier !== undefined) {
        return refused('invalid_grant', 'a code_verifier without a challenge');
      }
      return request;
    },
    issueRefreshToken(signIn, family = secret()) {
      const token = secret();
      // A refresh answers no request of a person, so its ID token repeats no nonce.
      const { nonce: _nonce, ...kept } = signIn;
      refreshTokens.set(token, { signIn: kept, family, isUsed: false });
      return token;
    },
    redeemRefreshToken(token, clientId) {
      const entry = refreshTokens.get(token);
      if (entry === undefined || entry.signIn.clientId !== clientId) {
        return refused('invalid_grant', 'unknown refresh token');
      }
      if (entry.isUsed) {
        endFamily(entry.family);
        return refused('invalid_grant', 'the refresh token was used before');
      }
      entry.isUsed = true;
      return { signIn: entry.signIn, family: entry.family };
    },
    revokeRefreshTokens(subject) {
      for (const [token, { signIn }] of refreshTokens) if (signIn.subject === subject) refreshTokens.delete(token);
    },
    issueAccessToken(signIn) {
      const token = secret();
      accessTokens.set(token, signIn);
      return token;
    },
    findAccessToken: (token) => accessTokens.get(token),
    startDevice(clientId, scope) {
      const letters = [...randomBytes(8)].map((byte) => 'BCDFGHJKLMNPQRSTVWXZ'[byte % 20]).join('');
      const device: DeviceRequest = {
        deviceCode: secret(),
        userCode: `${letters.slice(0, 4)}-${letters.slice(4)}`,
        clientId,
        scope,
        expiresAtMs: clock.now() + DEVICE_LIFE_MS,
        lastPollMs: Number.NEGATIVE_INFINITY,
        interval: 5,
        outcome: undefined,
      };
      devices.set(device.deviceCode, device);
      return device;
    },
    settleDevice(userCode, outcome) {
      const device = [...devices.values()].find((candidate) => candidate.userCode === userCode);
      if (device === undefined) throw new RangeError(`no device asked under the user code ${userCode}`);
      device.outcome = outcome;
    },
    pollDevice(deviceCode, clientId) {
      const device = devices.get(deviceCode);
      if (device === undefined || device.clientId !== clientId) return refused('invalid_grant', 'unknown device code');
      if (device.expiresAtMs <= clock.now()) return refused('expired_token', 'the device code has expired');
      if (device.outcome === undefined) {
        const isTooEarly = clock.now() - device.lastPollMs < device.interval * 1_000;
        device.lastPollMs = clock.now();
        if (!isTooEarly) return refused('authorization_pending', 'nobody has answered yet');
        device.interval += 5;
        return refused('slow_down', 'polled too often');
      }
      devices.delete(deviceCode);
      if (device.outcome === 'denied') return refused('access_denied', 'the person said no');
      return { subject: device.outcome.subject, clientId, scope: device.scope };
    },
  };
}
