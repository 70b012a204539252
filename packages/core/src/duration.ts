import { CoreError } from './errors.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FORM = /^(?:\d+(?:ms|s|m|h|d))+$/;
const PART = /(\d+)(ms|s|m|h|d)/g;

/**
 * Reads a duration such as `15m`, `1h30m` or `500ms` into milliseconds. Whole numbers with a unit only: no sign, no
 * fraction, no bare number, no year.
 * @throws CoreError `ERR_DURATION_MALFORMED`
 */
export function parseDuration(text: string): number {
  if (!FORM.test(text)) {
    throw new CoreError({
      code: 'ERR_DURATION_MALFORMED',
      message: `${JSON.stringify(text.slice(0, 64))} is not a duration`,
      nextStep: 'Write whole numbers with the units ms, s, m, h or d, for example 15m or 1h30m.',
    });
  }
  let total = 0;
  for (const [, count, unit] of text.matchAll(PART)) total += Number(count) * (UNITS_MS[unit as string] as number);
  if (!Number.isSafeInteger(total)) {
    throw new CoreError({
      code: 'ERR_DURATION_MALFORMED',
      message: `${text.slice(0, 64)} is longer than can be counted`,
    });
  }
  return total;
}

/** Writes milliseconds in the form {@link parseDuration} reads, largest units first: `5_400_000` is `1h30m`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds));
  if (rest === 0) return '0s';
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = UNITS_MS[unit] as number;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
