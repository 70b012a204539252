import type { OrganizationId } from '@sallyport/core';
import { z } from 'zod';
import type { Snapshot } from '../../snapshot.ts';
import type { SlackApi } from '../senders/slack-api.ts';
import { type AnsweringPerson, findPersonByAddress } from './person-by-address.ts';

const botSchema = z.object({ team_id: z.string(), enterprise_id: z.string().nullish() });
const userSchema = z.object({
  user: z.object({
    team_id: z.string().optional(),
    enterprise_user: z.object({ enterprise_id: z.string() }).optional(),
    deleted: z.boolean().optional(),
    is_bot: z.boolean().optional(),
    is_stranger: z.boolean().optional(),
    is_email_confirmed: z.boolean().optional(),
    profile: z.object({ email: z.string().optional() }),
  }),
});

/**
 * Finds the person that a user of Slack is: by the e-mail address that Slack has confirmed, among the people of the organization.
 * Members of other workspaces, whom a shared channel may have, have their addresses from elsewhere and are nobody here.
 */
export async function findSlackPerson(
  call: SlackApi,
  userId: string,
  ground: { readonly snapshot: Snapshot; readonly organizationId: OrganizationId },
): Promise<AnsweringPerson> {
  const bot = await call('auth.test', {}, botSchema);
  const { user } = await call('users.info', { user: userId }, userSchema);
  const isOfTeam =
    user.team_id === bot.team_id ||
    (typeof bot.enterprise_id === 'string' && user.enterprise_user?.enterprise_id === bot.enterprise_id);
  if (!isOfTeam || user.is_stranger === true || user.is_bot === true || user.deleted === true) {
    return { problem: 'Only people of this workspace can review from here.' };
  }
  const { email } = user.profile;
  if (email === undefined || user.is_email_confirmed !== true) {
    return { problem: 'Your e-mail address is not confirmed in Slack, or the app may not see it (users:read.email).' };
  }
  return findPersonByAddress(email, 'Slack', ground);
}
