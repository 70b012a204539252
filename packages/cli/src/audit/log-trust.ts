import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { readTextFile, writePrivateFile } from '../state/atomic-file.ts';
import type { StateHome } from '../state/home.ts';

/** What this machine remembers of a log that it has verified. */
export interface LogTrust {
  /** Verifier keys (`name+id+base64`) that sign the log. */
  readonly keys: readonly string[];
  /** The newest checkpoint that held, a signed note: what comes later must go on from it. */
  readonly checkpoint?: string;
  /** When, ISO 8601. */
  readonly verifiedAt: string;
}

/** What is remembered, by the address of the server and the log. */
export interface LogTrusts {
  readonly servers: Readonly<Record<string, Readonly<Record<string, LogTrust>>>>;
}

/** Reads what is remembered. @throws CliError `ERR_CLI_STATE_IO` when the file is damaged: it is never taken for an empty one */
export async function readLogTrusts(home: StateHome): Promise<LogTrusts> {
  const path = fileOf(home);
  const text = await readTextFile(path);
  if (text === undefined) return { servers: {} };
  try {
    const value = JSON.parse(text) as LogTrusts | null;
    if (typeof value?.servers === 'object') return value;
  } catch {
    // Falls through: no JSON is as bad as another JSON.
  }
  throw new CliError({
    code: 'ERR_CLI_STATE_IO',
    message: `${path} is damaged: which keys sign audit logs is not known any more`,
    nextStep:
      'Restore it from a backup; if you delete it, the next verification trusts the keys that the server names.',
  });
}

/** Remembers what is known of one log. */
export async function rememberLog(
  home: StateHome,
  { server, log }: { readonly server: string; readonly log: string },
  trust: LogTrust,
): Promise<void> {
  const { servers } = await readLogTrusts(home);
  const next: LogTrusts = { servers: { ...servers, [server]: { ...servers[server], [log]: trust } } };
  await writePrivateFile(fileOf(home), `${JSON.stringify(next, undefined, 2)}\n`);
}

/** What is remembered of the log of a bundle, whichever server it came from: the names of its keys tell. */
export function findTrust({ servers }: LogTrusts, log: string, keyNames: ReadonlySet<string>): LogTrust | undefined {
  const known = Object.values(servers).flatMap((logs) => logs[log] ?? []);
  return known.find(({ keys }) => keys.some((key) => keyNames.has(keyNameOf(key))));
}

/** Name of a verifier key. */
export function keyNameOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('+')));
}

function fileOf(home: StateHome): string {
  return join(home.folder, 'audit-trust.json');
}
