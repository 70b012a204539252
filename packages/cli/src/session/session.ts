import {
  type ApiClient,
  createApiClient,
  createTextReader,
  type DpopKeyPair,
  importDpopKeyPair,
  type TextReader,
} from '@sallyport/core/api';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import type { StateHome } from '../state/home.ts';
import { openKeyring } from '../state/keyring.ts';
import { withLock } from '../state/lock.ts';
import type { Profile, ProfileSelection, Profiles } from '../state/profiles.ts';
import { readSelectedProfile } from '../state/profiles-file.ts';
import { createSessionStore, type SessionStore, type StoredSession } from '../state/secrets.ts';
import { createServerFetch, type ServerFetch } from './server-fetch.ts';

/** A live login session of one account. */
export interface Session {
  /** Whose it is, and where. That of an API key stands in no file. */
  readonly profile: Pick<Profile, 'name' | 'url' | 'organization' | 'userName' | 'caPem'>;
  readonly api: ApiClient;
  /** Reads answers that may be long as they come. Ends with {@link SessionOptions.timeoutMs}. */
  readonly readText: TextReader;
  readonly fetch: ServerFetch;
  /** Ends the connections. The login session itself goes on. */
  close(): Promise<void>;
}

/** The part of the context that sessions need. */
export type SessionContext = Pick<CliContext, 'env' | 'platform' | 'userHome' | 'cwd' | 'clock'>;

/** How the calls of a session are made. */
export interface SessionOptions {
  /** Longest wait for a whole answer, in milliseconds. Defaults to 20 000. */
  readonly timeoutMs?: number;
}

// A token that ends while the request travels would be refused: it is renewed this much earlier.
const EARLY_MS = 30_000;

/** Opens the store of session secrets of a state folder. */
export async function openSessionStore(
  context: SessionContext,
  home: StateHome,
  profiles: Profiles,
): Promise<SessionStore> {
  return createSessionStore(home, profiles.secretStorage === 'file' ? undefined : await openKeyring(context));
}

/**
 * Opens the session of the profile that `selection` (flags will do), `SALLYPORT_PROFILE` or nothing selects; where
 * `SALLYPORT_API_KEY` is set and no profile is named, the one of that key. Refreshes nothing yet: that happens at the first
 * call.
 * @throws CliError `ERR_CLI_NOT_LOGGED_IN`, `ERR_CLI_PROFILE_UNKNOWN`
 */
export async function openSession(
  context: SessionContext,
  selection: ProfileSelection = {},
  options: SessionOptions = {},
): Promise<Session> {
  const { openApiKeySession } = await import('./api-key-session.ts');
  const byKey = await openApiKeySession(context, selection, options);
  if (byKey !== undefined) return byKey;
  const { home, profiles, profile } = await readSelectedProfile(context, selection);
  const store = await openSessionStore(context, home, profiles);
  const stored = await store.read(profile);
  if (stored === undefined) throw notLoggedIn(profile.url);
  const fetch = createServerFetch({
    origin: new URL(profile.url).origin,
    ...(profile.caPem !== undefined && { caPem: profile.caPem }),
    ...options,
  });
  const keys = await importDpopKeyPair(stored.dpopKey);
  const access = {
    baseUrl: profile.url,
    fetch,
    keys,
    accessToken: createAccessTokenSource({ context, home, profile, store, fetch, keys }),
  };
  return {
    profile,
    api: createApiClient(access),
    readText: createTextReader(access),
    fetch,
    close: () => fetch.close(),
  };
}

/** Runs `work` with a session that is closed afterwards. */
export async function withSession<Result>(
  context: SessionContext,
  selection: ProfileSelection,
  work: (session: Session) => Promise<Result>,
  options?: SessionOptions,
): Promise<Result> {
  const session = await openSession(context, selection, options);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

interface AccessTokenOptions {
  readonly context: SessionContext;
  readonly home: StateHome;
  readonly profile: Profile;
  readonly store: SessionStore;
  readonly fetch: ServerFetch;
  readonly keys: DpopKeyPair;
}

/**
 * Gives the current access token. Refreshing is guarded by a lock and starts by reading the store again, because the
 * server takes each refresh token once: of any number of processes one refreshes and the others use what it stored.
 */
function createAccessTokenSource({ context, home, profile, store, fetch, keys }: AccessTokenOptions) {
  const { clock } = context;
  const current = async () => {
    const stored = await store.read(profile);
    if (stored === undefined) throw notLoggedIn(profile.url);
    return stored;
  };
  const living = (stored: StoredSession) =>
    stored.access !== undefined && Date.parse(stored.access.expiresAt) - EARLY_MS > clock.now()
      ? stored.access.token
      : undefined;

  const accessOf = (token: string, lifetimeMs: number) => ({
    token,
    expiresAt: new Date(clock.now() + lifetimeMs).toISOString(),
  });

  return async (): Promise<string> => {
    const token = living(await current());
    if (token !== undefined) return token;
    return withLock(home.sessionLock(profile), { clock }, async () => {
      const stored = await current();
      const fresh = living(stored);
      if (fresh !== undefined) return fresh;
      const { workload, refreshToken } = stored;
      if (workload !== undefined) {
        const { exchangeWorkloadToken } = await import('./exchange-token.ts');
        const { url, organization } = profile;
        const { accessToken, lifetimeMs } = await exchangeWorkloadToken({
          ...workload,
          url,
          organization,
          keys,
          fetch,
        });
        await store.write({ ...stored, access: accessOf(accessToken, lifetimeMs) });
        return accessToken;
      }
      if (refreshToken === undefined) throw notLoggedIn(profile.url);
      const { refreshTokens } = await import('./oauth.ts');
      const next = await refreshTokens({ endpoints: profile.oauth, refreshToken, fetch, keys });
      await store.write({
        ...stored,
        refreshToken: next.refreshToken,
        access: accessOf(next.accessToken, next.lifetimeMs),
      });
      return next.accessToken;
    });
  };
}

function notLoggedIn(url: string): CliError {
  return new CliError({
    code: 'ERR_CLI_NOT_LOGGED_IN',
    message: `not logged in to ${url}`,
    nextStep: `Run "sallyport login ${new URL(url).host}".`,
  });
}
