import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, type Secret, sleep } from '@sallyport/core';
import type { KeyStore, KeyTransaction } from '../pki/rotate-keys.ts';
import { createEnvelope, type Envelope } from '../stores/envelope.ts';
import { StoreError } from '../stores/errors.ts';
import { type FolderLock, lockFolder } from '../stores/folder-lock.ts';
import type { KeySet, StoredKey } from '../stores/key-contracts.ts';
import { keyContext } from '../stores/keys.ts';
import { SignerError } from './errors.ts';
import type { SigningLog } from './signing-log.ts';

/** The keys of a signer, in a file. */
export interface KeyFile extends KeyStore {
  /**
   * Takes over a set of keys that another process held until now; once more is no change.
   * @throws SignerError `ERR_SIGNER_EXISTS` when there are other keys
   */
  adopt(set: KeySet): Promise<void>;
}

/** Options of {@link createKeyFile}. */
export interface KeyFileOptions {
  /** Folder of the file `keys.json`, made (mode 0700) when it is missing. */
  readonly folder: string;
  /** 32 bytes under which the private keys are encrypted. */
  readonly encryptionKey: Secret<Buffer>;
  /** Where changes of keys are written down. */
  readonly log: Pick<SigningLog, 'append'>;
  readonly clock: Clock;
}

const LOCK_TRIES = 50;
const LOCK_PAUSE_MS = 100;
const RANK = { current: 0, next: 1, retired: 2 } as const;
const NONE: KeySet = { version: 0, keys: [] };

/**
 * Keeps the capability keys of a signer in a file, private halves encrypted. The signer and a command may change it at the
 * same time: each change takes a lock, and the file is replaced as a whole.
 */
export function createKeyFile(options: KeyFileOptions): KeyFile {
  const { folder, log, clock } = options;
  const path = join(folder, 'keys.json');
  const envelope = createEnvelope(options.encryptionKey);

  async function read(): Promise<KeySet> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NONE;
      throw broken(path, error);
    }
    try {
      return parseKeySet(text, envelope);
    } catch (error) {
      // A wrong encryption key says so by itself.
      throw error instanceof StoreError ? error : broken(path, error);
    }
  }

  async function locked<Result>(work: () => Promise<Result>): Promise<Result> {
    const lock = await takeLock(join(folder, 'lock'), clock);
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  return {
    keys: {
      versions: async () => new Map([['capability', (await read()).version]]),
      list: async (purpose) => (purpose === 'capability' ? read() : NONE),
      establish: (key) =>
        locked(async () => {
          const known = await read();
          if (known.keys.length > 0) return known;
          const set = { version: key.createdAt.getTime(), keys: [key] };
          await write(path, set, envelope);
          return set;
        }),
    },
    adopt: (set) =>
      locked(async () => {
        const { keys } = await read();
        const isOther = keys.some(({ keyId }) => !set.keys.some((given) => given.keyId === keyId));
        if (isOther) {
          throw new SignerError({
            code: 'ERR_SIGNER_EXISTS',
            message: `${path} holds ${keys.length} keys of its own`,
            nextStep: 'Choose an empty folder.',
          });
        }
        if (keys.length > 0) return;
        const version = Math.max(set.version + 1, clock.now());
        await log.append({ event: 'key.adopted', keyIds: set.keys.map(({ keyId }) => keyId) });
        await write(path, { version, keys: set.keys }, envelope);
      }),
    transact: (work) =>
      locked(async () => {
        const before = await read();
        let version = before.version;
        const keys = new Map(before.keys.map((key) => [key.keyId, key]));
        const events: Parameters<KeyTransaction['appendAudit']>[0][] = [];
        const result = await work({
          lockKeys: async () => ({ version, keys: inOrder(keys.values()) }),
          async nextKeyVersion() {
            version = Math.max(version + 1, clock.now());
            return version;
          },
          putKey: async (key) => void keys.set(key.keyId, key),
          deleteKey: async (_, keyId) => void keys.delete(keyId),
          appendAudit: async (event) => void events.push(event),
          // Agents' certificates are the server's, and the lock is the only lease.
          revokeEveryAgentCertificate: async () => {},
          holdLease: async () => {},
        });
        if (version === before.version) return result;
        for (const { code, details } of events) await log.append({ event: code, ...details });
        await write(path, { version, keys: inOrder(keys.values()) }, envelope);
        return result;
      }),
  };
}

function inOrder(keys: Iterable<StoredKey>): StoredKey[] {
  return [...keys].sort(
    (a, b) =>
      RANK[a.phase] - RANK[b.phase] || b.createdAt.getTime() - a.createdAt.getTime() || (a.keyId < b.keyId ? 1 : -1),
  );
}

function parseKeySet(text: string, envelope: Envelope): KeySet {
  const { version, keys } = JSON.parse(text) as { version: number; keys: Readonly<Record<string, string>>[] };
  if (!Number.isSafeInteger(version)) throw new TypeError('the version is not a number');
  return {
    version,
    keys: keys.map(({ keyId = '', phase, secret = '', endorsement, createdAt = '', signsFrom = '', verifiesUntil }) => {
      if (phase === undefined || !(phase in RANK)) throw new TypeError(`phase ${phase} is unknown`);
      return {
        purpose: 'capability',
        keyId,
        phase: phase as StoredKey['phase'],
        secret: envelope.open(secret, keyContext('capability', keyId)),
        ...(endorsement !== undefined && { endorsement }),
        createdAt: new Date(createdAt),
        signsFrom: new Date(signsFrom),
        ...(verifiesUntil !== undefined && { verifiesUntil: new Date(verifiesUntil) }),
      };
    }),
  };
}

/** Replaces the file as a whole, so that a reader sees the old set or the new one. */
async function write(path: string, { version, keys }: KeySet, envelope: Envelope): Promise<void> {
  const sealed = keys.map(({ purpose, secret, ...facts }) => ({
    ...facts,
    secret: envelope.seal(secret.reveal(), keyContext(purpose, facts.keyId)),
  }));
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.new`;
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify({ version, keys: sealed }, undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    throw broken(path, error);
  }
}

async function takeLock(folder: string, clock: Clock): Promise<FolderLock> {
  for (let tries = 1; ; tries++) {
    try {
      return await lockFolder(folder);
    } catch (error) {
      const isTaken = error instanceof StoreError && error.code === 'ERR_STORE_LOCKED';
      if (!isTaken || tries === LOCK_TRIES) throw error;
    }
    await sleep(clock, LOCK_PAUSE_MS);
  }
}

function broken(path: string, cause: unknown): SignerError {
  return new SignerError({
    code: 'ERR_SIGNER_KEYS',
    message: `key file ${path} can't be read or written`,
    cause,
    nextStep: 'Check its owner, mode and disk; restore it from a backup when it is damaged.',
  });
}
