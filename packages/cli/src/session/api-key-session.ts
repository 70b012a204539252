import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createApiClient, createTextReader } from '@sallyport/core/api';
import { CliError } from '../errors.ts';
import { resolveHome } from '../state/home.ts';
import type { ProfileSelection } from '../state/profiles.ts';
import { readProfiles } from '../state/profiles-file.ts';
import { parseServerAddress } from '../state/server-address.ts';
import { createServerFetch } from './server-fetch.ts';
import type { Session, SessionContext, SessionOptions } from './session.ts';

/** Name that stands where a login session has that of its profile. */
export const API_KEY_PROFILE = 'SALLYPORT_API_KEY';

/**
 * The session that `SALLYPORT_API_KEY` is, at the server of `--server`, `SALLYPORT_SERVER` or the current profile. Nothing of
 * it is written to disk. `undefined` without the variable, and when a profile is named: then that one is meant.
 * @throws CliError `ERR_CLI_USAGE` when no server is known, `ERR_CLI_CA_FILE`
 */
export async function openApiKeySession(
  context: SessionContext,
  selection: ProfileSelection,
  options: SessionOptions,
): Promise<Session | undefined> {
  const key = context.env['SALLYPORT_API_KEY'];
  if (!key || selection.profile !== undefined) return undefined;
  const { url, caPem } = await findServer(context, selection);
  const fetch = createServerFetch({ origin: url, ...(caPem !== undefined && { caPem }), ...options });
  const access = { baseUrl: url, fetch, accessToken: () => key };
  const api = createApiClient(access);
  try {
    const { organization, principal } = await api.whoAmI();
    const profile = {
      name: API_KEY_PROFILE,
      url,
      organization: organization.name,
      userName: principal.userName,
      ...(caPem !== undefined && { caPem }),
    };
    return { profile, api, readText: createTextReader(access), fetch, close: () => fetch.close() };
  } catch (error) {
    await fetch.close();
    throw error;
  }
}

async function findServer(context: SessionContext, selection: ProfileSelection) {
  const { items, current } = await readProfiles(resolveHome(context));
  const named = selection.server ?? context.env['SALLYPORT_SERVER'];
  const url = named ? parseServerAddress(named).origin : items.find(({ name }) => name === current)?.url;
  if (url === undefined) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: 'SALLYPORT_API_KEY is set, and nothing says for which server',
      nextStep: 'Set SALLYPORT_SERVER, or give --server.',
    });
  }
  const file = context.env['SALLYPORT_CA_FILE'];
  const caPem = file ? await readCa(resolve(context.cwd, file)) : items.find((profile) => profile.url === url)?.caPem;
  return { url, caPem };
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CliError({
      code: 'ERR_CLI_CA_FILE',
      message: `${file} can't be read`,
      cause: error,
      nextStep: 'Point SALLYPORT_CA_FILE to a PEM file with the CA certificate of the server.',
    });
  }
}
