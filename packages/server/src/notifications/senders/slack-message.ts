import type { AccessRequestId } from '@sallyport/core';
import { plainLine } from '../plain-text.ts';
import type { NotificationView } from '../view.ts';

/** What a button of a message carries: the request, and what it said when it was shown. */
export interface SlackReviewValue {
  readonly r: AccessRequestId;
  readonly c: string;
}

/** Names of the buttons. */
export const SLACK_ACTIONS = { approve: 'sallyport_approve', deny: 'sallyport_deny' } as const;
/** Name of the form that asks why. */
export const SLACK_DENY_FORM = 'sallyport_deny_form';
/** Where the form keeps the reason: block and action. */
export const SLACK_REASON = { block: 'reason', action: 'text' } as const;

/** Limits of Block Kit, in characters. */
const MAX_TEXT = 2_900;
const MAX_FIELD = 1_900;
const MAX_FIELDS_PER_SECTION = 10;
const MAX_HEADER = 150;

/**
 * Makes the text and blocks of a message. Values of people stand in `plain_text` objects, where nothing is marked up, linked or
 * mentioned; what is also shown as the notification's text is escaped.
 */
export function renderSlackMessage(view: NotificationView, options: { readonly hasButtons: boolean }) {
  return {
    text: escapeMrkdwn(view.title),
    mrkdwn: false,
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plain(`${view.isUrgent ? 'Emergency: ' : ''}${view.title}`, MAX_HEADER) },
      ...fieldSections(view),
      ...actions(view, options),
      { type: 'context', elements: [plain(`${view.organization} · ${view.subject}`, MAX_TEXT)] },
    ],
  };
}

/** Makes the form that asks why a request is denied. `message` names where the button was. */
export function renderDenyForm(value: SlackReviewValue, message: { readonly channel: string; readonly ts: string }) {
  return {
    type: 'modal',
    callback_id: SLACK_DENY_FORM,
    private_metadata: JSON.stringify({ ...value, ...message }),
    title: plain('Deny access', 24),
    submit: plain('Deny', 24),
    close: plain('Back', 24),
    blocks: [
      {
        type: 'input',
        block_id: SLACK_REASON.block,
        label: plain('Reason, for the requester', 48),
        element: { type: 'plain_text_input', action_id: SLACK_REASON.action, multiline: true, max_length: 1_000 },
      },
    ],
  };
}

/** Makes text inert where Slack reads mrkdwn: no mentions, no links, no entities. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function fieldSections({ facts }: NotificationView) {
  const fields = facts.map(({ label, value }) => plain(`${label}: ${value}`, MAX_FIELD));
  const sections = [];
  for (let i = 0; i < fields.length; i += MAX_FIELDS_PER_SECTION) {
    sections.push({ type: 'section', fields: fields.slice(i, i + MAX_FIELDS_PER_SECTION) });
  }
  return sections;
}

function actions({ toReview, link }: NotificationView, { hasButtons }: { readonly hasButtons: boolean }) {
  const show = { type: 'button', action_id: 'sallyport_show', text: plain('Show', 24), url: link };
  if (toReview === undefined || !hasButtons) return [{ type: 'actions', elements: [show] }];
  const value = JSON.stringify({ r: toReview.requestId, c: toReview.contentSha256 } satisfies SlackReviewValue);
  const button = (action_id: string, text: string, style: 'primary' | 'danger') => ({
    type: 'button',
    action_id,
    text: plain(text, 24),
    style,
    value,
  });
  const approve = button(SLACK_ACTIONS.approve, 'Approve', 'primary');
  return [{ type: 'actions', elements: [approve, button(SLACK_ACTIONS.deny, 'Deny…', 'danger'), show] }];
}

function plain(text: string, maxCharacters: number) {
  const isLine = maxCharacters <= MAX_HEADER;
  const escaped = escapeMrkdwn(isLine ? plainLine(text, maxCharacters) : text);
  return { type: 'plain_text', text: cutEscaped(escaped, maxCharacters), emoji: false } as const;
}

/** Cuts without leaving half of an entity. */
function cutEscaped(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  return `${text.slice(0, maxCharacters - 1).replace(/&[a-z]{0,3}$/, '')}…`;
}
