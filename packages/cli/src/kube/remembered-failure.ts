import type { Clock } from '@sallyport/core';
import { CliError, type CliErrorCode } from '../errors.ts';
import { describeError } from '../output/error.ts';
import { readTextFile, removeFile, writePrivateFile } from '../state/atomic-file.ts';

// kubectl runs its plugin once for each of five discovery attempts; together they are over within this.
const REMEMBER_MS = 5_000;

interface FailureRecord {
  readonly at: number;
  readonly code: CliErrorCode;
  readonly sentence: string;
  readonly nextStep?: string;
}

/**
 * Runs `work`, and for some seconds after it failed repeats the failure instead: a server that is away is asked once, not
 * at every attempt of kubectl. Success forgets the failure.
 */
export async function withRememberedFailure<Result>(
  path: string,
  clock: Clock,
  work: () => Promise<Result>,
): Promise<Result> {
  const known = parseFailure(await readTextFile(path));
  if (known !== undefined && clock.now() - known.at < REMEMBER_MS && known.at <= clock.now()) {
    throw new CliError({
      code: known.code,
      message: known.sentence,
      ...(known.nextStep !== undefined && { nextStep: known.nextStep }),
    });
  }
  try {
    const result = await work();
    if (known !== undefined) await removeFile(path);
    return result;
  } catch (error) {
    const record = { at: clock.now(), ...describeError(error) };
    await writePrivateFile(path, JSON.stringify(record)).catch(() => {
      // Remembering is a courtesy; the failure itself is what matters.
    });
    throw error;
  }
}

function parseFailure(text: string | undefined): FailureRecord | undefined {
  try {
    const record = JSON.parse(text ?? 'null') as FailureRecord | null;
    return typeof record?.at === 'number' && typeof record.sentence === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}
