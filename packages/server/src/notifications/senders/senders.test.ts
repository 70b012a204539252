import { describe, expect, it } from 'vitest';
import { renderMail } from '../mail/render-mail.ts';
import { plainLine, plainText } from '../plain-text.ts';
import { aView } from '../testing/views.ts';
import { renderJiraComment, renderJiraIssue } from './jira.ts';
import { renderPagerDutyEvent } from './pager-duty.ts';
import { renderServiceNowNote, renderServiceNowRecord } from './service-now.ts';
import { renderDenyForm, renderSlackMessage } from './slack-message.ts';
import { renderTeamsMessage } from './teams.ts';
import { renderWebhook } from './webhook.ts';

/** Every text of a payload. */
function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** Every object of a payload that has a `type`. */
function ofType(value: unknown, type: string): readonly Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap((each) => ofType(each, type));
  return (value as { type?: unknown }).type === type ? [value as Record<string, unknown>, ...inner] : inner;
}

const MENTIONS = 'hey <!channel> <!here> <@U012AB3CD> <https://evil.example|the page> & @channel';
const MARKDOWN = '**bold** [the page](https://evil.example) ![x](https://evil.example/x.png) # title';
const HTML = '<img src=x onerror=alert(1)><a href="javascript:alert(1)">x</a>"\'';
const hostile = (value: string) => aView({ title: value, facts: [{ label: 'Reason', value }] });

describe('SEC-E08 texts of people', () => {
  it('mention and link nothing in Slack', () => {
    const message = renderSlackMessage(hostile(MENTIONS), { hasButtons: true });
    expect(message).toMatchObject({ parse: 'none', link_names: false, mrkdwn: false, unfurl_links: false });
    for (const text of texts(message)) expect(text).not.toMatch(/<[!@#]|<https?:/);
    expect(ofType(message, 'mrkdwn')).toEqual([]);
    expect(message.text).toContain('&lt;!channel&gt;');
  });

  it('keep to the limits of Block Kit and cut no escape in half', () => {
    const message = renderSlackMessage(
      aView({
        title: '<'.repeat(1_000),
        facts: Array.from({ length: 25 }, () => ({ label: 'Reason', value: '&'.repeat(1_024) })),
      }),
      { hasButtons: true },
    );
    const [header] = ofType(message, 'header');
    expect(Math.max(...texts(header).map(({ length }) => length))).toBeLessThanOrEqual(150);
    for (const section of ofType(message, 'section')) {
      expect((section['fields'] as unknown[]).length).toBeLessThanOrEqual(10);
      for (const text of texts(section['fields'])) {
        expect(text.length).toBeLessThanOrEqual(2_000);
        expect(text.replaceAll('&amp;', '')).not.toContain('&');
      }
    }
  });

  it('are no Markdown, mention or template in Teams', () => {
    const card = renderTeamsMessage(hostile(`${MARKDOWN} <at>everyone</at> {{DATE(2026-01-01T00:00:00Z)}} \${x}`));
    // Text blocks and fact sets read Markdown; text runs do not.
    expect(ofType(card, 'TextBlock')).toEqual([]);
    expect(ofType(card, 'FactSet')).toEqual([]);
    const runs = ofType(card, 'TextRun').map(({ text }) => String(text));
    expect(runs.some((text) => text.includes('**bold**'))).toBe(true);
    for (const text of texts(card)) expect(text).not.toMatch(/\{\{|\$\{|<\/?at>/i);
    expect(card.attachments[0]?.content).toMatchObject({ type: 'AdaptiveCard', version: '1.4' });
  });

  it('are no HTML, no header and no line of ours in mail', () => {
    const mail = renderMail(
      aView({
        title: `x\r\nBcc: all@example.com ${HTML}`,
        facts: [{ label: 'Reason', value: `${HTML}\nReview it: https://evil.example` }],
      }),
    );
    expect(mail.subject).not.toMatch(/[\r\n]/);
    expect(mail.html).not.toMatch(/<img|<a href="javascript|onerror=alert\(1\)>/);
    expect(mail.html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    const ours = mail.text.split('\n').filter((line) => line.startsWith('Review it: '));
    expect(ours).toEqual([`Review it: ${aView().link}`]);
    expect(mail.text).toContain('\n    Review it: https://evil.example');
  });

  it('are no markup in issues and records', () => {
    const issue = renderJiraIssue(hostile(`${MARKDOWN}\n{code}h1.{code}`), { project: 'OPS', issueType: 'Task' });
    const marked = ofType(issue, 'text').filter(({ marks }) => marks !== undefined);
    expect(marked.map(({ text }) => text)).toEqual([aView().link]);
    const note = renderServiceNowNote(hostile(`[code]${HTML}[/code] [CODE]x`));
    expect(note.work_notes).not.toMatch(/\[\/?code/i);
  });

  it('lose what acts on terminals, logs and readers', () => {
    const text = '\u001b[31mred\u001b[0m \u009b2J \u202egnp.exe \u200bhidden\u0000 a\r\nb\u2028c \ud800';
    expect(plainText(text)).toBe('[31mred[0m 2J gnp.exe hidden a\nbc \ufffd');
    expect(plainLine('a\r\n\tb\u2029c')).toBe('a b c');
    expect([...plainText('🦜'.repeat(2_000))]).toHaveLength(1_024);
  });

  it('are carried to machines as they are, as values of JSON', () => {
    const formula = '=HYPERLINK("https://evil.example")';
    const view = aView({ data: { accessRequest: { reason: formula } } });
    expect(JSON.parse(JSON.stringify(renderWebhook(view)))).toMatchObject({
      data: { accessRequest: { reason: formula } },
    });
  });
});

describe('messages', () => {
  it('offer a verdict in Slack only while one is wanted and can be taken', () => {
    const actionsOf = (view: ReturnType<typeof aView>, hasButtons: boolean) =>
      ofType(renderSlackMessage(view, { hasButtons }), 'button').map(({ action_id }) => action_id);
    const { toReview: _, ...decided } = aView();
    expect(actionsOf(aView(), true)).toEqual(['sallyport_approve', 'sallyport_deny', 'sallyport_show']);
    expect(actionsOf(aView(), false)).toEqual(['sallyport_show']);
    expect(actionsOf(decided, true)).toEqual(['sallyport_show']);
  });

  it('bind what a button says to what was shown', () => {
    const view = aView();
    const [approve] = ofType(renderSlackMessage(view, { hasButtons: true }), 'button');
    expect(JSON.parse(String(approve?.['value']))).toEqual({ r: view.subject, c: 'ab'.repeat(32) });
    const form = renderDenyForm(
      { r: view.toReview?.requestId as never, c: 'ab'.repeat(32) },
      { channel: 'C1', ts: '1.2' },
    );
    expect(form.private_metadata.length).toBeLessThanOrEqual(3_000);
    expect(form).toMatchObject({ type: 'modal', callback_id: 'sallyport_deny_form' });
  });

  it('lead to the page in Teams, since workflows take no answers', () => {
    const [action] = ofType(renderTeamsMessage(aView()), 'Action.OpenUrl');
    expect(action).toEqual({ type: 'Action.OpenUrl', title: 'Review', url: aView().link });
  });

  it('open an alert of PagerDuty and resolve it under one key', () => {
    const view = aView({ isUrgent: true });
    expect(renderPagerDutyEvent(view)).toMatchObject({
      event_action: 'trigger',
      dedup_key: `sallyport/${view.subject}`,
      payload: { severity: 'critical', source: 'sallyport/acme', summary: view.title },
    });
    expect(renderPagerDutyEvent(aView({ isSettled: true }))).toEqual({
      event_action: 'resolve',
      dedup_key: `sallyport/${view.subject}`,
    });
  });

  it('make a record or issue first and add to it afterwards', () => {
    const view = aView();
    expect(renderServiceNowRecord(view)).toMatchObject({ correlation_id: view.subject, short_description: view.title });
    expect(renderJiraIssue(view, { project: 'OPS', issueType: 'Task' }).fields).toMatchObject({
      project: { key: 'OPS' },
      issuetype: { name: 'Task' },
      summary: view.title,
      description: { type: 'doc', version: 1 },
    });
    expect(renderJiraComment(view).body).toMatchObject({ type: 'doc', version: 1 });
  });
});
