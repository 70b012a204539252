import { type AccessRequestId, isId } from '@sallyport/core';
import { z } from 'zod';
import { SLACK_ACTIONS, SLACK_DENY_FORM, SLACK_REASON } from '../senders/slack-message.ts';

/** What a person did with a message or form. */
export type SlackAnswer = {
  /** Id of who did it, in Slack. */
  readonly user: string;
  readonly requestId: AccessRequestId;
  readonly contentSha256: string;
  /** Channel of the message, for what is told to that person alone. */
  readonly channel: string;
} & (
  | { readonly kind: 'approve' }
  | { readonly kind: 'askWhy'; readonly triggerId: string; readonly ts: string }
  | { readonly kind: 'deny'; readonly reason: string }
);

const word = z.string().min(1).max(255);
const requestId = z.custom<AccessRequestId>((value) => typeof value === 'string' && isId('accessRequest', value));
const shown = z.object({ r: requestId, c: z.hex().length(64) });

const pressedSchema = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: word }),
  trigger_id: word,
  container: z.object({ channel_id: word, message_ts: word }),
  actions: z.array(z.object({ action_id: word, value: z.string().max(2_000).optional() })).min(1),
});
const submittedSchema = z.object({
  type: z.literal('view_submission'),
  user: z.object({ id: word }),
  view: z.object({
    callback_id: z.literal(SLACK_DENY_FORM),
    private_metadata: z.string().max(3_000),
    state: z.object({
      values: z.object({
        [SLACK_REASON.block]: z.object({
          [SLACK_REASON.action]: z.object({ value: z.string().max(1_024).nullable() }),
        }),
      }),
    }),
  }),
});

/**
 * Reads the body of an interactivity callback: a form with one field `payload` of JSON. `undefined` for what asks for nothing
 * of ours, such as a button that only leads to a page.
 */
export function readSlackPayload(body: string): SlackAnswer | undefined {
  const payload = parseJson(new URLSearchParams(body).get('payload') ?? '');
  const pressed = pressedSchema.safeParse(payload);
  if (pressed.success) return readPressed(pressed.data);
  const submitted = submittedSchema.safeParse(payload);
  return submitted.success ? readSubmitted(submitted.data) : undefined;
}

function readPressed({
  user,
  trigger_id,
  container,
  actions,
}: z.output<typeof pressedSchema>): SlackAnswer | undefined {
  const [action] = actions;
  const value = shown.safeParse(parseJson(action?.value ?? ''));
  if (action === undefined || !value.success) return undefined;
  const { r, c } = value.data;
  const answer = { user: user.id, requestId: r, contentSha256: c, channel: container.channel_id };
  if (action.action_id === SLACK_ACTIONS.approve) return { ...answer, kind: 'approve' };
  if (action.action_id !== SLACK_ACTIONS.deny) return undefined;
  return { ...answer, kind: 'askWhy', triggerId: trigger_id, ts: container.message_ts };
}

function readSubmitted({ user, view }: z.output<typeof submittedSchema>): SlackAnswer | undefined {
  const about = shown.extend({ channel: word }).safeParse(parseJson(view.private_metadata));
  if (!about.success) return undefined;
  const { r, c, channel } = about.data;
  const reason = view.state.values[SLACK_REASON.block]?.[SLACK_REASON.action]?.value ?? '';
  return { user: user.id, requestId: r, contentSha256: c, channel, kind: 'deny', reason };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
