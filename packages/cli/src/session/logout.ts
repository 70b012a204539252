import { forgetAccounts } from '../kube/kube-logout.ts';
import type { RemovedContexts } from '../kube/kubeconfig-files.ts';
import { describeError, type ShownError } from '../output/error.ts';
import { resolveHome } from '../state/home.ts';
import { type Profile, type ProfileSelection, withoutProfile } from '../state/profiles.ts';
import { readProfiles, readSelectedProfile, updateProfiles } from '../state/profiles-file.ts';
import { openSessionStore, type SessionContext, withSession } from './session.ts';

/** What became of one login session. */
export interface LogoutResult {
  readonly server: string;
  readonly userName: string;
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
  options: ProfileSelection & { readonly isAll: boolean; readonly kubeconfigs: readonly string[] },
): Promise<Logout> {
  const home = resolveHome(context);
  const profiles = await readProfiles(home);
  const chosen = options.isAll ? profiles.items : [(await readSelectedProfile(context, options)).profile];
  const results = await Promise.all(chosen.map((profile) => revoke(context, profile)));
  const store = await openSessionStore(context, home, profiles);
  for (const profile of chosen) await store.remove(profile);
  if (chosen.length > 0) await updateProfiles(context, home, (latest) => chosen.reduce(withoutProfile, latest));
  return { results, contexts: await forgetAccounts(context, chosen, options.kubeconfigs) };
}

async function revoke(context: SessionContext, { name, url, userName }: Profile): Promise<LogoutResult> {
  try {
    await withSession(context, { profile: name }, ({ api }) => api.logOut());
    return { server: url, userName, isRevoked: true };
  } catch (error) {
    const problem = describeError(error);
    return ENDED.has(problem.code)
      ? { server: url, userName, isRevoked: true }
      : { server: url, userName, isRevoked: false, problem };
  }
}
