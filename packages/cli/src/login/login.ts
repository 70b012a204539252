import {
  createApiClient,
  type Discovery,
  exportDpopKeyPair,
  fetchDiscovery,
  generateDpopKeyPair,
} from '@sallyport/core/api';
import { CliError } from '../errors.ts';
import { forgetCredentials } from '../kube/kube-logout.ts';
import type { WorkloadSource } from '../session/exchange-token.ts';
import { discoverOauth, endpointsOf, revokeRefreshToken, type Tokens } from '../session/oauth.ts';
import { createServerFetch, type ServerFetch } from '../session/server-fetch.ts';
import { openSessionStore, type SessionContext } from '../session/session.ts';
import { resolveHome } from '../state/home.ts';
import {
  type Account,
  accountName,
  assertProfileName,
  freeProfileName,
  isSameAccount,
  type Profile,
  type Profiles,
  withProfile,
} from '../state/profiles.ts';
import { readProfiles, updateProfiles } from '../state/profiles-file.ts';
import { parseServerAddress } from '../state/server-address.ts';
import type { LoginFlowOptions } from './browser-login.ts';
import { type LoginWish, loginParameters } from './login-wish.ts';

/** What a flow yields: a refresh token, or where a workload gets its next token. */
export type LoginTokens = Tokens | (Omit<Tokens, 'refreshToken'> & { readonly workload: WorkloadSource });

/** What {@link login} needs. */
export interface LoginOptions {
  /** Host name, `host:port` or https URL, as typed. */
  readonly server: string;
  /** The only authorities to trust for this server. */
  readonly caPem?: string;
  /** Name for the profile. Defaults to the one that the account has, or to one made from host and user. */
  readonly profile?: string;
  /** Signs the person in: {@link loginByBrowser} or {@link loginByDevice} with its presentation. */
  readonly flow: (options: LoginFlowOptions) => Promise<LoginTokens>;
  /** What is asked of the login besides. */
  readonly wish?: LoginWish;
  readonly signal: AbortSignal;
  /** Takes a line about something that went wrong and does not stop the login. */
  readonly onWarning: (line: string) => void;
}

/**
 * Logs in to a server and makes the account's profile the current one. An earlier session of the same account is revoked
 * afterwards, so that none is left behind that nobody knows of; other accounts and servers are not touched. The
 * authority that a profile of the same address was made with is trusted again.
 * @throws CliError `ERR_CLI_USAGE` when the wanted name is that of another account's profile
 */
export async function login(context: SessionContext, options: LoginOptions): Promise<Profile> {
  const { signal } = options;
  const home = resolveHome(context);
  const profiles = await readProfiles(home);
  if (options.profile !== undefined) assertNameFits(profiles, options.profile, options.server);
  const caPem = options.caPem ?? knownCa(profiles, options.server);
  const { discovery, fetch } = await discoverServer(options.server, caPem, signal);
  try {
    const config = await discoverOauth(discovery, fetch);
    const keys = await generateDpopKeyPair();
    const parameters = loginParameters(options.wish);
    const tokens = await options.flow({ config, discovery, keys, parameters, fetch, signal });
    const api = createApiClient({
      baseUrl: discovery.publicUrl,
      fetch: fetch,
      keys,
      accessToken: () => tokens.accessToken,
    });
    const me = await api.whoAmI({}, { signal });
    const account: Account = {
      url: discovery.publicUrl,
      organization: me.organization.name,
      userName: me.principal.userName,
    };
    const latest = await readProfiles(home);
    const holder = latest.items.find(({ name }) => name === options.profile);
    if (holder !== undefined && !isSameAccount(holder, account)) {
      await api.logOut({}, { signal }).catch(() => {
        // It ends by itself; what matters is said below.
      });
      throw nameOfAnother(holder, account);
    }
    const profile: Profile = {
      name: options.profile ?? freeProfileName(latest, account),
      ...account,
      ...(caPem !== undefined && { caPem }),
      oauth: endpointsOf(discovery, config),
      loggedInAt: new Date(context.clock.now()).toISOString(),
    };
    const store = await openSessionStore(context, home, profiles);
    const earlier = await store.read(account).catch(() => undefined);
    await store.write({
      ...account,
      ...('workload' in tokens ? { workload: tokens.workload } : { refreshToken: tokens.refreshToken }),
      dpopKey: await exportDpopKeyPair(keys),
      access: {
        token: tokens.accessToken,
        expiresAt: new Date(context.clock.now() + tokens.lifetimeMs).toISOString(),
      },
    });
    await updateProfiles(context, home, (now) => withProfile(now, profile));
    await forgetCredentials(home, account);
    // A raised session is the earlier one: to revoke its token is to end it.
    if (earlier?.refreshToken !== undefined && me.loginSession.id !== options.wish?.raises) {
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
  return profiles.items.find((profile) => profile.url === origin)?.caPem;
}

/** Refuses before anybody signs in what could not be stored afterwards. */
function assertNameFits(profiles: Profiles, name: string, typed: string): void {
  assertProfileName(name);
  const holder = profiles.items.find((profile) => profile.name === name);
  if (holder !== undefined && holder.url !== parseServerAddress(typed).origin) throw nameOfAnother(holder);
}

function nameOfAnother(holder: Profile, account?: Account): CliError {
  const said = account === undefined ? '' : `, and you signed in as ${accountName(account)}`;
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: `the profile ${JSON.stringify(holder.name)} is ${accountName(holder)} at ${holder.url}${said}`,
    nextStep: 'Choose another name with --profile, or leave it out.',
  });
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
