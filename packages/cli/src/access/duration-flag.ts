import { Flags } from '@oclif/core';
import { parseDuration } from '@sallyport/core';
import { CliError } from '../errors.ts';

/**
 * A flag that takes a duration such as `1h30m`, checked before anything is sent and handed over as it was typed.
 * @throws CliError `ERR_CLI_USAGE` when parsed: not a duration, or none at all
 */
export const durationFlag = Flags.custom<string>({ helpValue: 'DURATION', parse: async (text) => readDuration(text) });

/**
 * Reads a duration that a person typed.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function readDuration(text: string): string {
  const trimmed = text.trim();
  if (millisecondsOf(trimmed) > 0) return trimmed;
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `${JSON.stringify(text.slice(0, 64))} is no duration that something could last`,
    nextStep: 'Write whole numbers with the units s, m, h or d, for example 45m or 1h30m.',
  });
}

function millisecondsOf(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    // Told above, in words of the command line and with the exit code for them.
    return 0;
  }
}
