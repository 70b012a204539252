import type { KindSpec } from '@sallyport/core/api';
import { z } from 'zod';
import { NotificationError } from '../errors.ts';
import { assertTaken, type Outbound, type OutboundRequest } from '../outbound.ts';
import { JSON_HEADERS } from './sender.ts';

/** A bot of a tenant, and where its clouds are. */
export type TeamsBot = NonNullable<KindSpec<'NotificationChannel'>['teamsBot']>;

/** Where Microsoft's public cloud is, unless a channel says otherwise. */
export const TEAMS_CLOUD = {
  loginUrl: 'https://login.microsoftonline.com',
  serviceUrl: 'https://smba.trafficmanager.net/teams',
  openIdUrl: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
} as const;

/** The scope of tokens for the Bot Connector. */
const CONNECTOR_SCOPE = 'https://api.botframework.com/.default';

/** Calls the Bot Connector REST API, below its service URL. @throws NotificationError */
export type BotConnector = <Answer extends z.ZodType>(
  method: OutboundRequest['method'],
  path: string,
  answer: Answer,
  body?: Readonly<Record<string, unknown>>,
) => Promise<z.output<Answer>>;

const tokenSchema = z.object({
  token_type: z.string().regex(/^bearer$/i),
  access_token: z.string().min(1).max(16_384),
});

/**
 * The Bot Connector, as the bot of a channel, with a token of the client credentials flow (RFC 6749, section 4.4). One is asked for
 * each time: messages are few, and what is not kept can't leak.
 */
export async function createBotConnector(
  outbound: Outbound,
  bot: TeamsBot,
  appPassword: string,
): Promise<BotConnector> {
  const { loginUrl = TEAMS_CLOUD.loginUrl, serviceUrl = TEAMS_CLOUD.serviceUrl } = bot;
  const answered = await outbound.send({
    method: 'POST',
    url: `${withoutSlash(loginUrl)}/${encodeURIComponent(bot.tenant)}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: bot.appId,
      client_secret: appPassword,
      scope: CONNECTOR_SCOPE,
    }).toString(),
  });
  assertTaken(answered, 'the login of the Teams bot');
  const { access_token } = read(tokenSchema, answered.text, 'the login of the Teams bot');
  return async (method, path, answerSchema, body) => {
    const answer = await outbound.send({
      method,
      url: `${withoutSlash(serviceUrl)}${path}`,
      headers: { ...JSON_HEADERS, authorization: `Bearer ${access_token}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    assertTaken(answer, 'the Bot Connector of Teams');
    return read(answerSchema, answer.text, 'the Bot Connector of Teams');
  };
}

function read<Answer extends z.ZodType>(schema: Answer, text: string, receiver: string): z.output<Answer> {
  let value: unknown;
  try {
    value = JSON.parse(text === '' ? '{}' : text);
  } catch {
    value = undefined;
  }
  const said = schema.safeParse(value);
  if (said.success) return said.data;
  throw new NotificationError({
    code: 'ERR_NOTIFICATION_REFUSED',
    message: `${receiver} answered with something that is not an answer of its API`,
    nextStep: 'Look at the addresses of the channel.',
  });
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
