import type { KeyResource, RotateKeys } from '@sallyport/core/api';
import type { KeyManagement } from '@sallyport/server';
import { sessionFlags } from '../base-command.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import type { ProfileSelection } from '../state/profiles.ts';
import { type ServerConfigChoice, serverConfigFlags, withKeyManagement } from './with-key-management.ts';

/** What commands do with the keys of a server, whichever way they reach it. */
export interface Keys {
  list(): Promise<readonly KeyResource[]>;
  rotate(purpose: KeyResource['purpose'], wish: RotateKeys): Promise<readonly KeyResource[]>;
}

const byApi = Object.keys(sessionFlags);

/** Flags of commands on keys: either those of a login, or those of the server's configuration. */
export const keysFlags: typeof sessionFlags & typeof serverConfigFlags = {
  ...sessionFlags,
  config: { ...serverConfigFlags.config, exclusive: byApi },
  'state-dir': { ...serverConfigFlags['state-dir'], exclusive: byApi },
};

/** Variables of a server's configuration without which it has no database. */
const CONFIGURED_BY = ['SALLYPORT_STATE_DIR', 'SALLYPORT_DATABASE_URL', 'SALLYPORT_ENCRYPTION_KEY'] as const;

/**
 * Runs `work` on the keys of a server: on its database where its configuration is given, by flags or (unless a login is named)
 * by the environment; by its API, with the login of the profile, everywhere else.
 * @throws CliError `ERR_CLI_NOT_LOGGED_IN`, `ERR_CLI_DATABASE_IN_USE`; ServerError `ERR_CONFIG_INVALID`; StoreError
 */
export async function withKeys<Result>(
  context: CliContext,
  flags: ProfileSelection & ServerConfigChoice,
  work: (keys: Keys) => Promise<Result>,
): Promise<Result> {
  const isHere = flags.config !== undefined || flags['state-dir'] !== undefined;
  const isNamed = flags.server !== undefined || flags.profile !== undefined;
  if (isHere || (!isNamed && CONFIGURED_BY.some((name) => context.env[name] !== undefined))) {
    const insteadOfWaiting =
      'Use the API of the running server: sign in with "sallyport login" as an administrator of the installation, and leave --config and --state-dir out.';
    const { kindOfKeys, organizationOfKeys } = await import('@sallyport/server');
    const shown = (keys: Awaited<ReturnType<KeyManagement['list']>>): readonly KeyResource[] =>
      keys.map(({ purpose, ...key }) => {
        const organization = organizationOfKeys(purpose);
        return { purpose: kindOfKeys(purpose), ...(organization !== undefined && { organization }), ...key };
      });
    return withKeyManagement(
      context,
      flags,
      (management) =>
        work({
          list: async () => shown(await management.list()),
          async rotate(purpose, { mode, organization }) {
            if (organization !== undefined) throw organizationNeedsApi();
            return shown(await management.rotate(purpose, mode));
          },
        }),
      insteadOfWaiting,
    );
  }
  const { withSession } = await import('../session/session.ts');
  return withSession(context, flags, ({ api }) =>
    work({
      list: async () => (await api.listKeys()).items,
      rotate: async (purpose, body) => (await api.rotateKeys({ purpose, body })).items,
    }),
  );
}

function organizationNeedsApi(): CliError {
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: '--organization works with the API of a running server only',
    nextStep: 'Leave it out to rotate those of all organizations, or sign in and leave --config and --state-dir out.',
  });
}
