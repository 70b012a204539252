import { Flags } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../../base-command.ts';
import { legalHoldView } from '../../../output/retention-view.ts';

/** `sallyport audit holds list` */
export default class AuditHoldsList extends BaseCommand {
  static override summary = 'List legal holds, newest first.';
  static override flags = {
    all: Flags.boolean({ summary: 'those that were released, too' }),
    ...outputFlags,
    ...sessionFlags,
  };
  static override examples = ['sallyport audit holds list --all'];

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditHoldsList);
    const { withSession } = await import('../../../session/session.ts');
    const { items } = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.listLegalHolds({ organization, state: flags.all ? 'all' : 'inForce' }),
    );
    await this.printList(flags, items, legalHoldView);
  }
}
