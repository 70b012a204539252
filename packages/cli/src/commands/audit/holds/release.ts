import { Args, Flags } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../../base-command.ts';
import { legalHoldView } from '../../../output/retention-view.ts';

/** `sallyport audit holds release` */
export default class AuditHoldsRelease extends BaseCommand {
  static override summary = 'Release a legal hold; retention applies to what it kept.';
  static override args = { name: Args.string({ required: true, description: 'name of the hold' }) };
  static override flags = {
    reason: Flags.string({ summary: 'why', helpValue: 'TEXT', required: true }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = ['sallyport audit holds release case-17 --reason "the case is closed"'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AuditHoldsRelease);
    const { withSession } = await import('../../../session/session.ts');
    const hold = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.releaseLegalHold({ organization, name: args.name, body: { reason: flags.reason } }),
    );
    await this.printOne(flags, hold, legalHoldView);
  }
}
