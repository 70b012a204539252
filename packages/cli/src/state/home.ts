import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { CliContext } from '../context.ts';
import type { Account } from './profiles.ts';

/** The state folder of a person: profiles, sessions, cached credentials, locks. */
export interface StateHome {
  readonly folder: string;
  /** Accounts that were logged in to. */
  readonly profilesFile: string;
  /** Lock that guards {@link StateHome.profilesFile} while it is changed. */
  readonly profilesLock: string;
  /** Where the session secrets of an account lie when no OS keyring takes them. */
  sessionFile(account: Account): string;
  /** Lock that guards the session of an account: whoever refreshes holds it. */
  sessionLock(account: Account): string;
  /** Folder of cached ExecCredentials, credential shims and their locks, by account. */
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
    profilesLock: join(folder, 'locks', 'profiles.lock'),
    sessionFile: (account) => join(folder, 'sessions', `${accountKey(account)}.json`),
    sessionLock: (account) => join(folder, 'locks', `session-${accountKey(account)}.lock`),
    kubeFolder: join(folder, 'kube'),
  };
}

/**
 * A file name that stands for one account at one server. Readable, and unique by its hash, so that two accounts never
 * share a session whatever characters they hold.
 */
export function accountKey({ url, organization, userName }: Account): string {
  const readable = new URL(url).host.replace(/[^a-z0-9.-]/g, '_').slice(0, 80);
  const hash = createHash('sha256')
    .update(JSON.stringify([url, organization, userName]))
    .digest('hex');
  return `${readable}-${hash.slice(0, 16)}`;
}
