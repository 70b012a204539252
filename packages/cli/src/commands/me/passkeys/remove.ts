import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../../base-command.ts';

/** `sallyport me passkeys remove` */
export default class MePasskeysRemove extends BaseCommand {
  static override summary = 'Remove one of your passkeys.';
  static override args = {
    id: Args.string({ required: true, description: 'id of the passkey, as the list shows it' }),
  };
  static override flags = { ...sessionFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MePasskeysRemove);
    const { withSession } = await import('../../../session/session.ts');
    await withSession(this.context, flags, ({ api }) => api.removeMyPasskey({ id: args.id }));
    this.note('The passkey is removed. Delete it in your password manager too.');
  }
}
