import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../../base-command.ts';

/** `sallyport notification-channels deliveries redeliver` */
export default class NotificationChannelsDeliveriesRedeliver extends BaseCommand {
  static override summary = 'Send again what a notification channel was not delivered.';
  static override args = {
    name: Args.string({ required: true, description: 'name of the notification channel' }),
    id: Args.string({ required: true, description: 'id of the delivery' }),
  };
  static override flags = sessionFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NotificationChannelsDeliveriesRedeliver);
    const { withSession } = await import('../../../session/session.ts');
    await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.redeliverNotification({ organization, name: args.name, id: args.id }),
    );
    this.note(`The delivery ${args.id} is tried again.`);
  }
}
