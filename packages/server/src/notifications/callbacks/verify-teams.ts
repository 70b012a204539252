import { SIGNATURE_WINDOW_SECONDS } from '@sallyport/core/webhooks';
import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { TeamsBot } from '../senders/bot-connector.ts';
import { TEAMS_CLOUD } from '../senders/bot-connector.ts';

import type { ReadBotFrameworkKeys } from './bot-framework-keys.ts';
import type { TeamsAnswer } from './teams-activity.ts';

/**
 * Why an activity is not the Bot Framework's; `undefined` when it is. As its documentation asks: a bearer token for this bot, by its
 * issuer, with a key that is endorsed for Teams, whose `serviceurl` is that of the activity. The token does not cover the body, so
 * the time of the activity is looked at too.
 * @throws NotificationError when the keys can't be read
 */
export async function findTeamsProblem(
  readKeys: ReadBotFrameworkKeys,
  bot: TeamsBot,
  authorization: string | undefined,
  answer: TeamsAnswer,
  at: Date,
): Promise<string | undefined> {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization ?? '')?.[1];
  if (token === undefined) return 'is not signed';
  if (Math.abs(at.getTime() - answer.at.getTime()) > SIGNATURE_WINDOW_SECONDS * 1_000) {
    return 'has an old or future timestamp';
  }
  if (answer.tenant !== bot.tenant) return 'is of another tenant';
  try {
    const { kid } = decodeProtectedHeader(token);
    const { issuer, find } = await readKeys(bot.openIdUrl ?? TEAMS_CLOUD.openIdUrl, kid);
    const { payload } = await jwtVerify(token, find, {
      issuer,
      audience: bot.appId,
      algorithms: ['RS256'],
      currentDate: at,
      clockTolerance: SIGNATURE_WINDOW_SECONDS,
      requiredClaims: ['exp'],
    });
    return payload['serviceurl'] === answer.serviceUrl ? undefined : 'is signed for another service';
  } catch (error) {
    if (error instanceof errors.JOSEError) return 'has a wrong signature';
    throw error;
  }
}
