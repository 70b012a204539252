import { Args } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../base-command.ts';
import { auditEventCard, auditEventView } from '../../output/audit-view.ts';
import { formatCard } from '../../output/card.ts';

/** `sallyport audit show` */
export default class AuditShow extends BaseCommand {
  static override summary = 'Show one audit event with all that it says.';
  static override args = { id: Args.string({ required: true, description: 'id of the event, evt_…' }) };
  static override flags = { ...outputFlags, ...sessionFlags };
  static override examples = ['sallyport audit show evt_01jd0000000000000000000000'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AuditShow);
    const { withSession } = await import('../../session/session.ts');
    const event = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.getAuditEvent({ organization, id: args.id }),
    );
    if (flags.output === 'table') this.data(formatCard(auditEventCard(event)));
    else await this.printOne(flags, event, auditEventView);
  }
}
