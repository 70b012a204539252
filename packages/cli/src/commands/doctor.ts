import { BaseCommand, outputFlags, sessionFlags } from '../base-command.ts';
import { CliError } from '../errors.ts';

/** `sallyport doctor` */
export default class Doctor extends BaseCommand {
  static override summary = 'Check everything that kubectl through Sallyport depends on, and say what to do.';
  static override flags = { ...outputFlags, ...sessionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const { runChecks } = await import('../doctor/checks.ts');
    const results = await runChecks(this.context, flags);
    await this.printList(flags, results, {
      kind: 'check',
      name: (it) => it.name,
      columns: [
        { header: 'CHECK', cell: (it) => it.name },
        { header: 'RESULT', cell: (it) => it.result },
        { header: 'DETAIL', cell: (it) => it.detail },
        { header: 'NEXT STEP', cell: (it) => it.nextStep ?? '' },
      ],
    });
    const failed = results.filter((it) => it.result === 'failed');
    if (failed.length === 0) return;
    throw new CliError({
      code: 'ERR_CLI_DOCTOR_PROBLEMS',
      message: `${failed.length} of ${results.length} checks failed: ${failed.map((it) => it.name).join(', ')}`,
      nextStep: failed[0]?.nextStep ?? 'Look at the details above.',
    });
  }
}
