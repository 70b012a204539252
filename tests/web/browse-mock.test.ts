import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MockCluster, startMockCluster } from '../../packages/web/mock-cluster.ts';
import { lacks } from '../support/index.ts';
import { openViewer } from './every-view.ts';
import { serveMock } from './mock-site.ts';
import { launchChromium, screenshots, violationsOf } from './site.ts';

const SCRIPT = '<img src=x onerror=document.title="owned">';
const BROWSE = '/clusters/prod-eu/browse';
const CART = `${BROWSE}/apps.v1.deployments?ns=bakery&name=cart&tab=yaml`;
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
      { name: 'side', image: 'busybox', command: ['sh', '-c', 'echo hello from the side; sleep 3600'] },
    ],
  },
};
const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

describe.skipIf(lacks('chromium'))('the resource browser over the mock API and a fake cluster, in Chromium', () => {
  let browser: Browser;
  let mock: MockCluster;
  let site: Awaited<ReturnType<typeof serveMock>>;

  beforeAll(async () => {
    mock = await startMockCluster({
      users: [
        { name: 'admin', groups: ['system:masters'], token: 'admin-token' },
        { name: 'reader', groups: ['readers'], token: 'reader-token' },
      ],
    });
    site = await serveMock({}, mock);
    await kube('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bakery' } });
    await kube('POST', '/api/v1/namespaces/bakery/pods', POD);
    await kube('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', WIDGETS);
    await kube('POST', '/apis/apps/v1/namespaces/bakery/deployments', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'cart', namespace: 'bakery' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'cart' } },
        template: {
          metadata: { labels: { app: 'cart' } },
          spec: { containers: [{ name: 'cart', image: 'busybox', command: ['sleep', '3600'] }] },
        },
      },
    });
    await kube('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'readers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'Group', name: 'readers', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await mock?.close();
  });
  beforeEach(() => {
    site.reset();
    mock.actAs('admin-token');
  });

  /** A request to the cluster, past the page. */
  async function kube(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${site.url}/api/v1/clusters/any/kube${path}`, {
      method,
      headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
  const replicas = async () => {
    const cart = await kube('GET', '/apis/apps/v1/namespaces/bakery/deployments/cart');
    return (cart as { readonly spec: { readonly replicas: number } }).spec.replicas;
  };
  const picture = (page: Page, name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) });
  /** Replaces words of what stands in the editor. */
  async function rewrite(page: Page, from: string, to: string) {
    const editor = page.getByRole('textbox', { name: 'YAML' });
    await editor.fill((await editor.inputValue()).replace(from, to));
  }

  it('makes several objects from YAML, each tried and then made with a result of its own', async () => {
    const { page, complaints } = await site.open(browser, `${BROWSE}/v1.configmaps?ns=bakery`);
    await page.getByText('Live').waitFor();
    await page.keyboard.press('n');
    const drawer = page.getByRole('complementary', { name: 'Create from YAML' });
    const objects = drawer.getByRole('textbox', { name: 'Objects' });
    await objects.fill('kind: [');
    await drawer.getByText('This is not YAML (line 1').waitFor();
    const made = (name: string, more = '') =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}data:\n  a: "1"\n`;
    await objects.fill(`${made('fresh')}---\n${made('Not_A_Name')}`);
    await drawer.getByRole('button', { name: 'Try at the API server' }).click();
    const said = drawer.getByRole('region', { name: 'What the API server says' });
    await said.getByText('It would be made.').waitFor();
    await said.getByText('KUBERNETES_INVALID').waitFor();
    await picture(page, 'browse-create-refused');
    const names = async () => {
      const { items } = (await kube('GET', '/api/v1/namespaces/bakery/configmaps')) as {
        readonly items: readonly { readonly metadata: { readonly name: string } }[];
      };
      return items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt');
    };
    expect(await names()).toEqual([]);
    const other = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: patisserie\n';
    await objects.fill(`${made('fresh')}---\n${made('there', '  namespace: patisserie\n')}---\n${other}`);
    await drawer.getByRole('button', { name: 'Try at the API server' }).click();
    await said.getByText('It can’t be tried before Namespace patisserie is there.').waitFor();
    await picture(page, 'browse-create');
    await drawer.getByRole('button', { name: 'Create 3 objects' }).click();
    await page.getByText('3 objects are made.').waitFor();
    await page.getByRole('grid', { name: 'ConfigMaps' }).getByText('fresh').waitFor();
    expect(await names()).toEqual(['fresh']);
    await kube('GET', '/api/v1/namespaces/patisserie/configmaps/there');
    // The refused trial is what the browser notes as failed requests.
    expect(complaints.filter((text) => !/status of (?:404|422)/.test(text))).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('shows what an edit would change before it is made, and makes it', async () => {
    const { page, complaints } = await site.open(browser, CART);
    await page.getByRole('button', { name: 'Edit' }).click();
    await rewrite(page, 'replicas: 2', 'replicas: 3');
    await page.getByRole('button', { name: 'Review changes' }).click();
    await page.getByRole('region', { name: 'What the API server would change' }).getByText('replicas: 3').waitFor();
    await picture(page, 'browse-yaml-diff');
    expect(await replicas()).toBe(2);
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Deployment cart is changed.').waitFor();
    expect(await replicas()).toBe(3);
    expect(complaints).toEqual([]);

    await page.getByRole('button', { name: 'Scale' }).click();
    await page.getByLabel('Pods', { exact: true }).fill('2');
    await page.getByRole('button', { name: 'Scale to 2' }).click();
    await page.getByText('Deployment cart goes to 2.').waitFor();
    expect(await replicas()).toBe(2);
    await page.context().close();
  }, 60_000);

  it('puts an edit onto what somebody else made of the object meanwhile', async () => {
    const { page } = await site.open(browser, CART);
    await page.getByRole('button', { name: 'Edit' }).click();
    await rewrite(page, 'replicas: 2', 'replicas: 4');
    await kube('PATCH', '/apis/apps/v1/namespaces/bakery/deployments/cart', {
      metadata: { labels: { owner: 'ines' } },
      spec: { replicas: 1 },
    });
    await page.getByRole('button', { name: 'Review changes' }).click();
    await page.getByText('Deployment cart was changed meanwhile.').waitFor();
    await page.getByRole('button', { name: 'Put mine on the newest' }).click();
    await page.getByRole('status').getByText('spec.replicas').waitFor();
    expect(await page.getByRole('textbox', { name: 'YAML' }).inputValue()).toMatch(/owner: ines[\s\S]*replicas: 4/);
    await picture(page, 'browse-conflict');
    await page.getByRole('button', { name: 'Review changes' }).click();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Deployment cart is changed.').waitFor();
    expect(await replicas()).toBe(4);
    await kube('PATCH', '/apis/apps/v1/namespaces/bakery/deployments/cart', { spec: { replicas: 2 } });
    await page.context().close();
  }, 60_000);

  it('SEC-H05 reads logs of all containers, whole and as text, and opens a shell', async () => {
    const { page, complaints } = await site.open(browser, `${BROWSE}/v1.pods?ns=bakery&name=web&panel=logs`);
    const log = page.getByRole('log');
    await log.getByText('tick').first().waitFor();
    await log.getByText(SCRIPT).waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the whole log' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('web-app.log');
    await page.getByRole('combobox', { name: 'Container' }).click();
    await page.getByRole('option', { name: 'All containers' }).click();
    await log.getByText('hello from the side').waitFor();
    await log.getByText('tick').first().waitFor();
    await picture(page, 'browse-logs-all');
    await page.getByRole('button', { name: 'Shell' }).last().click();
    await page.getByText('Connected. What policy').waitFor();
    await page.keyboard.type('echo shell-$((40+2))\n');
    await page.locator('.xterm-accessibility').getByText('shell-42').first().waitFor();
    expect(await page.title()).not.toContain('owned');
    expect(await violationsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('filters a log, and reads that of the run before, where there was one', async () => {
    await kube('POST', '/api/v1/namespaces/bakery/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'failing', namespace: 'bakery' },
      spec: {
        restartPolicy: 'Always',
        containers: [
          { name: 'app', image: 'busybox', command: ['sh', '-c', 'echo the oven is cold; echo bread burnt; exit 3'] },
        ],
      },
    });
    const restarts = async () => {
      const { status } = (await kube('GET', '/api/v1/namespaces/bakery/pods/failing')) as {
        readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
      };
      return status.containerStatuses?.[0]?.restartCount ?? 0;
    };
    await expect.poll(restarts).toBeGreaterThan(0);
    const { page } = await site.open(browser, `${BROWSE}/v1.pods?ns=bakery&name=failing&panel=logs`);
    const log = page.getByRole('log');
    await page.getByRole('button', { name: 'Previous' }).click();
    await log.getByText('bread burnt').waitFor();
    await page.getByRole('searchbox', { name: 'Filter lines' }).fill('oven');
    await page.getByText('1 line', { exact: true }).waitFor();
    expect(await log.getByText('bread burnt').count()).toBe(0);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the lines' }).click(),
    ]);
    expect(readFileSync(await file.path(), 'utf8')).toMatch(/^\S+ the oven is cold\n$/);
    await page.getByRole('searchbox', { name: 'Filter lines' }).fill('nothing of the kind');
    await log.getByText('No line matches.').waitFor();
    await page.goto(`${site.url}${BROWSE}/v1.pods?ns=bakery&name=web&panel=logs`);
    await log.getByText('tick').first().waitFor();
    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByText('Previous terminated container "app" in pod "web" not found.').waitFor();
    expect(await log.getByText('Nothing was written yet.').count()).toBe(0);
    await kube('DELETE', '/api/v1/namespaces/bakery/pods/failing');
    await page.context().close();
  }, 60_000);

  it('SEC-H05 shows names, labels, annotations and messages of objects as text', async () => {
    const name = 'web.hostile';
    await kube('POST', '/apis/example.com/v1/namespaces/bakery/widgets', {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name, namespace: 'bakery', annotations: { [`note`]: SCRIPT } },
      spec: { text: `</script><script>document.title='owned'</script>` },
      status: { conditions: [{ type: SCRIPT, status: 'True', message: SCRIPT }] },
    });
    const { page, complaints } = await site.open(browser, `${BROWSE}/example.com.v1.widgets?ns=bakery`);
    await page.getByRole('link', { name: 'Widgets' }).waitFor();
    await page.getByRole('grid', { name: 'Widgets' }).getByText(name).click();
    const drawer = page.getByRole('complementary', { name });
    await drawer.getByRole('heading', { name: 'Conditions' }).waitFor();
    expect(await drawer.getByText(SCRIPT).count()).toBeGreaterThan(0);
    await drawer.getByRole('button', { name: 'YAML', exact: true }).click();
    await drawer.getByText('</script>').first().waitFor();
    await drawer.getByRole('button', { name: 'Events' }).click();
    await drawer.getByText('No events').waitFor();
    expect(await page.locator('main img, aside img').count()).toBe(0);
    expect(await page.title()).not.toContain('owned');
    expect(await violationsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('follows the cluster, cordons a node, and says what goes with what is deleted', async () => {
    const { page } = await site.open(browser, `${BROWSE}/v1.pods?ns=bakery`);
    await page.getByText('Live').waitFor();
    await kube('POST', '/api/v1/namespaces/bakery/pods', { ...POD, metadata: { name: 'late', namespace: 'bakery' } });
    await page.getByRole('grid', { name: 'Pods' }).getByText('late').click();
    await page.getByRole('complementary').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('alertdialog').getByText('Nothing makes it again.').waitFor();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('Pod late is deleted.').waitFor();
    await page.getByRole('link', { name: 'Nodes', exact: true }).click();
    await page.getByRole('grid', { name: 'Nodes' }).getByText('node-1').click();
    await page.getByRole('button', { name: 'Cordon' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cordon', exact: true }).click();
    await page.getByText('Node node-1 takes no new pods.').waitFor();
    await page.getByRole('button', { name: 'Uncordon' }).waitFor();
    const node = (await kube('GET', '/api/v1/nodes/node-1')) as { readonly spec: { readonly unschedulable?: boolean } };
    expect(node.spec.unschedulable).toBe(true);
    await kube('PATCH', '/api/v1/nodes/node-1', { spec: { unschedulable: null } });
    await page.context().close();
  }, 60_000);

  it('locks what could be asked for with the smallest role that may, and shows nothing that can’t be had', async () => {
    mock.actAs('reader-token');
    site.reset({
      overrides: {
        explainAccess: ({ input: { body } }) => ({
          items: body.requests.map((request) => ({
            effect: 'deny' as const,
            action: 'x',
            reasons: [],
            obligations: [],
            requestable: 'resource' in request && request.resource === 'pods/exec' ? ['exec', 'admin'] : [],
            groups: [],
            trace: [],
          })),
        }),
      },
    });
    const { page, complaints } = await site.open(browser, `${BROWSE}/v1.pods?ns=bakery&name=web`);
    const drawer = page.getByRole('complementary', { name: 'web' });
    await drawer.getByRole('button', { name: 'Logs' }).waitFor();
    const shell = drawer.getByRole('link', { name: /Shell/ });
    await shell.waitFor();
    expect(await shell.getAttribute('href')).toBe('/access/new?cluster=prod-eu&namespace=bakery&role=exec');
    expect(await drawer.getByText('Delete').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Create' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Secrets', exact: true }).count()).toBe(0);
    await picture(page, 'browse-viewer');
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('shows the first page of a long list before the last is there, and draws only what is in view', async () => {
    const count = 1_200;
    await kube('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many' } });
    for (let index = 0; index < count; index += 1) {
      mock.cluster.put({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `map-${String(index).padStart(4, '0')}`, namespace: 'many' },
      });
    }
    const { page } = await site.open(browser, `${BROWSE}/v1.secrets?ns=many`);
    await page.getByText('Live').waitFor();
    let letOn = () => {};
    const held = new Promise<void>((resolve) => {
      letOn = resolve;
    });
    await page.route(/configmaps\?.*continue=/, async (route) => {
      await held;
      await route.continue();
    });
    await page.getByRole('link', { name: 'ConfigMaps', exact: true }).click();
    const heading = page.getByRole('heading', { name: /^ConfigMaps/ });
    await page.getByRole('grid', { name: 'ConfigMaps' }).getByText('map-0000').waitFor();
    expect(await heading.textContent()).toContain('500');
    letOn();
    await page.getByText('Live').waitFor();
    expect(Number((await heading.textContent())?.match(/\d+/)?.[0])).toBeGreaterThanOrEqual(count);
    expect(await page.getByRole('grid', { name: 'ConfigMaps' }).getByRole('row').count()).toBeLessThan(80);
    await page.context().close();
  }, 60_000);

  it('stays within the page and breaks no rule of accessibility in either theme, wide and narrow', async () => {
    const viewer = await openViewer(browser, site);
    const pods = `${BROWSE}/v1.pods?ns=bakery`;
    for (const page of [
      { name: 'cluster', path: '/clusters/prod-eu', heading: 'prod-eu', text: 'Agents' },
      { name: 'cluster-access', path: '/clusters/prod-eu/access', heading: 'prod-eu', text: 'Standing bindings' },
      { name: 'cluster-namespaces', path: '/clusters/prod-eu/namespaces', heading: 'prod-eu', text: 'As seen at' },
      { name: 'browse', path: pods, heading: 'bakery', text: 'Live' },
      { name: 'browse-pod', path: `${pods}&name=web`, heading: 'bakery', text: 'From a terminal' },
      { name: 'browse-logs', path: `${pods}&name=web&panel=logs`, heading: 'bakery', text: 'tick' },
      { name: 'browse-create', path: `${pods}&create=yaml`, heading: 'bakery', text: 'Divide objects' },
      { name: 'register', path: '/clusters/new', heading: 'Register', text: 'Register cluster' },
    ]) {
      await viewer.look(page);
    }
    await viewer.close();
  }, 180_000);
});
