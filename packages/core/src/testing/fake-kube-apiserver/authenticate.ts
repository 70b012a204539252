import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { firstHeader, type RawHeaders } from '../../raw-headers.ts';
import { BEARER_SUBPROTOCOL_PREFIX, parseSubprotocols } from '../../streaming/websocket-handshake.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';
import { StatusError } from './status-error.ts';
import { ANONYMOUS, AUTHENTICATED, type UserInfo } from './user.ts';

/** A user that the fake knows by a bearer token. */
export interface FakeKubeUser {
  readonly name: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** Static bearer token. Users without one come in by client certificate or impersonation. */
  readonly token?: string;
}

/** Finds out who sent a request. */
export type Authenticate = (headers: RawHeaders, peerCertificate: Buffer | undefined) => UserInfo;

/** What {@link createAuthenticator} works with. */
export interface AuthenticatorOptions {
  readonly users: readonly FakeKubeUser[];
  readonly tokens: ServiceAccountTokens;
  /** Audiences that a service account token must have one of. */
  readonly audiences: readonly string[];
  readonly clock: Clock;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Creates the authenticator. A client certificate (already verified by TLS) comes first, then the bearer token of the
 * `Authorization` header, then the one in a WebSocket subprotocol; nothing at all is `system:anonymous`.
 * @throws StatusError 401 from the returned function, for a credential that is not good
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  const known = options.users.flatMap((user) =>
    user.token === undefined ? [] : [{ user, digest: digest(user.token) }],
  );

  function byToken(token: string): UserInfo {
    const wanted = digest(token);
    const found = known.find((candidate) => timingSafeEqual(candidate.digest, wanted))?.user;
    if (found) {
      const { name, groups = [], uid, extra } = found;
      return {
        username: name,
        groups: [...new Set([...groups, AUTHENTICATED])],
        ...(uid && { uid }),
        ...(extra && { extra }),
      };
    }
    const account = options.tokens.check(token);
    if (account?.audiences.some((audience) => options.audiences.includes(audience))) return account.user;
    throw new StatusError('Unauthorized', 'Unauthorized');
  }

  return (headers, peerCertificate) => {
    if (peerCertificate) return byCertificate(new X509Certificate(peerCertificate));
    const authorization = firstHeader(headers, 'authorization');
    if (authorization !== undefined && authorization.trim() !== '') {
      const match = /^bearer\s+(\S+)\s*$/i.exec(authorization);
      if (!match) throw new StatusError('Unauthorized', 'Unauthorized');
      return byToken(match[1] as string);
    }
    const offered = parseSubprotocols(headers).find((name) => name.startsWith(BEARER_SUBPROTOCOL_PREFIX));
    if (offered !== undefined) {
      return byToken(Buffer.from(offered.slice(BEARER_SUBPROTOCOL_PREFIX.length), 'base64url').toString('utf8'));
    }
    return ANONYMOUS;
  };
}

function byCertificate(certificate: X509Certificate): UserInfo {
  const fields = certificate.subject.split('\n').map((line) => line.split('=', 2) as [string, string]);
  const all = (key: string): string[] => fields.filter(([name]) => name === key).map(([, value]) => value);
  const [username] = all('CN');
  if (!username) throw new StatusError('Unauthorized', 'Unauthorized');
  return { username, groups: [...all('O'), AUTHENTICATED] };
}
