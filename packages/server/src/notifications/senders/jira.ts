import { z } from 'zod';
import { NotificationError } from '../errors.ts';
import { assertTaken } from '../outbound.ts';
import { plainLine } from '../plain-text.ts';
import type { NotificationView } from '../view.ts';
import { basicAuthorization, JSON_HEADERS, type Sender, secretOf } from './sender.ts';

const createdSchema = z.object({ key: z.string().regex(/^[A-Z][A-Z0-9_]*-\d{1,12}$/) });
/** Longest summary, in characters. */
const MAX_SUMMARY = 255;

/** Creates an issue (REST API v3), and comments on it afterwards. */
export const sendToJira: Sender<'jira'> = async (outbound, { view, target, secrets, reference }) => {
  const issues = `${target.url.replace(/\/+$/, '')}/rest/api/3/issue`;
  const answer = await outbound.send({
    method: 'POST',
    url: reference === undefined ? issues : `${issues}/${reference}/comment`,
    headers: { ...JSON_HEADERS, authorization: basicAuthorization(target.user, secretOf(secrets, 'apiToken')) },
    body: JSON.stringify(
      reference === undefined
        ? renderJiraIssue(view, { project: target.project, issueType: target.issueType ?? 'Task' })
        : renderJiraComment(view),
    ),
  });
  assertTaken(answer, 'Jira');
  return { reference: reference ?? readKey(answer.text) };
};

/** Makes an issue. Descriptions are documents of text nodes, in which nothing is marked up. */
export function renderJiraIssue(
  view: NotificationView,
  { project, issueType }: { readonly project: string; readonly issueType: string },
) {
  return {
    fields: {
      project: { key: project },
      issuetype: { name: issueType },
      summary: plainLine(view.title, MAX_SUMMARY),
      description: documentOf(view),
      labels: ['sallyport', view.subject],
    },
  };
}

/** Makes a comment. */
export function renderJiraComment(view: NotificationView) {
  return { body: documentOf(view) };
}

function documentOf({ title, facts, link }: NotificationView) {
  const lines = [title, ...facts.flatMap(({ label, value }) => `${label}: ${value}`.split('\n'))].filter(Boolean);
  const shown = { type: 'text', text: link, marks: [{ type: 'link', attrs: { href: link } }] };
  return {
    type: 'doc',
    version: 1,
    content: [
      ...lines.map((text) => ({ type: 'paragraph', content: [{ type: 'text', text }] })),
      { type: 'paragraph', content: [shown] },
    ],
  };
}

function readKey(text: string): string {
  try {
    return createdSchema.parse(JSON.parse(text)).key;
  } catch {
    throw new NotificationError({
      code: 'ERR_NOTIFICATION_REFUSED',
      message: 'Jira answered with something that is no issue',
      nextStep: 'Look whether the address is that of the site.',
      // It may have been created: another try would make another one.
      isFinal: true,
    });
  }
}
