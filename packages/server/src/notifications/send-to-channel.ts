import type { ChannelSecrets } from '../stores/channel-secrets.ts';
import type { NotificationChannelRecord } from '../stores/records.ts';
import { NotificationError } from './errors.ts';
import type { Mailer } from './mail/mailer.ts';
import { type Concerned, mailRecipients } from './mail/recipients.ts';
import { renderMail } from './mail/render-mail.ts';
import type { Outbound } from './outbound.ts';
import { sendToJira } from './senders/jira.ts';
import { sendToPagerDuty } from './senders/pager-duty.ts';
import type { Delivery, Sent } from './senders/sender.ts';
import { sendToServiceNow } from './senders/service-now.ts';
import { sendToSlack } from './senders/slack.ts';
import { sendToTeams } from './senders/teams.ts';
import { sendToTeamsBot } from './senders/teams-bot.ts';
import { sendToWebhook } from './senders/webhook.ts';
import type { NotificationView } from './view.ts';

/** The ways out of the server. */
export interface WaysOut {
  readonly outbound: Outbound;
  /** Absent: the installation sends no mail. */
  readonly mailer?: Mailer;
}

/** What is sent, and to which channel. */
export interface ChannelDelivery {
  readonly channel: Pick<NotificationChannelRecord, 'spec'>;
  readonly secrets: ChannelSecrets;
  readonly view: NotificationView;
  readonly concerned: Concerned;
  readonly reference?: string;
  readonly at: Date;
}

/** Sends one notification to wherever a channel leads. @throws NotificationError */
export async function sendToChannel({ outbound, mailer }: WaysOut, delivery: ChannelDelivery): Promise<Sent> {
  const { channel, concerned, ...rest } = delivery;
  const { slack, teams, teamsBot, email, webhook, pagerDuty, serviceNow, jira } = channel.spec;
  const to = <Target>(target: Target) =>
    ({ ...rest, target }) as Omit<Delivery<'slack'>, 'target'> & { target: Target };
  if (slack !== undefined) return sendToSlack(outbound, to(slack));
  if (teams !== undefined) return sendToTeams(outbound, to(teams));
  if (teamsBot !== undefined) return sendToTeamsBot(outbound, to(teamsBot));
  if (webhook !== undefined) return sendToWebhook(outbound, to(webhook));
  if (pagerDuty !== undefined) return sendToPagerDuty(outbound, to(pagerDuty));
  if (serviceNow !== undefined) return sendToServiceNow(outbound, to(serviceNow));
  if (jira !== undefined) return sendToJira(outbound, to(jira));
  if (email === undefined) throw new TypeError('a notification channel leads nowhere');
  if (mailer === undefined) {
    throw new NotificationError({
      code: 'ERR_NOTIFICATION_NO_MAIL',
      message: 'the installation has no SMTP server to send mail with',
      nextStep: "Name one in notifications.smtp of the server's configuration.",
    });
  }
  const { view } = rest;
  const recipients = mailRecipients(email, view.event, concerned);
  // Nobody is concerned who has an address: nothing is left to do.
  if (recipients.length > 0) await mailer.send({ ...renderMail(view), id: view.id, to: recipients });
  return {};
}
