import type { JWK } from 'jose';
import { CliError } from '../errors.ts';
import { readTextFile, removeFile, writePrivateFile } from './atomic-file.ts';
import type { StateHome } from './home.ts';
import type { Keyring } from './keyring.ts';
import { type Account, accountName, isSameAccount } from './profiles.ts';

/**
 * What a login session consists of on this machine, and whose it is. That is checked on every read: a session is never
 * used for another address or account.
 */
export interface StoredSession extends Account {
  /** Absent for workloads, which have {@link StoredSession.workload} instead. */
  readonly refreshToken?: string;
  /** Which workload identity it is, and where its platform puts the token that a new session is made with. */
  readonly workload?: { readonly identity: string; readonly tokenFile: string };
  /** Private key that every token of the session is bound to. */
  readonly dpopKey: JWK;
  /** The last access token and its end, so that not every command refreshes. Useless without the key. */
  readonly access?: { readonly token: string; readonly expiresAt: string };
}

/** Keeps login sessions: the key and the refresh token in the OS keyring where it works, else in a 0600 file. */
export interface SessionStore {
  read(account: Account): Promise<StoredSession | undefined>;
  write(session: StoredSession): Promise<void>;
  /** Says whether there was one. */
  remove(account: Account): Promise<boolean>;
}

type FileRecord = Partial<StoredSession> & Account;

/** Creates the store of a state folder. Without `keyring` everything lies in files. */
export function createSessionStore(home: StateHome, keyring?: Keyring): SessionStore {
  const entryOf = (account: Account) => `${home.folder} ${account.url} ${accountName(account)}`;

  async function readFileRecord(account: Account): Promise<FileRecord | undefined> {
    const file = home.sessionFile(account);
    const text = await readTextFile(file);
    if (text === undefined) return undefined;
    const record = parseRecord(text);
    if (record !== undefined && isSameAccount(record, account)) return record;
    throw new CliError({
      code: 'ERR_CLI_STATE_MALFORMED',
      message: `${file} is not a login session of ${account.userName} at ${account.url}`,
      nextStep: `Run "sallyport login ${account.url}" again.`,
    });
  }

  return {
    async read(account) {
      const record = await readFileRecord(account);
      if (record === undefined) return undefined;
      if (record.dpopKey !== undefined) return record as StoredSession;
      const secret = await keyring?.get(entryOf(account));
      if (secret === undefined) return undefined;
      return { ...(JSON.parse(secret) as Pick<StoredSession, 'refreshToken' | 'dpopKey'>), ...record };
    },
    async write({ refreshToken, dpopKey, ...rest }) {
      // Read back by the keyring itself: some accept a secret and forget it.
      const isKept = (await keyring?.set(entryOf(rest), JSON.stringify({ refreshToken, dpopKey }))) ?? false;
      const record: FileRecord = isKept
        ? rest
        : { ...rest, ...(refreshToken !== undefined && { refreshToken }), dpopKey };
      await writePrivateFile(home.sessionFile(rest), `${JSON.stringify(record)}\n`);
    },
    async remove(account) {
      const wasInKeyring = (await keyring?.delete(entryOf(account))) ?? false;
      return (await removeFile(home.sessionFile(account))) || wasInKeyring;
    },
  };
}

function parseRecord(text: string): FileRecord | undefined {
  try {
    const value = JSON.parse(text) as FileRecord | null;
    const texts = [value?.url, value?.organization, value?.userName];
    return value !== null && texts.every((text) => typeof text === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
