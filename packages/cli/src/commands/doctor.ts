import { BaseCommand, outputFlags, sessionFlags } from '../base-command.ts';
import { assertAllWell, checkView } from '../doctor/check-result.ts';

/** `sallyport doctor` */
export default class Doctor extends BaseCommand {
  static override summary = 'Check everything that kubectl through Sallyport depends on, and say what to do.';
  static override flags = { ...outputFlags, ...sessionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const { runChecks } = await import('../doctor/checks.ts');
    const results = await runChecks(this.context, flags);
    await this.printList(flags, results, checkView);
    assertAllWell(results);
  }
}
