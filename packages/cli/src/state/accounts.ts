import { nearestName } from '@sallyport/core';
import { CliError } from '../errors.ts';
import { accountName, type Profile, type ProfileSelection, type Profiles, selectProfile } from './profiles.ts';
import { parseServerAddress } from './server-address.ts';

/** The profiles at the server that is named, or at that of the selected profile. */
export function accountsAt(profiles: Profiles, selection: ProfileSelection): readonly Profile[] {
  const url =
    selection.server === undefined
      ? selectProfile(profiles, selection).url
      : parseServerAddress(selection.server).href.replace(/\/$/, '');
  return profiles.items.filter((profile) => profile.url === url);
}

/**
 * The one of several profiles that a person means by a user name, or by `organization/userName`.
 * @throws CliError `ERR_CLI_PROFILE_UNKNOWN`; `ERR_CLI_USAGE` when a user name stands for several
 */
export function findAccount(profiles: readonly Profile[], typed: string): Profile {
  const found = profiles.filter((profile) => accountName(profile) === typed || profile.userName === typed);
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  if (first !== undefined) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${found.length} accounts are called ${JSON.stringify(typed)}`,
      nextStep: `Say which: ${found.map(accountName).join(', ')}.`,
    });
  }
  const guess = nearestName(
    typed,
    profiles.flatMap((profile) => [profile.userName, accountName(profile)]),
  );
  throw new CliError({
    code: 'ERR_CLI_PROFILE_UNKNOWN',
    message: `you are not logged in as ${JSON.stringify(typed.slice(0, 128))} there`,
    nextStep:
      guess === undefined
        ? 'Run "sallyport accounts list" for the accounts, or "sallyport login HOST" for a further one.'
        : `Did you mean ${JSON.stringify(guess)}? "sallyport accounts list" shows all.`,
  });
}
