import { nearestName } from '@sallyport/core';
import { CliError } from '../errors.ts';
import { parseServerAddress } from './server-address.ts';

/** One account at one server: what login sessions and kube credentials are kept by. */
export interface Account {
  /** The server's own address, without a trailing slash; what the session's tokens may be sent to, and nothing else. */
  readonly url: string;
  /** Name of the organization. */
  readonly organization: string;
  readonly userName: string;
}

/** An account that was logged in to, under a name of the person's own. Holds no secret. */
export interface Profile extends Account {
  /** Unique. By default the server's host, with the user in front for every further account there. */
  readonly name: string;
  /** The only authorities trusted for this server. Absent: those of the system. */
  readonly caPem?: string;
  readonly oauth: OauthEndpoints;
  /** ISO 8601. */
  readonly loggedInAt: string;
}

/** Where a session of the server is refreshed and ended; learned at login, so that a refresh is one request. */
export interface OauthEndpoints {
  readonly issuer: string;
  readonly clientId: string;
  /** Resource indicator of the REST API (RFC 8707). */
  readonly resource: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint?: string;
}

/** All profiles of a state folder. */
export interface Profiles {
  /** Name of the profile that commands use when nothing else is said. */
  readonly current?: string;
  readonly items: readonly Profile[];
  /** `file` keeps session secrets out of the OS keyring. */
  readonly secretStorage?: 'file';
}

/** How a person says which profile is meant. Nothing: the current one. */
export interface ProfileSelection {
  /** Name of a profile. */
  readonly profile?: string | undefined;
  /** Host name or URL of a server, as typed. */
  readonly server?: string | undefined;
  /** `organization/userName`; tells the accounts at `server` apart. */
  readonly account?: string | undefined;
}

/** The account as people write it: `organization/userName`. */
export function accountName({ organization, userName }: Account): string {
  return `${organization}/${userName}`;
}

/** Whether two accounts are one. */
export function isSameAccount(a: Account, b: Account): boolean {
  return a.url === b.url && a.organization === b.organization && a.userName === b.userName;
}

/**
 * Puts a profile in, in place of the one of the same account, and makes it the current one. Its name must be free
 * otherwise: see {@link freeProfileName}.
 */
export function withProfile(profiles: Profiles, profile: Profile): Profiles {
  const others = profiles.items.filter((other) => !isSameAccount(other, profile));
  return { ...profiles, current: profile.name, items: [...others, profile] };
}

/** Takes the profile of an account out. Another one becomes current when only one is left. */
export function withoutProfile(profiles: Profiles, account: Account): Profiles {
  const gone = profiles.items.find((profile) => isSameAccount(profile, account));
  const items = profiles.items.filter((profile) => profile !== gone);
  const { current, ...rest } = profiles;
  const next = current === gone?.name ? (items.length === 1 ? items[0]?.name : undefined) : current;
  return { ...rest, ...(next !== undefined && { current: next }), items };
}

/** Makes a profile the current one. */
export function withCurrent(profiles: Profiles, name: string): Profiles {
  return { ...profiles, current: name };
}

/**
 * Gives a profile another name.
 * @throws CliError `ERR_CLI_USAGE` when the name is no name or is taken
 */
export function withNewName(profiles: Profiles, from: Profile, to: string): Profiles {
  assertProfileName(to);
  if (to !== from.name && profiles.items.some(({ name }) => name === to)) throw nameTaken(to);
  const items = profiles.items.map((profile) => (profile.name === from.name ? { ...profile, name: to } : profile));
  return { ...profiles, ...(profiles.current === from.name && { current: to }), items };
}

const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._@:-]{0,127}$/;

/**
 * Checks a profile's name: letters, digits and `._@:-`, so that it needs no quotes in any shell.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function assertProfileName(name: string): void {
  if (PROFILE_NAME.test(name)) return;
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `${JSON.stringify(name.slice(0, 64))} can't be the name of a profile`,
    nextStep: 'Use letters, digits and any of . _ @ : - behind the first, 128 at the most.',
  });
}

/** A name for the profile of `account` that no other one has: the one it has already, or one made from host and user. */
export function freeProfileName(profiles: Profiles, account: Account): string {
  const known = profiles.items.find((profile) => isSameAccount(profile, account));
  if (known !== undefined) return known.name;
  const clean = (text: string) => text.replace(/[^A-Za-z0-9._:-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  const host = clean(new URL(account.url).host) || 'server';
  const user = clean(account.userName.split('@')[0] ?? '');
  const taken = new Set(profiles.items.map(({ name }) => name));
  const candidates = [host, `${user}@${host}`, `${user}@${clean(account.organization)}.${host}`];
  const free = candidates.find((name) => PROFILE_NAME.test(name) && !taken.has(name));
  if (free !== undefined) return free;
  for (let n = 2; ; n++) if (!taken.has(`${host}-${n}`)) return `${host}-${n}`;
}

/**
 * The profile that a person means.
 * @throws CliError `ERR_CLI_NOT_LOGGED_IN`; `ERR_CLI_PROFILE_UNKNOWN`; `ERR_CLI_USAGE` when several fit
 */
export function selectProfile(profiles: Profiles, selection: ProfileSelection = {}): Profile {
  if (selection.profile !== undefined) return namedProfile(profiles, selection.profile);
  if (selection.server !== undefined) return profileAt(profiles, selection.server, selection.account);
  const current = profiles.items.find(({ name }) => name === profiles.current);
  if (current !== undefined) return current;
  if (profiles.items.length > 0) {
    throw new CliError({
      code: 'ERR_CLI_NOT_LOGGED_IN',
      message: `there are ${profiles.items.length} profiles and none is the current one`,
      nextStep: `Say which with --profile, or for good with "sallyport profiles use": ${namesOf(profiles.items)}.`,
    });
  }
  throw new CliError({
    code: 'ERR_CLI_NOT_LOGGED_IN',
    message: 'not logged in',
    nextStep: 'Run "sallyport login HOST".',
  });
}

function namedProfile(profiles: Profiles, name: string): Profile {
  const profile = profiles.items.find((candidate) => candidate.name === name);
  if (profile !== undefined) return profile;
  const names = profiles.items.map((candidate) => candidate.name);
  const guess = nearestName(name, names);
  throw new CliError({
    code: 'ERR_CLI_PROFILE_UNKNOWN',
    message: `there is no profile ${JSON.stringify(name.slice(0, 64))}`,
    nextStep:
      guess === undefined
        ? 'Run "sallyport profiles list" for those there are, or "sallyport login HOST" to make one.'
        : `Did you mean ${JSON.stringify(guess)}? "sallyport profiles list" shows all.`,
  });
}

function profileAt(profiles: Profiles, server: string, account: string | undefined): Profile {
  const url = parseServerAddress(server).href.replace(/\/$/, '');
  const found = profiles.items.filter(
    (profile) => profile.url === url && (account === undefined || accountName(profile) === account),
  );
  const [first, ...others] = found;
  if (first === undefined) {
    throw new CliError({
      code: 'ERR_CLI_NOT_LOGGED_IN',
      message: account === undefined ? `not logged in to ${url}` : `not logged in to ${url} as ${account}`,
      nextStep: `Run "sallyport login ${server}".`,
    });
  }
  const current = found.find(({ name }) => name === profiles.current);
  if (others.length === 0 || current !== undefined) return current ?? first;
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `there are ${found.length} accounts at ${url} and none of them is the current one`,
    nextStep: `Say which with --profile: ${namesOf(found)}.`,
  });
}

function namesOf(profiles: readonly Profile[]): string {
  return profiles.map(({ name }) => name).join(', ');
}

function nameTaken(name: string): CliError {
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: `there is a profile ${JSON.stringify(name)} already`,
    nextStep: 'Choose another name, or remove that profile with "sallyport profiles remove".',
  });
}
