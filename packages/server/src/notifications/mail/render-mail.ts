import { escapeHtml } from '../../escape-html.ts';
import { plainLine } from '../plain-text.ts';
import type { NotificationView } from '../view.ts';

/** A mail, but for who gets it. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Longest subject, in characters. */
const MAX_SUBJECT = 200;

/**
 * Makes a mail of text and HTML. Values of people are escaped in HTML and set off in the text, so that none can pass for a
 * line of ours; nothing of them stands in a header but the subject, which is one line. Approving takes the page and a login.
 */
export function renderMail(view: NotificationView): RenderedMail {
  const { title, facts, link, organization, subject } = view;
  const mark = view.isUrgent ? 'Emergency: ' : '';
  const call = view.toReview === undefined ? 'Show it' : 'Review it';
  const footer = `${organization} · ${subject}`;
  return {
    subject: plainLine(`[Sallyport] ${mark}${title}`, MAX_SUBJECT),
    text: [
      title,
      '',
      ...facts.map(({ label, value }) => `${label}:\n${value.replaceAll(/^/gm, '    ')}`),
      '',
      `${call}: ${link}`,
      '',
      footer,
    ].join('\n'),
    html: [
      '<!doctype html><html lang="en"><body>',
      `<h1 style="font-size:1.1em">${escapeHtml(mark + title)}</h1>`,
      '<table>',
      ...facts.map(
        ({ label, value }) =>
          `<tr><th style="text-align:left;vertical-align:top">${escapeHtml(label)}</th><td>${escapeHtml(value).replaceAll('\n', '<br>')}</td></tr>`,
      ),
      '</table>',
      `<p><a href="${escapeHtml(link)}">${call}</a></p>`,
      `<p><small>${escapeHtml(footer)}</small></p>`,
      '</body></html>',
    ].join('\n'),
    // Answers of absence would go to nobody, and threads stay together by the subject's id.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  };
}
