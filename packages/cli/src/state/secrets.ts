import type { JWK } from 'jose';
import { CliError } from '../errors.ts';
import { readTextFile, removeFile, writePrivateFile } from './atomic-file.ts';
import type { StateHome } from './home.ts';
import type { Keyring } from './keyring.ts';

/** What a login session consists of on this machine. */
export interface StoredSession {
  /** The server it belongs to. Checked on every read: a session is never used for another address. */
  readonly url: string;
  readonly refreshToken: string;
  /** Private key that every token of the session is bound to. */
  readonly dpopKey: JWK;
  /** The last access token and its end, so that not every command refreshes. Useless without the key. */
  readonly access?: { readonly token: string; readonly expiresAt: string };
}

/** Keeps login sessions: the key and the refresh token in the OS keyring where it works, else in a 0600 file. */
export interface SessionStore {
  read(url: string): Promise<StoredSession | undefined>;
  write(session: StoredSession): Promise<void>;
  /** Says whether there was one. */
  remove(url: string): Promise<boolean>;
}

type FileRecord = Partial<StoredSession> & { readonly url: string };

/** Creates the store of a state folder. Without `keyring` everything lies in files. */
export function createSessionStore(home: StateHome, keyring?: Keyring): SessionStore {
  const account = (url: string) => `${home.folder} ${url}`;

  async function readFileRecord(url: string): Promise<FileRecord | undefined> {
    const file = home.sessionFile(url);
    const text = await readTextFile(file);
    if (text === undefined) return undefined;
    const record = parseRecord(text);
    if (record?.url === url) return record;
    throw new CliError({
      code: 'ERR_CLI_STATE_MALFORMED',
      message: `${file} is not a login session of ${url}`,
      nextStep: `Run "sallyport login ${url}" again.`,
    });
  }

  return {
    async read(url) {
      const record = await readFileRecord(url);
      if (record === undefined) return undefined;
      if (record.refreshToken !== undefined && record.dpopKey !== undefined) return record as StoredSession;
      const secret = await keyring?.get(account(url));
      if (secret === undefined) return undefined;
      return { ...(JSON.parse(secret) as Pick<StoredSession, 'refreshToken' | 'dpopKey'>), ...record };
    },
    async write({ refreshToken, dpopKey, ...rest }) {
      // Read back by the keyring itself: some accept a secret and forget it.
      const isKept = (await keyring?.set(account(rest.url), JSON.stringify({ refreshToken, dpopKey }))) ?? false;
      const record: FileRecord = isKept ? rest : { ...rest, refreshToken, dpopKey };
      await writePrivateFile(home.sessionFile(rest.url), `${JSON.stringify(record)}\n`);
    },
    async remove(url) {
      const wasInKeyring = (await keyring?.delete(account(url))) ?? false;
      return (await removeFile(home.sessionFile(url))) || wasInKeyring;
    },
  };
}

function parseRecord(text: string): FileRecord | undefined {
  try {
    const value = JSON.parse(text) as FileRecord | null;
    return typeof value?.url === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
