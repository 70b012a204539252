import { forgetServers } from '../kube/kube-logout.ts';
import type { RemovedContexts } from '../kube/kubeconfig-files.ts';
import { describeError, type ShownError } from '../output/error.ts';
import { resolveHome } from '../state/home.ts';
import { type Profile, readProfiles, selectProfile, withoutProfile, writeProfiles } from '../state/profiles.ts';
import { openSessionStore, type SessionContext, withSession } from './session.ts';

/** What became of one login session. */
export interface LogoutResult {
  readonly server: string;
  /** Whether the server ended the session, or had ended it before. */
  readonly isRevoked: boolean;
  /** Why it could not be revoked. */
  readonly problem?: ShownError;
}

/** What {@link logout} did. */
export interface Logout {
  readonly results: readonly LogoutResult[];
  /** Contexts that were taken out of kubeconfigs. */
  readonly contexts: RemovedContexts;
}

const ENDED: ReadonlySet<string> = new Set([
  'ERR_CLI_SESSION_ENDED',
  'ERR_API_UNAUTHENTICATED',
  'ERR_CLI_NOT_LOGGED_IN',
]);

/**
 * Ends login sessions, each at its own server, and forgets them here whether or not the server could be told: tokens,
 * cached kube credentials, and our contexts under whatever name.
 * @throws CliError `ERR_CLI_NOT_LOGGED_IN` when there is nothing to end
 */
export async function logout(
  context: SessionContext,
  options: { readonly server?: string; readonly isAll: boolean; readonly kubeconfigs: readonly string[] },
): Promise<Logout> {
  const home = resolveHome(context);
  const profiles = await readProfiles(home);
  const chosen = options.isAll ? profiles.servers : [selectProfile(profiles, options.server)];
  const results = await Promise.all(chosen.map((profile) => revoke(context, profile)));
  const store = await openSessionStore(context, home, profiles);
  const urls = new Set(chosen.map(({ url }) => url));
  for (const url of urls) await store.remove(url);
  await writeProfiles(
    home,
    chosen.reduce((rest, profile) => withoutProfile(rest, profile.url), profiles),
  );
  return { results, contexts: await forgetServers(context, urls, options.kubeconfigs) };
}

async function revoke(context: SessionContext, { url }: Profile): Promise<LogoutResult> {
  try {
    await withSession(context, { server: url }, ({ api }) => api.endLoginSession());
    return { server: url, isRevoked: true };
  } catch (error) {
    const problem = describeError(error);
    return ENDED.has(problem.code) ? { server: url, isRevoked: true } : { server: url, isRevoked: false, problem };
  }
}
