import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { CliContext } from '../context.ts';

/** The state folder of a person: profiles, sessions, cached credentials, locks. */
export interface StateHome {
  readonly folder: string;
  /** Servers that were logged in to. */
  readonly profilesFile: string;
  /** Where the session secrets of a server lie when no OS keyring takes them. */
  sessionFile(serverUrl: string): string;
  /** Lock that guards the session of a server: whoever refreshes holds it. */
  sessionLock(serverUrl: string): string;
  /** Folder of cached ExecCredentials, credential shims and their locks. */
  readonly kubeFolder: string;
}

/** Where the state lies: `SALLYPORT_HOME`, else `.sallyport` in the person's home folder. */
export function resolveHome(context: Pick<CliContext, 'env' | 'userHome' | 'cwd'>): StateHome {
  const named = context.env['SALLYPORT_HOME'];
  return createHome(named ? resolve(context.cwd, named) : join(context.userHome, '.sallyport'));
}

/** The state folder at `folder`. Makes nothing. */
export function createHome(folder: string): StateHome {
  return {
    folder,
    profilesFile: join(folder, 'profiles.json'),
    sessionFile: (serverUrl) => join(folder, 'sessions', `${serverKey(serverUrl)}.json`),
    sessionLock: (serverUrl) => join(folder, 'locks', `session-${serverKey(serverUrl)}.lock`),
    kubeFolder: join(folder, 'kube'),
  };
}

/**
 * A file name that stands for one server address. Readable, and unique by its hash, so that two addresses never share a
 * session whatever characters they hold.
 */
export function serverKey(serverUrl: string): string {
  const readable = new URL(serverUrl).host.replace(/[^a-z0-9.-]/g, '_').slice(0, 80);
  return `${readable}-${createHash('sha256').update(serverUrl).digest('hex').slice(0, 12)}`;
}
