import { existsSync } from 'node:fs';
import type { AsyncEntry } from '@napi-rs/keyring';
import type { CliContext } from '../context.ts';

/** The operating system's keyring, reduced to what sessions need. No call rejects: a keyring that fails is none. */
export interface Keyring {
  get(account: string): Promise<string | undefined>;
  /** Resolves `true` once the keyring gives the same secret back. */
  set(account: string, secret: string): Promise<boolean>;
  delete(account: string): Promise<boolean>;
}

const SERVICE = 'sallyport';
// A locked keyring may wait for a person at a prompt that nobody sees.
const TIMEOUT_MS = 5_000;

/**
 * Opens the OS keyring, or gives `undefined` where there is none to rely on: no native module for the platform, no
 * Secret Service on Linux (the kernel's own keyring forgets at logout), or `SALLYPORT_KEYRING=off`.
 */
export async function openKeyring(context: Pick<CliContext, 'env' | 'platform'>): Promise<Keyring | undefined> {
  if (context.env['SALLYPORT_KEYRING'] === 'off') return undefined;
  const isLinux = context.platform === 'linux';
  if (isLinux && !hasSessionBus(context.env)) return undefined;
  const native = await import('@napi-rs/keyring').catch(() => undefined);
  if (native === undefined) return undefined;
  const options = isLinux ? { linux: { store: 'secret-service' as const } } : undefined;

  async function attempt<Result>(
    account: string,
    work: (entry: AsyncEntry, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result | undefined> {
    if (native === undefined) return undefined;
    try {
      return await work(new native.AsyncEntry(SERVICE, account, options), AbortSignal.timeout(TIMEOUT_MS));
    } catch {
      // Locked, refused or away: the caller falls back to its file.
      return undefined;
    }
  }

  const get = async (account: string) =>
    (await attempt(account, (entry, signal) => entry.getPassword(signal))) ?? undefined;
  return {
    get,
    async set(account, secret) {
      await attempt(account, (entry, signal) => entry.setPassword(secret, signal));
      return (await get(account)) === secret;
    },
    delete: async (account) => (await attempt(account, (entry, signal) => entry.deleteCredential(signal))) ?? false,
  };
}

function hasSessionBus(env: CliContext['env']): boolean {
  return Boolean(env['DBUS_SESSION_BUS_ADDRESS']) || existsSync(`${env['XDG_RUNTIME_DIR'] ?? '/nonexistent'}/bus`);
}
