import { CliError } from '../errors.ts';
import { readTextFile, writePrivateFile } from './atomic-file.ts';
import type { StateHome } from './home.ts';

/** A server that was logged in to. Holds no secret. */
export interface Profile {
  /** The server's own address, without a trailing slash; what the session's tokens may be sent to, and nothing else. */
  readonly url: string;
  /** Name of the organization. */
  readonly organization: string;
  readonly userName: string;
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
  /** Address of the profile that commands use without `--server`. */
  readonly current?: string;
  readonly servers: readonly Profile[];
  /** `file` keeps session secrets out of the OS keyring. */
  readonly secretStorage?: 'file';
}

/**
 * Reads the profiles; an empty set when there are none yet.
 * @throws CliError `ERR_CLI_STATE_MALFORMED`
 */
export async function readProfiles(home: StateHome): Promise<Profiles> {
  const text = await readTextFile(home.profilesFile);
  if (text === undefined) return { servers: [] };
  const profiles = parseProfiles(text);
  if (profiles !== undefined) return profiles;
  throw new CliError({
    code: 'ERR_CLI_STATE_MALFORMED',
    message: `${home.profilesFile} is not a list of profiles`,
    nextStep: 'Move the file away and log in again.',
  });
}

function parseProfiles(text: string): Profiles | undefined {
  let value: { version?: unknown; servers?: unknown } & Omit<Profiles, 'servers'>;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value?.version !== 1 || !Array.isArray(value.servers) || !value.servers.every(isProfile)) return undefined;
  return {
    ...(typeof value.current === 'string' && { current: value.current }),
    ...(value.secretStorage === 'file' && { secretStorage: 'file' }),
    servers: value.servers,
  };
}

function isProfile(value: unknown): value is Profile {
  const profile = value as Partial<Record<keyof Profile, unknown>> | null;
  const texts = [profile?.url, profile?.organization, profile?.userName, profile?.loggedInAt];
  const oauth = profile?.oauth as Partial<Record<keyof OauthEndpoints, unknown>> | undefined;
  const endpoints = [oauth?.issuer, oauth?.clientId, oauth?.resource, oauth?.tokenEndpoint];
  return [...texts, ...endpoints].every((text) => typeof text === 'string') && URL.canParse(String(profile?.url));
}

/** Writes the profiles. */
export async function writeProfiles(home: StateHome, profiles: Profiles): Promise<void> {
  await writePrivateFile(home.profilesFile, `${JSON.stringify({ version: 1, ...profiles }, undefined, 2)}\n`);
}

/** Puts a profile in, in place of one with the same address, and makes it the current one. */
export function withProfile(profiles: Profiles, profile: Profile): Profiles {
  const others = profiles.servers.filter((other) => other.url !== profile.url);
  return { ...profiles, current: profile.url, servers: [...others, profile] };
}

/** Takes the profile of `url` out. Another one becomes current when only one is left. */
export function withoutProfile(profiles: Profiles, url: string): Profiles {
  const servers = profiles.servers.filter((profile) => profile.url !== url);
  const { current, ...rest } = profiles;
  const next = current === url ? (servers.length === 1 ? servers[0]?.url : undefined) : current;
  return { ...rest, ...(next !== undefined && { current: next }), servers };
}

/**
 * The profile that `server` (a host name or URL as typed) means, or the current one.
 * @throws CliError `ERR_CLI_NOT_LOGGED_IN`
 */
export function selectProfile(profiles: Profiles, server?: string): Profile {
  const wanted = server === undefined ? profiles.current : parseServerAddress(server).href.replace(/\/$/, '');
  const profile = profiles.servers.find((candidate) => candidate.url === wanted);
  if (profile !== undefined) return profile;
  if (server === undefined && profiles.servers.length > 1) {
    throw new CliError({
      code: 'ERR_CLI_NOT_LOGGED_IN',
      message: `there are ${profiles.servers.length} servers and none is the current one`,
      nextStep: `Say which with --server: ${profiles.servers.map((candidate) => candidate.url).join(', ')}.`,
    });
  }
  throw new CliError({
    code: 'ERR_CLI_NOT_LOGGED_IN',
    message: wanted === undefined ? 'not logged in' : `not logged in to ${wanted}`,
    nextStep: `Run "sallyport login ${server ?? 'HOST'}".`,
  });
}

/**
 * Reads a server's address as people type it: `sallyport.example.com`, `host:7443` or an https URL.
 * @throws CliError `ERR_CLI_USAGE`, `ERR_CLI_PLAIN_HTTP`
 */
export function parseServerAddress(typed: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${JSON.stringify(typed)} is not a server's address`,
      cause: error,
      nextStep: 'Give a host name, host:port or an https URL.',
    });
  }
  if (url.protocol === 'http:') {
    throw new CliError({
      code: 'ERR_CLI_PLAIN_HTTP',
      message: `${url.href} asks for plain HTTP; credentials travel over HTTPS only`,
      nextStep: `Use https://${url.host}, with --ca-file for a private certificate authority.`,
    });
  }
  if (
    url.protocol !== 'https:' ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.pathname !== '/'
  ) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${JSON.stringify(typed)} is not the address of a server alone`,
      nextStep: 'Give a host name, host:port or an https URL without user, path or query.',
    });
  }
  return url;
}
