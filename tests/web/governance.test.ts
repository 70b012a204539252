import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditHandlers } from '../../packages/web/src/mock/audit-handlers.ts';
import { MockProblem } from '../../packages/web/src/mock/handlers.ts';
import { lacks } from '../support/index.ts';
import { openViewer, type ViewedPage } from './every-view.ts';
import { serveMock } from './mock-site.ts';
import { launchChromium, type View, violationsOf } from './site.ts';

const RECORDING = '/recordings/rec_01jd0000000000000000000001';
const LIVE = '/recordings/rec_01jd0000000000000000000002';
const PAGES: readonly ViewedPage[] = [
  { name: 'inbox', path: '/access/inbox', heading: 'Requests', text: 'What to weigh', isFolded: true },
  { name: 'my-requests', path: '/access/requests', heading: 'Requests', text: 'ml-batch' },
  { name: 'grants', path: '/access/grants', heading: 'Grants', text: 'staging' },
  { name: 'calendar', path: '/access/calendar', heading: 'Calendar of grants', text: 'prod-eu' },
  { name: 'reviews', path: '/access/reviews', heading: 'Access reviews', text: '2026-q4' },
  { name: 'review', path: '/access/reviews/2026-q4', heading: '2026-q4', text: 'ops-edit' },
  {
    name: 'new-request',
    path: '/access/new?cluster=prod-eu&namespace=payments&role=admin',
    heading: 'Request access',
    text: 'Nobody approves this before.',
    prepare: (page) => page.getByLabel(/It is an emergency/).click(),
  },
  {
    name: 'suggest-role',
    path: '/policies/suggest?as=wim%40halden.test',
    heading: 'Suggest a role',
    text: '1,206',
  },
  {
    name: 'audit-event',
    path: '/audit/evt_01jd0000000000000000000031',
    heading: 'Audit',
    text: 'Checked in this browser',
  },
  { name: 'audit', path: '/audit', heading: 'Audit', text: 'kubectl rollout restart' },
  { name: 'audit-events', path: '/audit?rows=events&category=login', heading: 'Audit', text: 'login.failed' },
  { name: 'recordings', path: '/recordings', heading: 'Recordings', text: 'cut short' },
  { name: 'playback', path: RECORDING, heading: 'exec into payout-worker', text: 'payoutctl status', isFolded: true },
  { name: 'people', path: '/people?open=wim%40halden.test', heading: 'People', text: 'End login sessions' },
  { name: 'groups', path: '/groups', heading: 'Groups', text: 'platform-oncall' },
  {
    name: 'service-accounts',
    path: '/service-accounts?open=release-bot',
    heading: 'Service accounts',
    text: 'Create key',
  },
  { name: 'roles', path: '/roles', heading: 'Roles', text: 'Read everything but secrets' },
  { name: 'role', path: '/roles/edit', heading: 'edit', text: 'Add rule' },
  { name: 'bindings', path: '/bindings?edit=viewers', heading: 'Bindings', text: 'Save binding' },
  { name: 'policies', path: '/policies?open=guardrails', heading: 'Access policies', text: 'guardrails' },
  { name: 'playground', path: '/playground', heading: 'Playground', text: 'Replay on history' },
  { name: 'identity-providers', path: '/identity-providers?open=sso', heading: 'Sign-in', text: 'Test the connection' },
  {
    name: 'notification-channels',
    path: '/notification-channels?open=on-call',
    heading: 'Notification channels',
    text: 'Send again',
  },
  { name: 'audit-sinks', path: '/audit-sinks', heading: 'Audit sinks', text: 'siem' },
  { name: 'settings', path: '/settings?cluster=prod-eu', heading: 'Settings', text: 'Require recording' },
  { name: 'retention', path: '/settings?part=retention', heading: 'Settings', text: 'Save retention' },
  { name: 'holds', path: '/settings?part=holds', heading: 'Settings', text: 'No legal holds' },
  { name: 'keys', path: '/settings?part=keys', heading: 'Settings', text: 'Audit checkpoint' },
  { name: 'organization', path: '/organization', heading: 'Organizations', text: 'Halden Freight' },
  { name: 'live-recording', path: LIVE, heading: 'exec into tracker-0', text: 'End session' },
  {
    name: 'workload-identities',
    path: '/service-accounts?kind=workload',
    heading: 'Workload identities',
    text: 'New workload identity',
  },
  { name: 'request-policies', path: '/policies?kind=request', heading: 'Request policies', text: 'Who may ask' },
  { name: 'new-binding', path: '/bindings?new=1', heading: 'Bindings', text: 'Save binding' },
  {
    name: 'request',
    path: '/access/requests',
    heading: 'Requests',
    text: 'Who decides',
    prepare: async (page) => {
      await page.getByRole('row', { name: /admin on ml-batch/ }).click();
      await page.getByRole('heading', { level: 1, name: 'Access request' }).waitFor();
    },
  },
  {
    name: 'grant',
    path: '/access/grants',
    heading: 'Grants',
    text: 'Heap dump of cart-api',
    prepare: (page) => page.getByRole('row', { name: /debug on staging/ }).click(),
  },
  {
    name: 'start-review',
    path: '/access/reviews',
    heading: 'Access reviews',
    text: 'Start an access review',
    prepare: (page) => page.getByRole('button', { name: 'Start an access review' }).click(),
  },
  {
    name: 'changed-role',
    path: '/roles/edit',
    heading: 'edit',
    text: 'get, list, watch',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Add rule' }).click();
      await page.getByText('newly allowed', { exact: true }).waitFor();
    },
  },
  {
    name: 'audit-export',
    path: '/audit?effect=deny',
    heading: 'Audit',
    text: 'Export CSV',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('button', { name: 'CSV', exact: true }).click();
    },
  },
];

const WIDE: View = { width: 1280, colorScheme: 'light' };

describe.skipIf(lacks('chromium'))('what was done, and who may do what, in Chromium', () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveMock>>;
  let viewer: Awaited<ReturnType<typeof openViewer>>;

  beforeAll(async () => {
    site = await serveMock();
    browser = await launchChromium();
    viewer = await openViewer(browser, site);
  });
  afterAll(async () => {
    await viewer?.close();
    await browser?.close();
    await site?.close();
  });
  beforeEach(() => site.reset());

  /** Opens a page, lets `work` use it, and holds that nothing complained. */
  async function on(path: string, work: (page: Page) => Promise<void>, view: View = WIDE): Promise<void> {
    const { page, complaints } = await site.open(browser, path, view);
    try {
      await work(page);
      expect(await violationsOf(page)).toEqual([]);
      expect(complaints).toEqual([]);
    } finally {
      await page.context().close();
    }
  }

  for (const each of PAGES) {
    it(`is accessible and complains of nothing in either theme, wide and narrow: ${each.name}`, async () => {
      await viewer.look(each);
    }, 60_000);
  }

  it('unfolds a call of kubectl by keys, and proves one of its requests in the browser', async () => {
    await on('/audit', async (page) => {
      const row = page.getByRole('row', { name: /kubectl rollout restart/ });
      await row.focus();
      await page.keyboard.press('ArrowRight');
      await page.getByRole('row', { name: /PATCH/ }).waitFor();
      // Keys faster than frames, as on a busy machine: the focus is in the drawer in the end, where Escape is for it.
      await page.evaluate(() => {
        const slow = (callback: (at: number) => void) => setTimeout(() => callback(performance.now()), 500);
        Object.assign(globalThis, { requestAnimationFrame: slow, cancelAnimationFrame: clearTimeout });
      });
      for (const key of ['j', 'j', 'Enter']) await page.keyboard.press(key);
      const drawer = page.getByRole('complementary', { name: /Allowed/ });
      await drawer.getByText('Checked in this browser').waitFor();
      await expect
        .poll(() => drawer.textContent())
        .toMatch(/You changed deployments payout-worker in payments on prod-eu/);
      await drawer.getByText(/kubectl patch -n payments deployments.v1.apps payout-worker --type=json/).waitFor();
      expect(new URL(page.url()).pathname).toMatch(/^\/audit\/evt_/);
      // This frame comes behind all that were asked for before.
      await page.evaluate('new Promise(requestAnimationFrame)');
      await page.keyboard.press('Escape');
      await expect.poll(() => new URL(page.url()).pathname).toBe('/audit');
    });
  });

  it('SEC-G02 turns the head red when the log has another event in that place, whatever the server says', async () => {
    site.reset({
      overrides: {
        async proveAuditEvent(call) {
          const honest = await auditHandlers.proveAuditEvent(call);
          return { ...honest, event: { ...honest.event, code: 'proxy.request.denied' } };
        },
      },
    });
    await on('/audit/evt_01jd0000000000000000000031', async (page) => {
      await page.getByRole('heading', { name: 'Proof failed' }).waitFor();
      await page.getByRole('alert').getByText('This event is not proved.').waitFor();
      expect(await page.getByText('Checked in this browser').count()).toBe(0);
    });
  });

  it('filters by tokens that are the address, with values that occur', async () => {
    await on('/audit', async (page) => {
      await page.keyboard.press('/');
      const field = page.getByRole('combobox', { name: 'Add a filter or search text' });
      await field.fill('decision is d');
      await page.getByRole('option', { name: 'deny' }).click();
      await page.getByRole('button', { name: 'Remove the filter decision' }).waitFor();
      await expect.poll(() => new URL(page.url()).search).toBe('?effect=deny');
      await expect.poll(() => page.getByRole('row', { name: /kubectl get/ }).count()).toBe(0);
      await field.fill('user is w');
      await page.getByRole('option', { name: /wim@halden.test/ }).click();
      await expect.poll(() => page.getByRole('row', { name: /kubectl/ }).count()).toBe(1);
      await page.getByRole('button', { name: 'Show as table' }).click();
      await page.getByRole('columnheader', { name: 'Refused' }).waitFor();
      await page.getByRole('button', { name: 'Remove the filter user' }).click();
      await expect.poll(() => new URL(page.url()).search).toBe('?effect=deny');
    });
  });

  it('keeps a view as a tab of this browser', async () => {
    await on('/audit?verb=delete', async (page) => {
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByLabel('Name').fill('Deletions');
      await page.getByRole('button', { name: 'Save view' }).click();
      await page.reload();
      await page.goto(`${new URL(page.url()).origin}/audit`);
      await page.getByRole('link', { name: 'Deletions' }).click();
      await expect.poll(() => new URL(page.url()).search).toBe('?verb=delete');
    });
  });

  it('shows events as they come while it is live', async () => {
    await on('/audit?rows=events', async (page) => {
      await page.getByRole('row', { name: /login.failed/ }).waitFor();
      await page.keyboard.press('l');
      await page.getByRole('status').getByText('Live, 1 new').waitFor();
      expect(await page.getByRole('button', { name: /Live/ }).getAttribute('aria-pressed')).toBe('true');
    });
  });

  it('exports what is filtered, and says how far it is', async () => {
    await on('/audit?effect=deny', async (page) => {
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('button', { name: 'CSV', exact: true }).click();
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export CSV' }).click();
      const file = await download;
      expect(file.suggestedFilename()).toBe('audit.csv');
      const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n');
      expect(lines.every((line) => line.endsWith('proxy.request.denied'))).toBe(true);
      await page.getByText(/events are in your downloads/).waitFor();
      await page.getByText('sallyport audit export --since 24h --effect deny -o csv > audit.csv').waitFor();
    });
  });

  it('says who may not read the log, and why', async () => {
    const refuse = () => {
      throw new MockProblem(403, 'ERR_API_FORBIDDEN', 'reading the audit log takes the permission audit.read');
    };
    site.reset({ overrides: { listKubectlCommands: refuse, aggregateAuditEvents: refuse } });
    const { page } = await site.open(browser, '/audit', WIDE);
    await page.getByText('Reading the audit log takes the permission audit.read.').waitFor();
    await page.getByRole('link', { name: 'Request access' }).waitFor();
    await page.context().close();
  });

  it('SEC-G04 plays a recording by keys without doing what its bytes ask for', async () => {
    await on(RECORDING, async (page) => {
      const screen = page.locator('.xterm-rows');
      const place = page.getByRole('slider', { name: 'Place in the recording' });
      await place.waitFor();
      const title = await page.title();
      await page.keyboard.press('n');
      await expect.poll(() => place.getAttribute('aria-valuetext')).toBe('0:11 of 2:11');
      await place.press('End');
      await expect.poll(() => screen.textContent()).toContain('requeued 212 payouts');
      // The recording sets a title and a link to evil.test on its way.
      expect(await page.title()).toBe(title);
      expect(await page.content()).not.toContain('evil.test');
      await page.getByRole('searchbox', { name: 'Search the transcript' }).fill('lock');
      await page.keyboard.press('Enter');
      await expect.poll(() => place.getAttribute('aria-valuetext')).toBe('0:11 of 2:11');
      await expect.poll(() => screen.textContent()).not.toContain('requeued');
      await page.getByRole('button', { name: '4×' }).click();
      await page.getByRole('button', { name: 'Play' }).click();
      await page.getByRole('button', { name: 'Play again' }).waitFor();
    });
  });

  it('opens a recording of moments with what it printed, and plays it anew', async () => {
    const lines = [{ version: 2, width: 80, height: 24 }, [0.1, 'o', 'uid=1000'], [0.4, 'o', ' gid=3000']];
    const getRecording = () => `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
    site.reset({ overrides: { getRecording } });
    const { page } = await site.open(browser, RECORDING, WIDE);
    await expect.poll(() => page.locator('.xterm-rows').textContent()).toContain('uid=1000 gid=3000');
    await page.getByRole('button', { name: 'Play again' }).click();
    await page.getByRole('button', { name: 'Play again' }).waitFor();
    await page.context().close();
  });

  it('joins a session that runs, and ends it with a reason', async () => {
    await on(LIVE, async (page) => {
      await expect.poll(() => page.locator('.xterm-rows').textContent()).toContain('ls -la /var/spool/payout');
      await page.getByRole('button', { name: 'End session' }).click();
      const dialog = page.getByRole('alertdialog');
      await dialog.getByLabel('Reason', { exact: true }).fill('not agreed upon');
      await dialog.getByRole('button', { name: 'End session' }).click();
      await page.getByText('Ended your session in tracker-0').waitFor();
    });
    expect(site.sent.map(({ method, url, body }) => [method, url.pathname, body])).toEqual([
      ['POST', '/api/v1/me/sessions/rec_01jd0000000000000000000002/terminate', '{"reason":"not agreed upon"}'],
    ]);
  });

  it('shows what a change of a role gives and takes before it is saved', async () => {
    await on('/roles/edit', async (page) => {
      await page.getByRole('button', { name: 'Add rule' }).click();
      await page.getByLabel('Resources').fill('pods, pods/log');
      await page.getByRole('button', { name: 'delete', exact: true }).click();
      await page.getByText('get, list, watch, delete').waitFor();
      const rail = page.getByRole('complementary', { name: 'If this had been in force' });
      await rail.getByText('18,406').first().waitFor();
      await rail.getByText('delete pods in payments').waitFor();
      await page.getByRole('button', { name: 'Diff', exact: true }).click();
      await page.getByText('- pods/log').waitFor();
      await page.getByRole('button', { name: 'Save role' }).click();
      await page.getByText('Saved role edit').waitFor();
    });
    const saved = site.sent.find(({ method }) => method === 'PUT');
    expect(saved?.headers['if-match']).toBe('"1"');
    expect(JSON.parse(saved?.body ?? '{}').spec.kubernetes.rules).toEqual([
      { verbs: ['get', 'list', 'watch', 'delete'], apiGroups: [''], resources: ['pods', 'pods/log'] },
    ]);
  });

  it('suggests the least role that covers what somebody did, and creates it', async () => {
    await on('/policies/suggest', async (page) => {
      const who = page.getByRole('combobox', { name: 'Who' });
      await who.fill('wim');
      await page.getByRole('option', { name: /wim@halden.test/ }).click();
      await page.getByRole('button', { name: 'Suggest', exact: true }).click();
      await page.getByRole('row', { name: /pods, pods\/log of payments.*1,206/ }).waitFor();
      await page.getByRole('row', { name: /deployments in apps of payments.*patch.*12/ }).waitFor();
      await page.getByText("sallyport policy suggest 'wim@halden.test' --since 30d").waitFor();
      await page.getByLabel('Name of the role').fill('payments-ops');
      await page.getByRole('button', { name: 'Create role' }).click();
      await page.waitForURL(/\/roles\/payments-ops$/);
    });
    const created = JSON.parse(site.sent.at(-1)?.body ?? '{}');
    expect(created.metadata).toEqual({ name: 'payments-ops' });
    expect(created.spec.kubernetes).toMatchObject({
      groups: ['sallyport:edit'],
      rules: [{ resources: ['pods', 'pods/log'] }, {}],
    });
  });

  it('filters grants, bindings and requests by the same tokens, which are the address', async () => {
    await on('/access/grants', async (page) => {
      const field = page.getByRole('combobox', { name: 'Add a filter' });
      await page.getByRole('row', { name: /ines@halden.test/ }).waitFor();
      await page.keyboard.press('/');
      await field.pressSequentially('user is i');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await expect.poll(() => new URL(page.url()).search).toBe('?user=ines%40halden.test');
      await page
        .getByRole('row', { name: /mira@halden.test/ })
        .first()
        .waitFor({ state: 'detached' });
      await page.getByRole('row', { name: /ines@halden.test/ }).waitFor();
      // Backspace takes the last token up again.
      await field.press('Backspace');
      expect(await field.inputValue()).toBe('user is ines@halden.test');
      await page.goto(`${site.url}/access/requests?state=denied,nonsense&role=edit`);
      await page.getByRole('button', { name: 'Remove the filter role' }).waitFor();
      expect(await page.getByRole('button', { name: 'Remove the filter state' }).count()).toBe(0);
      await page.getByRole('button', { name: 'Columns' }).click();
      await page.getByRole('menuitem', { name: 'Reason' }).click();
      await page.getByRole('columnheader', { name: 'Reason' }).waitFor({ state: 'detached' });
      await page.reload();
      await page.getByRole('columnheader', { name: 'Access' }).waitFor();
      expect(await page.getByRole('columnheader', { name: 'Reason' }).count()).toBe(0);
      await page.goto(`${site.url}/bindings?role=nobody`);
      await page.getByRole('button', { name: 'Clear the filters' }).click();
      await page.getByRole('row', { name: /viewers/ }).waitFor();
    });
  });

  it('leads from each part of the sentence to where it is chosen, and takes a role at once in an emergency', async () => {
    await on('/access/new', async (page) => {
      const form = page.getByRole('form', { name: 'Request' });
      await page.getByRole('button', { name: 'a cluster', exact: true }).click();
      await page.getByRole('option', { name: /prod-eu/ }).click();
      await page.getByRole('combobox', { name: 'Namespace' }).fill('payments');
      await page.keyboard.press('Enter');
      await expect.poll(() => new URL(page.url()).search).toBe('?cluster=prod-eu&namespace=payments');
      // Arrows go from slot to slot.
      await page.getByRole('button', { name: 'a role', exact: true }).focus();
      await page.keyboard.press('ArrowRight');
      expect(await page.locator(':focus').textContent()).toBe('prod-eu');
      await form.getByRole('radio', { name: /admin/ }).check();
      await form.getByLabel('Why?').fill('Checkout is down');
      // What was written stays while another place is asked about.
      await page.getByRole('combobox', { name: 'Namespace' }).fill('checkout');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'checkout', exact: true }).waitFor();
      expect(await form.getByLabel('Why?').inputValue()).toBe('Checkout is down');
      await form.getByLabel('Ticket').fill('INC-1');
      await form.getByLabel('Only one object (optional)').fill('pods/web-0');
      await form.getByLabel(/It is an emergency/).click();
      await page.getByText('sallyport access break-glass --cluster prod-eu --namespace checkout').waitFor();
      await form.getByRole('button', { name: 'Take admin for 1 h now' }).click();
      await page.waitForURL(/\/access\/requests\/req_/);
    });
    const asked = site.sent.find(({ url }) => url.pathname.endsWith('/access-requests'));
    expect(JSON.parse(asked?.body ?? '{}')).toEqual({
      role: 'admin',
      policy: 'four-eyes',
      scope: { kind: 'clusters', clusters: ['prod-eu'], namespaces: { names: ['checkout'] } },
      objects: [{ resource: 'pods', namespace: 'checkout', name: 'web-0' }],
      duration: '1h',
      reason: 'Checkout is down',
      ticket: 'INC-1',
      breakGlass: true,
    });
  });

  it('offers a reviewer what less would do, as earlier grants tell', async () => {
    const { world } = site;
    const [grant] = world().grants;
    const [request] = world().requests.filter(({ may, state }) => may.review && state === 'pending');
    if (grant === undefined || request === undefined) throw new Error('the world has neither grant nor request');
    const [startsAt, endedAt] = [new Date(Date.now() - 86_400_000), new Date(Date.now() - 86_400_000 + 1_200_000)];
    world().requests = [{ ...request, scope: { kind: 'clusters', clusters: ['prod-eu'] }, duration: '2h' }];
    world().grants = [
      {
        ...grant,
        state: 'revoked',
        user: 'ruth@halden.test',
        role: request.role,
        scope: { kind: 'clusters', clusters: ['prod-eu'], namespaces: { names: ['tracking'] } },
        ...{ startsAt, endedAt, endsAt: new Date(startsAt.getTime() + 7_200_000) },
      },
    ];
    await on(`/access/inbox?id=${request.id}`, async (page) => {
      await page.getByRole('button', { name: 'Offer tracking only' }).click();
      expect(await page.getByLabel('Reason').inputValue()).toContain(
        `sallyport access request --cluster prod-eu --namespace tracking --role ${request.role} --duration 2h`,
      );
      await page.getByLabel('Reason').fill('');
      await page.getByRole('button', { name: 'Offer 30 min' }).click();
      await page.getByRole('button', { name: 'Approve 30 min' }).click();
      await page.getByText(/Open until/).waitFor();
    });
    expect(JSON.parse(site.sent[0]?.body ?? '{}')).toMatchObject({ verdict: 'approve', duration: '30m' });
  });

  it('makes a binding by its form, and shows the same as YAML', async () => {
    await on('/bindings', async (page) => {
      await page.getByRole('button', { name: 'New binding' }).click();
      await page.getByLabel('Name', { exact: true }).fill('oncall-edit');
      await page.getByLabel('Role', { exact: true }).fill('edit');
      await page.getByRole('button', { name: 'Add to subjects' }).click();
      await page.getByLabel('Name', { exact: true }).nth(1).fill('ada@halden.test');
      await page.getByLabel('Scope').click();
      await page.getByRole('option', { name: 'Clusters', exact: true }).click();
      await page.getByLabel('Clusters').fill('prod-eu');
      await page.getByRole('button', { name: 'YAML' }).click();
      expect(await page.getByLabel('Document').inputValue()).toContain('clusters:\n      - prod-eu');
      await page.getByRole('button', { name: 'Save binding' }).click();
      await page.getByText('Saved binding oncall-edit').waitFor();
      await page.getByRole('complementary', { name: 'oncall-edit' }).waitFor();
    });
    expect(JSON.parse(site.sent[0]?.body ?? '{}')).toEqual({
      apiVersion: 'sallyport.dev/v1',
      kind: 'Binding',
      metadata: { name: 'oncall-edit' },
      spec: {
        role: 'edit',
        subjects: [{ kind: 'User', name: 'ada@halden.test' }],
        scope: { kind: 'clusters', clusters: ['prod-eu'] },
      },
    });
  });

  it('shows the secret of a new API key once', async () => {
    await on('/service-accounts?open=release-bot', async (page) => {
      await page.getByLabel('Name of the key').fill('nightly');
      await page.getByRole('button', { name: 'Create key' }).click();
      await page.getByText('spk_of-the-mock').waitFor();
      await page.getByRole('button', { name: 'Revoke the key nightly' }).waitFor();
      await page.reload();
      await page.getByRole('button', { name: 'Revoke the key nightly' }).waitFor();
      expect(await page.content()).not.toContain('spk_of-the-mock');
    });
  });

  it('tries an identity provider: its connection, and a token under its mapping', async () => {
    await on('/identity-providers?open=sso', async (page) => {
      await page.getByRole('button', { name: 'Test the connection' }).click();
      await page.getByText('the provider announces no back-channel logout').waitFor();
      await page.getByLabel('An ID token, read as a login would read it').fill('a.b.c');
      await page.getByRole('button', { name: 'Read the token' }).click();
      await page.getByText('A login with it would be refused.').waitFor();
      await page.getByText('the claim is missing').waitFor();
    });
  });

  it('explains a decision, as documents would make it', async () => {
    await on('/playground', async (page) => {
      await page.getByLabel('On cluster').fill('prod-eu');
      await page.getByLabel('Asks for').pressSequentially('delete pods web-0 -n payments');
      await page.getByRole('button', { name: 'Explain', exact: true }).click();
      await page.getByRole('status', { name: 'Decision' }).waitFor();
      await page.getByText('sallyport policy explain delete pods web-0 -n payments -c prod-eu').waitFor();
    });
    expect(JSON.parse(site.sent[0]?.body ?? '{}')).toEqual({
      cluster: 'prod-eu',
      requests: [{ verb: 'delete', resource: 'pods', name: 'web-0', namespace: 'payments' }],
    });
  });

  it('says which level makes a setting so, and puts a legal hold in force until it is released', async () => {
    await on('/settings?part=holds', async (page) => {
      await page.getByRole('button', { name: 'New legal hold' }).click();
      await page.getByLabel('Name', { exact: true }).fill('case-17');
      await page.getByLabel('Why', { exact: true }).fill('An inquiry');
      await page.getByRole('button', { name: 'Order the hold' }).click();
      await page.getByRole('row', { name: /case-17/ }).hover();
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: 'Release' }).click();
      await page.getByRole('alertdialog').getByLabel('Why', { exact: true }).fill('It is over');
      await page.getByRole('alertdialog').getByRole('button', { name: 'Release' }).click();
      await page.getByRole('row', { name: /case-17.*released/ }).waitFor();
    });
  });
});
