import { z } from 'zod';
import { NotificationError } from '../errors.ts';
import { assertTaken, type Outbound } from '../outbound.ts';

/** Where the API of Slack is, unless a channel says otherwise. */
export const SLACK_API_URL = 'https://slack.com/api';

/** Calls a method of Slack's Web API. @throws NotificationError */
export type SlackApi = <Answer extends z.ZodType>(
  method: string,
  body: Readonly<Record<string, unknown>>,
  answer: Answer,
) => Promise<z.output<Answer>>;

const outcome = z.union([z.object({ ok: z.literal(true) }), z.object({ ok: z.literal(false), error: z.string() })]);

/** Methods of the Web API, as the bot of a channel. */
export function createSlackApi(
  outbound: Outbound,
  { apiUrl = SLACK_API_URL, botToken }: { readonly apiUrl?: string | undefined; readonly botToken: string },
): SlackApi {
  return async (method, body, answerSchema) => {
    const isReading = READING_METHODS.has(method);
    const answer = await outbound.send({
      method: 'POST',
      url: `${apiUrl}/${method}`,
      headers: {
        authorization: `Bearer ${botToken}`,
        // Methods that only read take no JSON.
        'content-type': isReading ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8',
      },
      body: isReading ? new URLSearchParams(body as Record<string, string>).toString() : JSON.stringify(body),
    });
    assertTaken(answer, 'Slack');
    const said: unknown = parseJson(answer.text);
    const came = outcome.safeParse(said);
    if (!came.success) throw refused(method, 'something that is not an answer of its API');
    if (!came.data.ok) throw refused(method, came.data.error, FINAL_ERRORS.has(came.data.error));
    const read = answerSchema.safeParse(said);
    if (!read.success) throw refused(method, 'something that is not an answer of its API');
    return read.data;
  };
}

const READING_METHODS = new Set(['users.info', 'auth.test']);
/** What the same message comes to the next time as well. */
const FINAL_ERRORS = new Set(['invalid_blocks', 'msg_too_long', 'no_text', 'invalid_arguments']);

function refused(method: string, error: string, isFinal = false): NotificationError {
  // Error codes of Slack are words; anything else may be whatever a stranger behind the address says.
  const said = /^[a-z0-9_]{1,64}$/.test(error) ? error : 'something that is not an answer of its API';
  return new NotificationError({
    code: 'ERR_NOTIFICATION_REFUSED',
    message: `Slack answered ${method} with ${said}`,
    nextStep: 'Look at the channel, at the scopes of the app, and whether the app is in that channel.',
    isFinal,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
