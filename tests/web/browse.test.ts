import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeCluster } from '../stack/fake-account.ts';
import { fetchTrusting } from '../stack/login.ts';
import { CLUSTER, type PersonName, type Stack, startStack } from '../stack/stack.ts';
import { awaitCondition, lacks } from '../support/index.ts';
import { launchChromium, openPage, screenshots, type View, violationsOf } from './site.ts';

const WIDE: View = { width: 1280, colorScheme: 'light' };
const SCRIPT = '<img src=x onerror=document.title="owned">';
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'bakery', labels: { app: 'web' }, annotations: { note: SCRIPT } },
  spec: {
    containers: [
      {
        name: 'app',
        image: 'busybox',
        command: ['sh', '-c', `echo '${SCRIPT}'; while true; do echo tick; sleep 1; done`],
      },
    ],
  },
};

describe.skipIf(lacks('chromium'))('clusters and what is in them, in Chromium', () => {
  let stack: Stack;
  let browser: Browser;
  let closeCluster: () => Promise<void>;
  beforeAll(async () => {
    const { cluster, kubeconfig } = await startFakeCluster();
    closeCluster = () => cluster.close();
    stack = await startStack({ kubeconfig });
    await kube('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bakery' } });
    await kube('POST', '/api/v1/namespaces/bakery/pods', POD);
    browser = await launchChromium();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await stack?.close();
    await closeCluster?.();
  });

  /** A request of the administrator by the kube path; as kubectl does, it comes again where the server says so. */
  async function kube(method: string, path: string, body?: unknown): Promise<unknown> {
    const doFetch = fetchTrusting(stack.server.caPem);
    const answer = await awaitCondition(
      async () => {
        const answered = await doFetch(`${stack.server.publicUrl}/k/demo/${CLUSTER}${path}`, {
          method,
          headers: { authorization: `Bearer ${await stack.token('admin')}`, 'content-type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        return answered.status === 503 ? undefined : answered;
      },
      { what: `an answer to ${method} ${path}`, timeoutMs: 30_000, everyMs: 500 },
    );
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** Opens an address as somebody whose browser has not been here, and signs in on the way. */
  async function openAs(name: PersonName, path: string, view: View = WIDE) {
    const opened = await openPage(browser, `${stack.server.publicUrl}${path}`, view);
    const { page } = opened;
    page.setDefaultTimeout(30_000);
    await page.getByRole('main').getByRole('link').first().click();
    const { email, password } = stack.loginOf(name);
    await page.getByLabel(/mail/i).fill(email);
    await page.getByLabel(/password/i).fill(password);
    await page.getByRole('button').first().click();
    await page.waitForURL(`${stack.server.publicUrl}${path}`);
    // Nobody being signed in at first is what the page came to know by 401.
    const complaints = () => opened.complaints.filter((text) => !text.includes('401'));
    return { page, complaints };
  }

  const picture = (page: Page, name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) });

  it('lead from the list to a pod, its log and a shell in it', async () => {
    const { page, complaints } = await openAs('admin', '/clusters');
    await page.getByText('1 cluster. 1 healthy').waitFor();
    await picture(page, 'clusters');
    await page.getByRole('link', { name: CLUSTER, exact: true }).click();
    await page.getByRole('heading', { name: 'Agents' }).waitFor();
    await page.getByText('Connected').first().waitFor();
    await picture(page, 'cluster');
    await page.getByRole('link', { name: 'Browse' }).click();
    await page.getByRole('link', { name: 'Pods', exact: true }).waitFor();
    await page.getByRole('combobox', { name: 'Namespace' }).click();
    await page.getByRole('combobox', { name: 'Namespace' }).fill('bakery');
    await page.getByRole('option', { name: 'bakery' }).click();
    await page.getByRole('grid', { name: 'Pods' }).getByText('web', { exact: true }).click();
    await page.getByRole('heading', { name: 'web' }).waitFor();
    await page.getByText('Live').waitFor();
    await page.getByRole('complementary').getByRole('button', { name: 'Logs' }).click();
    const log = page.getByRole('log');
    await log.getByText('tick').first().waitFor();
    await log.getByText(SCRIPT).waitFor();
    await picture(page, 'browse-logs');
    await page.getByRole('button', { name: 'Shell' }).last().click();
    await page.getByText('Connected. What policy').waitFor();
    await page.keyboard.type('echo shell-$((40+2))\n');
    await page.locator('.xterm-accessibility').getByText('shell-42').first().waitFor();
    await picture(page, 'browse-shell');
    await page.keyboard.type('exit 3\n');
    await page.getByText('ended with exit code 3').waitFor();
    expect(await page.title()).not.toContain('owned');
    expect(await violationsOf(page)).toEqual([]);
    expect(complaints()).toEqual([]);
    await page.context().close();
    const { items } = await (await stack.person('admin')).api.listAuditEvents({ organization: 'demo', limit: 200 });
    const exec = items.filter(({ request }) => request?.attributes?.subresource === 'exec');
    expect(exec.map(({ request }) => request?.channel)).toContain('web');
  }, 120_000);

  it('register a cluster, and say how far its agent is', async () => {
    const { page, complaints } = await openAs('admin', '/clusters/new');
    await page.getByLabel('Name', { exact: true }).fill('edge-7');
    await page.getByLabel('Labels').fill('env=edge');
    await page.getByRole('button', { name: 'Register cluster' }).click();
    await page.getByRole('heading', { name: 'Install the agent in edge-7' }).waitFor();
    await page.getByText('sallyport clusters manifest edge-7 | kubectl apply -f -').first().waitFor();
    await page.getByText('Manifest made awaited').waitFor();
    const { api } = await stack.person('admin');
    await api.issueJoinToken({ organization: 'demo', name: 'edge-7', body: {} });
    await page.getByText('Manifest made done').waitFor();
    await page.getByText('Agent enrolled awaited').waitFor();
    await picture(page, 'register');

    await page.goto(`${stack.server.publicUrl}/clusters/edge-7`);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Deregister cluster' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel('Type edge-7 to confirm').fill('edge');
    // What is not ready yet says so and stays in reach of the keyboard: a click there does nothing.
    const deregister = dialog.getByRole('button', { name: 'Deregister', exact: true });
    expect(await deregister.getAttribute('aria-disabled')).toBe('true');
    await deregister.click({ force: true });
    expect((await api.getCluster({ organization: 'demo', name: 'edge-7' })).metadata.labels).toEqual({ env: 'edge' });
    await dialog.getByLabel('Type edge-7 to confirm').fill('edge-7');
    await dialog.getByRole('button', { name: 'Deregister', exact: true }).click();
    await page.waitForURL(`${stack.server.publicUrl}/clusters`);
    await awaitCondition(async () => (await api.listClusters({ organization: 'demo' })).items.length === 1, {
      what: 'the cluster is gone',
    });
    expect(complaints()).toEqual([]);
    await page.context().close();
  }, 120_000);
});
