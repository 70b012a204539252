import type { CliContext } from '../context.ts';
import { describeError } from '../output/error.ts';
import { resolveHome } from './home.ts';
import { openKeyring } from './keyring.ts';
import { readProfiles } from './profiles-file.ts';

/** A setting in effect. */
export interface Setting {
  readonly name: string;
  readonly value?: string;
  /** Name of the variable, path of the file, or `default`. */
  readonly source: string;
}

/** Everything that decides how commands work on this machine. Holds no secret. */
export async function readSettings(
  context: Pick<CliContext, 'env' | 'platform' | 'userHome' | 'cwd'>,
): Promise<readonly Setting[]> {
  const { env } = context;
  const home = resolveHome(context);
  // A file that can't be read must not keep its own path from being shown.
  const profiles = await readProfiles(home).catch((error: unknown) => describeError(error).sentence);
  const isFileChosen = typeof profiles !== 'string' && profiles.secretStorage === 'file';
  const hasKeyring = !isFileChosen && (await openKeyring(context)) !== undefined;
  const current = typeof profiles === 'string' ? profiles : profiles.current;
  const fromEnv = (variable: string, name: string, fallback?: string): Setting => {
    const value = env[variable];
    if (value) return { name, value, source: variable };
    return { name, ...(fallback !== undefined && { value: fallback }), source: 'default' };
  };
  return [
    { name: 'state folder', value: home.folder, source: env['SALLYPORT_HOME'] ? 'SALLYPORT_HOME' : 'default' },
    env['SALLYPORT_PROFILE']
      ? { name: 'profile', value: env['SALLYPORT_PROFILE'], source: 'SALLYPORT_PROFILE' }
      : { name: 'profile', ...(current !== undefined && { value: current }), source: home.profilesFile },
    {
      name: 'session secrets',
      value: hasKeyring ? 'keyring of the operating system' : 'files, mode 0600',
      source: isFileChosen ? home.profilesFile : env['SALLYPORT_KEYRING'] ? 'SALLYPORT_KEYRING' : 'default',
    },
    fromEnv('KUBECONFIG', 'kubeconfig', `${context.userHome}/.kube/config`),
    fromEnv('EDITOR', 'editor'),
    fromEnv('NO_COLOR', 'no color', 'off'),
    fromEnv('SALLYPORT_DEBUG', 'debug', 'off'),
  ];
}
