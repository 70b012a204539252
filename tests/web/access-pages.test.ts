import { join } from 'node:path';
import { createId } from '@sallyport/core';
import type { AccessRequestResource, RequestableList, WhoAmI } from '@sallyport/core/api';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lacks } from '../support/index.ts';
import {
  launchChromium,
  openPage,
  type SiteAnswer,
  type SiteRequest,
  screenshots,
  serveSite,
  type View,
  violationsOf,
} from './site.ts';

const ID = createId('accessRequest');
const SESSION = {
  principal: { userName: 'mira@demo.test', displayName: 'Mira' },
  organization: { name: 'demo' },
  csrf: { header: 'x-sallyport-csrf', token: 'the-token' },
};
const ME: WhoAmI = {
  principal: {
    id: createId('principal'),
    kind: 'user',
    issuer: 'https://sso.demo.test',
    subjectClaim: 'mira',
    ...SESSION.principal,
    groups: [],
  },
  organization: { id: createId('organization'), name: 'demo' },
  loginSession: { id: createId('loginSession'), createdAt: new Date(), expiresAt: new Date(Date.now() + 3_600_000) },
  permissions: [],
  permissionsAnywhere: [],
  grants: [],
  pendingReviews: 1,
};
const REQUESTABLE: RequestableList = {
  items: [
    {
      role: 'developer',
      policy: 'on-call',
      description: 'Change workloads, restart, scale; read logs',
      scope: { kind: 'clusters', clusters: ['demo'] },
      maxDuration: '8h',
      maxTotalDuration: '8h',
      approvals: 1,
      mayAutoApprove: false,
    },
    {
      role: 'admin',
      policy: 'four-eyes',
      description: 'Everything in the namespace, with bindings',
      scope: { kind: 'clusters', clusters: ['demo'] },
      maxDuration: '2h',
      maxTotalDuration: '2h',
      ticketPattern: 'INC-[0-9]+',
      approvals: 2,
      mayAutoApprove: false,
    },
  ],
};
const ONE_AND_A_HALF_MINUTES_AGO = new Date(Date.now() - 90_000);
const aRequest = (overrides: Partial<AccessRequestResource> = {}): AccessRequestResource => ({
  id: ID,
  state: 'pending',
  requester: 'dev@demo.test',
  role: 'developer',
  scope: { kind: 'clusters', clusters: ['demo'], namespaces: { names: ['shop'] } },
  duration: '1h',
  reason: 'The queue of the shop is 40 minutes behind.\nI need to look at it from inside.',
  ticket: 'INC-4833',
  policy: 'four-eyes',
  suggestedReviewers: [],
  createdAt: ONE_AND_A_HALF_MINUTES_AGO,
  pendingUntil: new Date(Date.now() + 86_400_000),
  contentSha256: 'b41e'.repeat(16),
  steps: [
    { name: 'Team', reviewers: ['group shop-leads'], approvals: 1, given: 1 },
    { name: 'Security', reviewers: ['group security'], approvals: 2, given: 0 },
  ],
  step: 1,
  reviews: [
    {
      id: createId('review'),
      reviewer: 'lead@demo.test',
      verdict: 'approve',
      step: 0,
      reason: 'Fine by us.',
      at: ONE_AND_A_HALF_MINUTES_AGO,
      counts: true,
    },
  ],
  isBreakGlass: false,
  may: { review: true, cancel: false, followUp: false },
  ...overrides,
});
const problem = (status: number, code: string, detail: string): SiteAnswer => ({
  status,
  body: { type: 'about:blank', title: detail, status, code, detail },
});
const ok = (body: unknown): SiteAnswer => ({ status: 200, body });

describe.skipIf(lacks('chromium'))('the pages of access requests in Chromium', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serveSite>>;
  let sent: SiteRequest[];
  let says: { session: SiteAnswer; requestable: SiteAnswer; request: SiteAnswer; changed: SiteAnswer };

  beforeAll(async () => {
    server = await serveSite((request) => {
      const { pathname } = request.url;
      if (request.method === 'POST') sent.push(request);
      if (pathname === '/session') return says.session;
      if (pathname === '/api/v1/me') return ok(ME);
      if (pathname === '/api/v1/me/changes') return 'never';
      if (request.method === 'POST') return says.changed;
      if (pathname.endsWith('/requestable')) return says.requestable;
      if (pathname.endsWith(`/access-requests/${ID}`)) return says.request;
      if (pathname.endsWith('/grants')) return ok({ items: [], metadata: { totalCount: 0, resourceVersion: '1' } });
      return problem(404, 'ERR_API_NOT_FOUND', `there is nothing at ${pathname}`);
    });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(() => {
    sent = [];
    says = { session: ok(SESSION), requestable: ok(REQUESTABLE), request: ok(aRequest()), changed: ok(aRequest()) };
  });

  const WIDE: View = { width: 1280, colorScheme: 'light' };
  const open = (path: string, view: View = WIDE) => openPage(browser, `${server.url}${path}`, view);
  const NEW = '/access/new?cluster=demo&namespace=shop&role=developer';
  const SHOWN = `/access/requests/${ID}`;

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      it(`ask and decide, ${colorScheme}, ${width} px wide, within the policy of the pages`, async () => {
        for (const [name, path, heading] of [
          ['new-request', NEW, 'What do you need?'],
          ['request', SHOWN, 'Who decides'],
        ] as const) {
          const { page, complaints } = await open(path, { width, colorScheme });
          await page.getByText(heading).waitFor();
          await page.screenshot({ path: join(screenshots, `${name}-${width}-${colorScheme}.png`), fullPage: true });
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
          expect(await violationsOf(page)).toEqual([]);
          expect(complaints).toEqual([]);
          await page.context().close();
        }
      });
    }
  }

  it('fill in what the link of a denial says, and send it with the token of the session', async () => {
    says.changed = { status: 201, body: aRequest() };
    const { page } = await open(NEW);
    await page.getByRole('radio', { name: /developer/ }).waitFor();
    expect(await page.getByRole('radio', { name: /developer/ }).isChecked()).toBe(true);
    expect(await page.getByRole('combobox', { name: 'Cluster' }).inputValue()).toBe('demo');
    expect(await page.getByRole('combobox', { name: 'Namespace' }).inputValue()).toBe('shop');
    await page.getByRole('button', { name: '30 min' }).click();
    await page.getByLabel('Why?').fill('The queue is behind');
    await page.getByRole('button', { name: 'Request developer for 30 min' }).click();
    await page.getByRole('heading', { name: /needs developer on demo in shop for 1 hour/ }).waitFor();
    expect(new URL(page.url()).pathname).toBe(SHOWN);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.headers).toMatchObject({ 'x-sallyport-csrf': 'the-token', 'idempotency-key': expect.any(String) });
    expect(sent[0]?.headers).not.toHaveProperty('authorization');
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      role: 'developer',
      policy: 'on-call',
      scope: { kind: 'clusters', clusters: ['demo'], namespaces: { names: ['shop'] } },
      duration: '30m',
      reason: 'The queue is behind',
    });
    await page.context().close();
  });

  it('point at the first field that lacks something, without a mouse, and send nothing', async () => {
    const { page } = await open('/access/new?cluster=demo');
    await page.getByRole('radio', { name: /admin/ }).focus();
    await page.keyboard.press('Space');
    expect(await page.getByRole('radio', { name: /admin/ }).isChecked()).toBe(true);
    await page.getByLabel('For how long?').fill('3h');
    await page.keyboard.press('Enter');
    await page.getByText('That is more than 2 h. Use 2 h or less.').waitFor();
    await page.getByText('Say why, for those who decide.').waitFor();
    await page.getByText('Name a ticket.').waitFor();
    const focused = page.locator(':focus');
    expect(await focused.getAttribute('aria-invalid')).toBe('true');
    expect(await focused.inputValue()).toBe('3h');
    expect(sent).toEqual([]);
    await page.screenshot({ path: join(screenshots, 'new-request-invalid.png'), fullPage: true });
    await page.context().close();
  });

  it('tell what can be asked for once the place is another', async () => {
    const { page } = await open('/access/new');
    says.requestable = ok({ items: [] });
    await page.getByRole('combobox', { name: 'Cluster' }).fill('prod');
    await page.getByRole('combobox', { name: 'Cluster' }).press('Enter');
    await page.getByRole('heading', { name: 'Nothing can be asked for there' }).waitFor();
    expect(page.url()).toBe(`${server.url}/access/new?cluster=prod`);
    await page.screenshot({ path: join(screenshots, 'new-request-empty.png'), fullPage: true });
    await page.context().close();
  });

  it('say that a role of the link is none of those', async () => {
    const { page } = await open('/access/new?cluster=demo&role=owner');
    await page.getByText('Role owner can’t be asked for there. These can:').waitFor();
    expect(await page.getByRole('radio', { checked: true }).count()).toBe(0);
    await page.context().close();
  });

  it('keep what was typed when the server refuses', async () => {
    says.changed = problem(403, 'ERR_API_NOT_REQUESTABLE', 'developer is asked for at night only');
    const { page } = await open(NEW);
    await page.getByLabel('Why?').fill('The queue is behind');
    await page.getByRole('button', { name: 'Request developer for 1 h' }).click();
    await page.getByRole('alert').getByText('ERR_API_NOT_REQUESTABLE').waitFor();
    expect(await page.getByLabel('Why?').inputValue()).toBe('The queue is behind');
    await page.screenshot({ path: join(screenshots, 'new-request-refused.png'), fullPage: true });
    await page.context().close();
  });

  it('approve for a shorter time what was seen', async () => {
    const { page } = await open(SHOWN);
    await page.getByRole('button', { name: '30 min' }).click();
    says.changed = ok(
      aRequest({
        state: 'approved',
        resolvedBy: 'mira@demo.test',
        grant: {
          id: createId('grant'),
          state: 'active',
          startsAt: new Date(),
          endsAt: new Date(Date.now() + 1_800_000),
        },
        may: { review: false, cancel: false, followUp: false },
      }),
    );
    await page.getByRole('button', { name: 'Approve 30 min' }).click();
    await page
      .getByRole('status')
      .getByText(/Open until/)
      .waitFor();
    expect(await page.getByRole('button', { name: /Approve/ }).count()).toBe(0);
    expect(sent.map(({ url, body }) => [url.pathname, JSON.parse(body)])).toEqual([
      [
        `/api/v1/organizations/demo/access-requests/${ID}/reviews`,
        { verdict: 'approve', contentSha256: 'b41e'.repeat(16), duration: '30m' },
      ],
    ]);
    await page.screenshot({ path: join(screenshots, 'request-approved.png'), fullPage: true });
    await page.context().close();
  });

  it('want words for a denial', async () => {
    const { page } = await open(SHOWN, { width: 390, colorScheme: 'light' });
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByText('Say why; a denial needs words.').waitFor();
    expect(sent).toEqual([]);
    await page.keyboard.type('Not during the sale');
    await page.getByRole('button', { name: 'Deny' }).click();
    await expect.poll(() => sent.length).toBe(1);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({ verdict: 'deny', reason: 'Not during the sale' });
    await page.context().close();
  });

  it('SEC-E07 show the request anew when it is not what the reviewer saw', async () => {
    const { page } = await open(SHOWN);
    await page.getByRole('button', { name: 'Approve 1 h' }).waitFor();
    says.changed = problem(409, 'ERR_API_CONTENT_CHANGED', 'the request is another by now');
    says.request = ok(aRequest({ contentSha256: '0c07'.repeat(16) }));
    await page.getByRole('button', { name: 'Approve 1 h' }).click();
    await page.getByText('sha256:0c070c07…0c07').waitFor();
    await page.getByRole('alert').getByText('The request is another by now.').waitFor();
    says.changed = ok(aRequest());
    await page.getByRole('button', { name: 'Approve 1 h' }).click();
    await expect
      .poll(() => sent.map(({ body }) => JSON.parse(body).contentSha256))
      .toEqual(['b41e'.repeat(16), '0c07'.repeat(16)]);
    await page.context().close();
  });

  it('let the requester cancel, and nobody decide who may not', async () => {
    says.request = ok(aRequest({ may: { review: false, cancel: true, followUp: false } }));
    const { page } = await open(SHOWN);
    await page.getByRole('button', { name: 'Cancel request' }).waitFor();
    expect(await page.getByRole('button', { name: /Approve|Deny/ }).count()).toBe(0);
    says.changed = ok(aRequest({ state: 'cancelled', may: { review: false, cancel: false, followUp: false } }));
    await page.getByRole('button', { name: 'Cancel request' }).click();
    await page.getByRole('status').getByText('Cancelled').waitFor();
    expect(sent[0]?.url.pathname).toBe(`/api/v1/organizations/demo/access-requests/${ID}/cancel`);
    await page.context().close();
  });

  it('lead whoever is not signed in there, and back to the same address', async () => {
    says.session = problem(401, 'ERR_API_UNAUTHENTICATED', 'nobody is signed in in this browser');
    const { page } = await open(NEW, { width: 390, colorScheme: 'dark' });
    const href = await page.getByRole('link', { name: 'Sign in', exact: true }).getAttribute('href');
    const login = new URL(href ?? '', server.url);
    expect([login.pathname, login.searchParams.get('returnTo')]).toEqual(['/session/login', NEW]);
    await page.screenshot({ path: join(screenshots, 'sign-in-390-dark.png'), fullPage: true });
    await page.context().close();
  });

  it('say what is not there, and what fails', async () => {
    says.request = problem(404, 'ERR_API_NOT_FOUND', 'there is no such access request for you');
    const { page } = await open(SHOWN);
    await page.getByRole('alert').getByText('There is no such access request for you.').waitFor();
    await page.screenshot({ path: join(screenshots, 'request-unknown.png'), fullPage: true });
    says.request = ok(aRequest());
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.getByText('Who decides').waitFor();
    await page.context().close();
  });

  it('keep their shape while the server thinks', async () => {
    says.request = 'never';
    const { page } = await open(SHOWN);
    await page.locator('[aria-busy=true]').waitFor();
    await page.context().close();
  });

  it('SEC-E08 show words of people as text, isolated, whatever they hold', async () => {
    const hostile = '<img src=x onerror=alert(1)> [click](javascript:alert(1)) =HYPERLINK("x") @channel';
    says.request = ok(
      aRequest({
        reason: hostile,
        ticket: hostile.slice(0, 128),
        requester: hostile,
        role: hostile,
        reviews: [{ ...(aRequest().reviews[0] as AccessRequestResource['reviews'][number]), reason: hostile }],
      }),
    );
    const { page, complaints } = await open(SHOWN);
    await page.getByText(hostile).first().waitFor();
    expect(await page.locator('main img, main a').count()).toBe(0);
    expect(await page.locator('main bdi', { hasText: hostile }).count()).toBeGreaterThan(3);
    expect(await violationsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
