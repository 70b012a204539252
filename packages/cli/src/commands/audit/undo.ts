import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';

/** `sallyport audit undo` */
export default class AuditUndo extends BaseCommand {
  static override summary = 'Print the kubectl command that takes back what a recorded write changed.';
  static override description =
    'Nothing is run. Look at the command first: the object may have changed since, and a JSON Patch speaks of places in it.';
  static override args = { id: Args.string({ required: true, description: 'id of the event, evt_…' }) };
  static override flags = { ...sessionFlags };
  static override examples = ['sallyport audit undo evt_01jd0000000000000000000000'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AuditUndo);
    const { withSession } = await import('../../session/session.ts');
    const event = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.getAuditEvent({ organization, id: args.id }),
    );
    const { undoCommand } = await import('../../audit/undo-command.ts');
    this.data(`${undoCommand(event)}\n`);
  }
}
