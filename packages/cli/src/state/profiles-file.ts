import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { readTextFile, writePrivateFile } from './atomic-file.ts';
import { resolveHome, type StateHome } from './home.ts';
import { withLock } from './lock.ts';
import { type OauthEndpoints, type Profile, type ProfileSelection, type Profiles, selectProfile } from './profiles.ts';

const VERSION = 2;

/**
 * Reads the profiles; an empty set when there are none yet.
 * @throws CliError `ERR_CLI_STATE_MALFORMED`
 */
export async function readProfiles(home: StateHome): Promise<Profiles> {
  const text = await readTextFile(home.profilesFile);
  if (text === undefined) return { items: [] };
  const profiles = parseProfiles(text);
  if (profiles !== undefined) return profiles;
  throw new CliError({
    code: 'ERR_CLI_STATE_MALFORMED',
    message: `${home.profilesFile} is not a list of profiles`,
    nextStep: 'Move the file away and log in again.',
  });
}

/**
 * Changes the profiles by a function of what the file holds now, so that commands that run at the same time lose nothing
 * of one another. Resolves with what was written.
 */
export async function updateProfiles(
  context: Pick<CliContext, 'clock'>,
  home: StateHome,
  change: (profiles: Profiles) => Profiles,
): Promise<Profiles> {
  return withLock(home.profilesLock, { clock: context.clock }, async () => {
    const next = change(await readProfiles(home));
    await writePrivateFile(home.profilesFile, `${JSON.stringify({ version: VERSION, ...next }, undefined, 2)}\n`);
    return next;
  });
}

/** What flags select, or else `SALLYPORT_PROFILE`. */
export function selectionOf(context: Pick<CliContext, 'env'>, flags: ProfileSelection): ProfileSelection {
  const named = context.env['SALLYPORT_PROFILE'];
  return flags.profile === undefined && flags.server === undefined && named ? { profile: named } : flags;
}

/**
 * The profile that flags, or else `SALLYPORT_PROFILE`, select.
 * @throws CliError of {@link readProfiles} and {@link selectProfile}
 */
export async function readSelectedProfile(
  context: Pick<CliContext, 'env' | 'userHome' | 'cwd'>,
  flags: ProfileSelection,
): Promise<{ readonly home: StateHome; readonly profiles: Profiles; readonly profile: Profile }> {
  const home = resolveHome(context);
  const profiles = await readProfiles(home);
  return { home, profiles, profile: selectProfile(profiles, selectionOf(context, flags)) };
}

function parseProfiles(text: string): Profiles | undefined {
  let value: { version?: unknown; items?: unknown } & Omit<Profiles, 'items'>;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value?.version === 1) value = fromOneAccountPerServer(value);
  if (value?.version !== VERSION || !Array.isArray(value.items) || !value.items.every(isProfile)) return undefined;
  return {
    ...(typeof value.current === 'string' && { current: value.current }),
    ...(value.secretStorage === 'file' && { secretStorage: 'file' }),
    items: value.items,
  };
}

/**
 * Files of version 1 had one account per server, which names its profile by its host. What the account is signed in with is
 * kept elsewhere since, so that it logs in once more.
 */
function fromOneAccountPerServer(old: { readonly servers?: unknown; readonly current?: unknown } & object): {
  version: number;
  items: unknown;
} {
  const nameOf = (url: unknown) => (URL.canParse(String(url)) ? new URL(String(url)).host : undefined);
  const servers = Array.isArray(old.servers) ? (old.servers as { readonly url?: unknown }[]) : undefined;
  return {
    ...old,
    version: VERSION,
    items: servers?.map((server) => ({ name: nameOf(server?.url), ...server })),
    ...(typeof old.current === 'string' && { current: nameOf(old.current) }),
  };
}

function isProfile(value: unknown): value is Profile {
  const profile = value as Partial<Record<keyof Profile, unknown>> | null;
  const texts = [profile?.name, profile?.url, profile?.organization, profile?.userName, profile?.loggedInAt];
  const oauth = profile?.oauth as Partial<Record<keyof OauthEndpoints, unknown>> | undefined;
  const endpoints = [oauth?.issuer, oauth?.clientId, oauth?.resource, oauth?.tokenEndpoint];
  return [...texts, ...endpoints].every((text) => typeof text === 'string') && URL.canParse(String(profile?.url));
}
