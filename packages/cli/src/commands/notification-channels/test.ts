import { Args } from '@oclif/core';
import { BaseCommand, sessionFlags } from '../../base-command.ts';
import { CliError } from '../../errors.ts';

/** `sallyport notification-channels test` */
export default class NotificationChannelsTest extends BaseCommand {
  static override summary = 'Send a test message to a notification channel.';
  static override description = 'Sends it at once. Fails when the receiver does not take it, and says why.';
  static override args = { name: Args.string({ required: true, description: 'name of the notification channel' }) };
  static override flags = sessionFlags;
  static override examples = ['sallyport notification-channels test on-call'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NotificationChannelsTest);
    const { withSession } = await import('../../session/session.ts');
    const { isDelivered, error } = await withSession(this.context, flags, ({ api, profile: { organization } }) =>
      api.testNotificationChannel({ organization, name: args.name }),
    );
    if (!isDelivered) {
      throw new CliError({
        code: 'ERR_CLI_NOTIFICATION_FAILED',
        message: `${args.name} was not delivered a test: ${error ?? 'no reason was given'}`,
        nextStep: 'Correct the channel or its receiver, then test again.',
      });
    }
    this.note(`${args.name} took the test message.`);
  }
}
