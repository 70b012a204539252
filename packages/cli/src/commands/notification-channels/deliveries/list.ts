import { Args, Flags } from '@oclif/core';
import { BaseCommand, outputFlags, sessionFlags } from '../../../base-command.ts';
import { deliveryView } from '../../../output/delivery-view.ts';

/** `sallyport notification-channels deliveries list` */
export default class NotificationChannelsDeliveriesList extends BaseCommand {
  static override summary = 'List what a notification channel was sent, or failed to be sent, newest first.';
  static override args = { name: Args.string({ required: true, description: 'name of the notification channel' }) };
  static override flags = {
    ...outputFlags,
    ...sessionFlags,
    state: Flags.string({ options: ['pending', 'delivered', 'dead'], summary: 'only those in this state' }),
    limit: Flags.integer({ default: 100, min: 1, max: 500, summary: 'how many at the most' }),
  };
  static override examples = ['sallyport notification-channels deliveries list on-call --state dead'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NotificationChannelsDeliveriesList);
    const { withSession } = await import('../../../session/session.ts');
    const state = (['pending', 'delivered', 'dead'] as const).find((each) => each === flags.state);
    const { items } = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.listNotificationDeliveries({
        organization,
        name: args.name,
        limit: flags.limit,
        ...(state !== undefined && { state }),
      }),
    );
    if (items.length === 0) this.note(`${args.name} has no such deliveries.`);
    await this.printList(flags, items, deliveryView);
  }
}
