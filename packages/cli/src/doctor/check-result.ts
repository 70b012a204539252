import { CliError } from '../errors.ts';
import type { View } from '../output/format.ts';

/** What one check found. */
export interface CheckResult {
  readonly name: string;
  /** `skipped` when an earlier check failed that this one needs. */
  readonly result: 'ok' | 'failed' | 'skipped';
  readonly detail: string;
  readonly nextStep?: string;
}

/** How checks are shown. */
export const checkView: View<CheckResult> = {
  kind: 'check',
  name: (it) => it.name,
  columns: [
    { header: 'CHECK', cell: (it) => it.name },
    { header: 'RESULT', cell: (it) => it.result },
    { header: 'DETAIL', cell: (it) => it.detail },
    { header: 'NEXT STEP', cell: (it) => it.nextStep ?? '' },
  ],
};

/**
 * Ends a command whose checks were shown.
 * @throws CliError `ERR_CLI_DOCTOR_PROBLEMS` when one of them failed
 */
export function assertAllWell(results: readonly CheckResult[]): void {
  const failed = results.filter((it) => it.result === 'failed');
  if (failed.length === 0) return;
  throw new CliError({
    code: 'ERR_CLI_DOCTOR_PROBLEMS',
    message: `${failed.length} of ${results.length} checks failed: ${failed.map((it) => it.name).join(', ')}`,
    nextStep: failed[0]?.nextStep ?? 'Look at the details above.',
  });
}
