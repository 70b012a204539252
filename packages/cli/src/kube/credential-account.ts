import type { SessionContext } from '../session/session.ts';
import { resolveHome, type StateHome } from '../state/home.ts';
import type { Account, ProfileSelection } from '../state/profiles.ts';
import { readSelectedProfile } from '../state/profiles-file.ts';
import { parseServerAddress } from '../state/server-address.ts';

/** Whose kube credentials are meant, and what opens the session that gets them. */
export interface CredentialAccount {
  readonly home: StateHome;
  readonly account: Account;
  readonly selection: ProfileSelection;
}

/**
 * Reads whose kube credentials are meant: the profile's. An account without a profile that the request names is that of
 * `SALLYPORT_API_KEY`, of which nothing is stored.
 * @throws CliError of `readSelectedProfile`
 */
export async function readCredentialAccount(
  context: SessionContext,
  request: ProfileSelection,
): Promise<CredentialAccount> {
  try {
    const { home, profile } = await readSelectedProfile(context, request);
    return { home, account: profile, selection: { profile: profile.name } };
  } catch (error) {
    const account = accountOf(request);
    if (!context.env['SALLYPORT_API_KEY'] || request.profile !== undefined || account === undefined) throw error;
    return { home: resolveHome(context), account, selection: request };
  }
}

function accountOf({ server, account }: ProfileSelection): Account | undefined {
  const [, organization, userName] = /^([^/]+)\/(.+)$/.exec(account ?? '') ?? [];
  if (server === undefined || organization === undefined || userName === undefined) return undefined;
  return { url: parseServerAddress(server).href.replace(/\/$/, ''), organization, userName };
}
