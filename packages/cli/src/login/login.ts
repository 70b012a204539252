import {
  createApiClient,
  type Discovery,
  exportDpopKeyPair,
  fetchDiscovery,
  generateDpopKeyPair,
} from '@sallyport/core/api';
import { CliError } from '../errors.ts';
import { forgetCredentials } from '../kube/kube-logout.ts';
import { discoverOauth, endpointsOf, revokeRefreshToken, type Tokens } from '../session/oauth.ts';
import { createServerFetch, type ServerFetch } from '../session/server-fetch.ts';
import { openSessionStore, type SessionContext } from '../session/session.ts';
import { resolveHome } from '../state/home.ts';
import {
  type Profile,
  type Profiles,
  parseServerAddress,
  readProfiles,
  withProfile,
  writeProfiles,
} from '../state/profiles.ts';
import type { LoginFlowOptions } from './browser-login.ts';

/** What {@link login} needs. */
export interface LoginOptions {
  /** Host name, `host:port` or https URL, as typed. */
  readonly server: string;
  /** The only authorities to trust for this server. */
  readonly caPem?: string;
  /** Signs the person in: {@link loginByBrowser} or {@link loginByDevice} with its presentation. */
  readonly flow: (options: LoginFlowOptions) => Promise<Tokens>;
  readonly signal: AbortSignal;
  /** Takes a line about something that went wrong and does not stop the login. */
  readonly onWarning: (line: string) => void;
}

/**
 * Logs in to a server and makes it the current one. An earlier session with the same server is revoked there afterwards, so
 * that none is left behind that nobody knows of; sessions with other servers are not touched. The authority that a
 * profile of the same address was made with is trusted again.
 */
export async function login(context: SessionContext, options: LoginOptions): Promise<Profile> {
  const { signal } = options;
  const home = resolveHome(context);
  const profiles = await readProfiles(home);
  const caPem = options.caPem ?? knownCa(profiles, options.server);
  const { discovery, fetch } = await discoverServer(options.server, caPem, signal);
  try {
    const config = await discoverOauth(discovery, fetch);
    const keys = await generateDpopKeyPair();
    const tokens = await options.flow({ config, discovery, keys, signal });
    const api = createApiClient({
      baseUrl: discovery.publicUrl,
      fetch: fetch,
      keys,
      accessToken: () => tokens.accessToken,
    });
    const me = await api.whoAmI({ signal });
    const profile: Profile = {
      url: discovery.publicUrl,
      organization: me.organization.name,
      userName: me.principal.userName,
      ...(caPem !== undefined && { caPem }),
      oauth: endpointsOf(discovery, config),
      loggedInAt: new Date(context.clock.now()).toISOString(),
    };
    const store = await openSessionStore(context, home, profiles);
    const earlier = await store.read(profile.url).catch(() => undefined);
    await store.write({
      url: profile.url,
      refreshToken: tokens.refreshToken,
      dpopKey: await exportDpopKeyPair(keys),
      access: {
        token: tokens.accessToken,
        expiresAt: new Date(context.clock.now() + tokens.lifetimeMs).toISOString(),
      },
    });
    await writeProfiles(home, withProfile(profiles, profile));
    await forgetCredentials(home, profile.url);
    if (earlier !== undefined) {
      const { refreshToken } = earlier;
      await revokeRefreshToken({ endpoints: profile.oauth, refreshToken, fetch }).catch(() =>
        options.onWarning(`The earlier login session with ${profile.url} could not be revoked; it ends by itself.`),
      );
    }
    return profile;
  } finally {
    await fetch.close();
  }
}

function knownCa(profiles: Profiles, typed: string): string | undefined {
  const { origin } = parseServerAddress(typed);
  return profiles.servers.find((profile) => profile.url === origin)?.caPem;
}

/**
 * Reads the discovery document of a server. When it names another address than the one typed, the document must be found
 * there too: the named server itself has to say so before anything secret is sent to it.
 * @throws CliError `ERR_CLI_DISCOVERY_REFUSED`
 */
export async function discoverServer(
  typed: string,
  caPem: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly discovery: Discovery; readonly fetch: ServerFetch }> {
  let url = parseServerAddress(typed);
  for (let hops = 0; hops < 2; hops++) {
    const fetch = createServerFetch({ origin: url.origin, ...(caPem !== undefined && { caPem }) });
    try {
      const discovery = await fetchDiscovery({ baseUrl: url.origin, fetch: fetch, signal });
      if (discovery.publicUrl === url.origin) {
        assertSameOrigin(url.origin, [discovery.apiBase, discovery.oauthIssuer, discovery.oauthResource]);
        return { discovery, fetch };
      }
      url = parseServerAddress(discovery.publicUrl);
      await fetch.close();
    } catch (error) {
      await fetch.close();
      throw error;
    }
  }
  throw new CliError({
    code: 'ERR_CLI_DISCOVERY_REFUSED',
    message: `the server at ${typed} names ${url.origin} as its address, which names yet another one`,
    nextStep: 'Ask the operator for the public address of the server.',
  });
}

function assertSameOrigin(origin: string, addresses: readonly string[]): void {
  const foreign = addresses.find((address) => new URL(address).origin !== origin);
  if (foreign === undefined) return;
  throw new CliError({
    code: 'ERR_CLI_DISCOVERY_REFUSED',
    message: `the discovery document of ${origin} points to ${new URL(foreign).origin}`,
    nextStep: 'Ask the operator of the server; its API and its login must have the same address.',
  });
}
