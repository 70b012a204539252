import { BaseCommand, outputFlags, sessionFlags } from '../../../base-command.ts';
import { formatData } from '../../../output/format.ts';
import { retainedRows, retentionView } from '../../../output/retention-view.ts';

/** `sallyport audit retention get` */
export default class AuditRetentionGet extends BaseCommand {
  static override summary = 'Show how long audit events and session recordings are kept.';
  static override flags = { ...outputFlags, ...sessionFlags };
  static override examples = ['sallyport audit retention get'];

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditRetentionGet);
    const { withSession } = await import('../../../session/session.ts');
    const retention = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.getAuditRetention({ organization }),
    );
    if (flags.output === 'json' || flags.output === 'yaml') this.data(await formatData(flags.output, retention));
    else await this.printList(flags, retainedRows(retention), retentionView);
  }
}
