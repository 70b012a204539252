import type { LogReport } from '@sallyport/audit/proof';
import { CliError } from '../errors.ts';
import type { LogTrust } from './log-trust.ts';

/** How long a bundle may take on its way, in milliseconds: one of a hundred million events does, on a slow line. */
export const BUNDLE_TIMEOUT_MS: number = 12 * 3_600_000;

/** What {@link verifyBundle} works with. */
export interface VerifyBundleOptions {
  /** The bundle, piece by piece. */
  readonly chunks: AsyncIterable<string>;
  /** Keys that are trusted; absent: those of the bundle. */
  readonly keys?: readonly string[];
  /** What this machine remembers of the log. */
  readonly known?: LogTrust;
  /** Checkpoints that were kept elsewhere. */
  readonly anchors: readonly string[];
  readonly onProgress?: (entries: number, size: number) => void;
}

/**
 * Verifies a bundle. What this machine has verified before is one more checkpoint that was kept elsewhere.
 * @throws CliError `ERR_CLI_AUDIT_BUNDLE` for what can't be judged
 */
export async function verifyBundle(options: VerifyBundleOptions): Promise<LogReport> {
  const { chunks, keys, known, anchors, onProgress } = options;
  const { parseNoteKey, readLines, verifyLog } = await import('@sallyport/audit/proof');
  const remembered = known?.checkpoint === undefined ? [] : [known.checkpoint];
  try {
    return await verifyLog(readLines(chunks), {
      ...(keys && { keys: keys.map(parseNoteKey) }),
      anchors: [...anchors, ...remembered],
      ...(onProgress && { onProgress }),
    });
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    if (code !== 'ERR_AUDIT_BUNDLE_MALFORMED' && code !== 'ERR_AUDIT_NOTE_MALFORMED') throw error;
    throw new CliError({
      code: 'ERR_CLI_AUDIT_BUNDLE',
      message: `the log can't be judged: ${String(message)}`,
      cause: error,
      nextStep: 'Check keys and anchors, and that the bundle is whole; export it again if it is not.',
    });
  }
}

/**
 * Keys to trust, of those that are remembered and those that the server names now. New ones come in beside known ones, as rotation
 * brings them; where none of the known ones is named any more, only these count.
 */
export function trustedKeys(known: LogTrust | undefined, published: readonly string[]): readonly string[] {
  if (known === undefined) return published;
  const isContinued = known.keys.some((key) => published.includes(key));
  return isContinued ? [...new Set([...known.keys, ...published])] : known.keys;
}
