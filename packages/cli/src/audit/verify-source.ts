import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LogReport } from '@sallyport/audit/proof';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { withSession } from '../session/session.ts';
import { resolveHome } from '../state/home.ts';
import type { ProfileSelection } from '../state/profiles.ts';
import { findTrust, keyNameOf, type LogTrust, readLogTrusts, rememberLog } from './log-trust.ts';
import { BUNDLE_TIMEOUT_MS, trustedKeys, verifyBundle } from './verify-bundle.ts';

/** How a log is verified, wherever it comes from. */
export interface VerifySourceOptions {
  readonly anchors: readonly string[];
  /** Keys to trust, and no others. */
  readonly keys?: readonly string[];
  readonly onProgress: (entries: number, size: number) => void;
  /** Tells a person something beside the result. */
  readonly note: (line: string) => void;
}

/** Verifies a log at its server, and remembers what held. */
export async function verifyServer(
  context: CliContext,
  selection: ProfileSelection,
  options: VerifySourceOptions & {
    readonly log: 'organization' | 'installation';
    readonly recordings: 'compare' | 'skip';
  },
): Promise<LogReport> {
  const { anchors, keys, log, recordings, onProgress, note } = options;
  const home = resolveHome(context);
  return withSession(
    context,
    selection,
    async ({ api, readText, profile }) => {
      const { organization, url: server } = profile;
      const logId = log === 'installation' ? log : (await api.whoAmI()).organization.id;
      const known = keys === undefined ? (await readLogTrusts(home)).servers[server]?.[logId] : undefined;
      const published = (await api.listAuditKeys()).items.map(({ key }) => key);
      const trusted = keys ?? trustedKeys(known, published);
      if (keys === undefined) for (const line of describeTrust(known, trusted)) note(line);
      const { chunks } = await readText('exportAuditBundle', { organization, log, recordings });
      const report = await verifyBundle({ chunks, keys: trusted, anchors, onProgress, ...(known && { known }) });
      if (report.log !== logId) throw otherLog(report.log, logId);
      if (report.holds && keys === undefined) {
        const verifiedAt = new Date(context.clock.now()).toISOString();
        const { checkpoint } = report;
        await rememberLog(
          home,
          { server, log: logId },
          { keys: trusted, verifiedAt, ...(checkpoint && { checkpoint }) },
        );
      }
      return report;
    },
    { timeoutMs: BUNDLE_TIMEOUT_MS },
  );
}

/** Verifies a bundle in a file. Keys that this machine remembers of its log are trusted; changes nothing that is remembered. */
export async function verifyFile(
  context: CliContext,
  path: string,
  { anchors, keys, onProgress, note }: VerifySourceOptions,
): Promise<LogReport> {
  const file = resolve(context.cwd, path);
  const { log, keyNames } = await readHeader(file);
  const known = findTrust(await readLogTrusts(resolveHome(context)), log, keyNames);
  const trusted = keys ?? known?.keys;
  if (trusted === undefined) {
    note(
      'No key of this log is known here: the keys that the bundle itself names are trusted. Pass --key to name them.',
    );
  }
  const chunks = createReadStream(file, { encoding: 'utf8', highWaterMark: 256 * 1_024 });
  return verifyBundle({ chunks, anchors, onProgress, ...(trusted && { keys: trusted }), ...(known && { known }) });
}

function describeTrust(known: LogTrust | undefined, trusted: readonly string[]): readonly string[] {
  if (known === undefined) {
    return [
      'This log was never verified here: the keys that the server names now are trusted from here on, and remembered:',
      ...trusted.map((key) => `  ${key}`),
    ];
  }
  const added = trusted.filter((key) => !known.keys.includes(key));
  return added.map(
    (key) => `The server names a further key, which is remembered if the log goes on from where it was: ${key}`,
  );
}

const HEADER_BYTES = 1_048_576;

/** Which log a bundle is of, and who says to have signed it. What is no bundle is for the verifier to refuse. */
async function readHeader(file: string): Promise<{ log: string; keyNames: ReadonlySet<string> }> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
      const [line = ''] = buffer.subarray(0, bytesRead).toString('utf8').split('\n', 1);
      const { log, keys } = JSON.parse(line) as { readonly log?: string; readonly keys?: readonly { key: string }[] };
      return { log: log ?? '', keyNames: new Set(keys?.map(({ key }) => keyNameOf(key))) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return { log: '', keyNames: new Set() };
    throw new CliError({
      code: 'ERR_CLI_AUDIT_BUNDLE',
      message: `${file} can't be read`,
      cause: error,
      nextStep: 'Pass a bundle that was exported from the audit log.',
    });
  }
}

function otherLog(answered: string, asked: string): CliError {
  return new CliError({
    code: 'ERR_CLI_AUDIT_TAMPERED',
    message: `the server answered with the log ${answered} where ${asked} was asked for`,
    nextStep: 'Check which server answers at this address.',
  });
}
