import type { NotificationChannelRecord } from '../stores/records.ts';

/** Where answers to notifications are taken; the channel's id and what it leads to follow. */
export const CALLBACK_PREFIX = '/callbacks/v1';

/** Where a channel takes answers: Slack with a signing secret, a bot of Teams, a webhook that reviews as somebody. */
export function callbackUrlOf(
  publicUrl: string,
  {
    id,
    spec,
    secretNames,
    reviewsAsId,
  }: Pick<NotificationChannelRecord, 'id' | 'spec' | 'secretNames' | 'reviewsAsId'>,
): string | undefined {
  if (spec.slack !== undefined && secretNames.includes('signingSecret')) {
    return `${publicUrl}${CALLBACK_PREFIX}/${id}/slack`;
  }
  if (spec.teamsBot !== undefined) return `${publicUrl}${CALLBACK_PREFIX}/${id}/teams`;
  if (spec.webhook !== undefined && reviewsAsId !== undefined) return `${publicUrl}${CALLBACK_PREFIX}/${id}/webhook`;
  return undefined;
}
