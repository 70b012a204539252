import { join } from 'node:path';
import { API_VERSION } from '@sallyport/core/api';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSandboxProgram } from '../../packages/server/src/testing/sandbox-program.ts';
import { createClusterAccount } from '../stack/cluster-account.ts';
import { startFakeCluster } from '../stack/fake-account.ts';
import { uniqueName } from '../stack/kubectl-suite.ts';
import { listRecordings, setClusterSettings } from '../stack/recordings.ts';
import { CLUSTER, type GuestEmail, ORGANIZATION, type PersonName, type Stack, startStack } from '../stack/stack.ts';
import { awaitCondition, findPart, lacks, part, run, temporaryFolder } from '../support/index.ts';
import { countClicks, type } from './hands.ts';
import { launchChromium, openPage, screenshots, violationsOf } from './site.ts';

const NEWCOMER: GuestEmail = 'nia@newcomers.test';
/** What may be asked for: a built-in role, which reads recordings of nobody else. */
const ROLE = 'developer';
const MOST_CLICKS = 12;
/** How long what is drawn is waited for. */
const PATIENT = { timeout: 20_000 };

/** A cluster to try the path on. */
interface Place {
  /** Of the agent's account there. */
  readonly kubeconfig: string;
  /** Of somebody who may do everything there. */
  readonly adminKubeconfig: string;
  close(): Promise<void>;
}

const PLACES: readonly {
  readonly name: string;
  readonly isMadeUp: boolean;
  readonly isSkipped: boolean;
  open(): Promise<Place>;
}[] = [
  {
    name: 'a made-up cluster',
    isMadeUp: true,
    isSkipped: lacks('chromium', 'kubectl'),
    async open() {
      const { cluster, kubeconfig, adminKubeconfig } = await startFakeCluster();
      return { kubeconfig, adminKubeconfig, close: () => cluster.close() };
    },
  },
  {
    name: 'a real cluster',
    isMadeUp: false,
    isSkipped: lacks('chromium', 'kubectl', 'cluster', 'image'),
    async open() {
      const account = await createClusterAccount(temporaryFolder());
      return { kubeconfig: account.kubeconfig, adminKubeconfig: part('cluster'), close: () => account.remove() };
    },
  },
];

for (const { name, isMadeUp, isSkipped, open } of PLACES) {
  describe.skipIf(isSkipped)(`somebody new who has nothing but a browser, on ${name}`, () => {
    const namespace = uniqueName('path');
    let place: Place;
    let stack: Stack;
    let browser: Browser;

    const kubectl = async (words: readonly string[], input = '') => {
      const outcome = await run(part('kubectl'), ['--kubeconfig', place.adminKubeconfig, ...words], { input });
      if (outcome.code !== 0) throw new Error(`kubectl ${words.join(' ')}: ${outcome.stderr}`);
      return outcome.stdout;
    };

    beforeAll(async () => {
      place = await open();
      const terminals = { kubectl: part('kubectl'), program: buildSandboxProgram() };
      [stack, browser] = await Promise.all([
        startStack({ kubeconfig: place.kubeconfig, guests: [NEWCOMER], config: { terminals } }),
        launchChromium(),
        makePod(),
      ]);
      await letNewcomersAsk();
      await setClusterSettings(stack, { requireRecording: true });
    }, 180_000);
    afterAll(async () => {
      await browser?.close();
      await stack?.close();
      await kubectl(['delete', 'namespace', namespace, '--wait=false']);
      await place?.close();
    }, 60_000);

    async function makePod(): Promise<void> {
      await kubectl(['create', 'namespace', namespace]);
      await awaitCondition(() => kubectl(['-n', namespace, 'get', 'serviceaccount', 'default']).catch(() => false), {
        what: 'the namespace has its default service account',
      });
      const container = {
        ...{ name: 'app', image: findPart('image') ?? 'busybox', imagePullPolicy: 'IfNotPresent' },
        command: ['sh', '-c', 'while true; do sleep 1; done'],
      };
      const spec = { terminationGracePeriodSeconds: 0, containers: [container] };
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec };
      await kubectl(['-n', namespace, 'apply', '-f', '-'], JSON.stringify(pod));
      await kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/web', '--timeout=80s']);
    }

    /** Takes what the newcomer has from the beginning, and lets them ask for it. */
    async function letNewcomersAsk(): Promise<void> {
      const { api } = await stack.person('admin');
      const { items } = await api.listBindings({ organization: ORGANIZATION });
      const ofDevelopers = items.filter(({ spec }) => spec.role === ROLE);
      for (const { metadata } of ofDevelopers)
        await api.deleteBinding({ organization: ORGANIZATION, name: metadata.name });
      const group = (of: string) => ({ kind: 'Group', name: of, identityProvider: 'development' }) as const;
      await api.createRequestPolicy({
        organization: ORGANIZATION,
        body: {
          apiVersion: API_VERSION,
          kind: 'RequestPolicy',
          metadata: { name: 'newcomers' },
          spec: {
            requesters: [group('developers')],
            roles: [ROLE],
            scope: { kind: 'clusters', clusters: [CLUSTER] },
            maxDuration: '8h',
            steps: [{ reviewers: [group('admins')] }],
          },
        },
      });
    }

    /** A browser that nobody has signed in with. */
    async function openAs(person: PersonName, path: string) {
      let clicks = () => 0;
      const view = { width: 1280, colorScheme: 'light' } as const;
      const { page, complaints } = await openPage(
        browser,
        `${stack.server.publicUrl}${path}`,
        view,
        async (context) => {
          clicks = await countClicks(context);
        },
      );
      page.setDefaultTimeout(20_000);
      const refused: string[] = [];
      page.on('response', (answer) => {
        if (answer.status() === 403) refused.push(new URL(answer.url()).pathname);
      });
      const { email, password } = stack.loginOf(person);
      return {
        page,
        clicks: () => clicks(),
        // Nobody being signed in at first is what the page came to know by 401.
        complaints: () => complaints.filter((text) => !/status of 401/.test(text)),
        refused,
        keys: (...words: readonly string[]) => type(page, ...words),
        /** By the one provider that there is: the first thing offered. */
        async signIn() {
          await page.getByRole('main').getByRole('link').first().click();
          await page.getByLabel(/mail/i).waitFor();
          await type(page, email, 'Tab', password, 'Enter');
        },
        picture: (step: string) => page.screenshot({ path: join(screenshots, `path-${step}.png`) }),
      };
    }

    /** Somebody who may review it says yes, in a browser of their own. */
    async function approve(): Promise<void> {
      const { page, signIn, picture } = await openAs('admin', '/access/inbox');
      await signIn();
      await page
        .getByRole('heading', { level: 2, name: new RegExp(`${NEWCOMER} needs ${ROLE} on ${CLUSTER}`) })
        .waitFor();
      await picture('approver');
      await page.getByRole('button', { name: /^Approve/ }).click();
      await page
        .getByRole('status')
        .getByText(/Open until/)
        .waitFor();
      await page.context().close();
    }

    it('gets from the first page to the recording of a shell in a pod within twelve clicks', async () => {
      const { page, clicks, complaints, refused, keys, signIn, picture } = await openAs(NEWCOMER, '/');
      const button = (label: string | RegExp) => page.getByRole('button', { name: label });
      const link = (label: string | RegExp) => page.getByRole('link', { name: label });

      await signIn();
      await page.getByRole('heading', { name: 'My access' }).waitFor();
      await picture('1-home');

      await link(/^Request access/)
        .first()
        .click();
      await page.getByLabel('Cluster', { exact: true }).click();
      await keys(CLUSTER, 'Enter');
      await page.getByRole('radio', { name: new RegExp(ROLE) }).waitFor();
      await page.getByLabel('Why?').click();
      await keys('To look at the shop');
      await button(`Request ${ROLE} for 1 h`).click();
      await page.getByText('Waiting: 0 of 1 approval').waitFor();
      await picture('2-requested');

      await approve();
      await page
        .getByRole('status')
        .getByText(/Open until/)
        .waitFor();
      await picture('3-granted');

      await link('Open a terminal').click();
      const screen = page.locator('.xterm-accessibility');
      const shows = (text: string | RegExp) => screen.getByText(text).first().waitFor();
      await shows(`${CLUSTER}/default $`);
      await keys(`namespace ${namespace}`, 'Enter');
      await shows(`${CLUSTER}/${namespace} $`);
      await keys('kubectl get pods', 'Enter');
      await shows(/web\s+1\/1\s+Running/);
      await keys('kubectl exec -it web -- sh', 'Enter');
      await shows(/^(\/ )?[#$]/);
      await keys('echo fresh-$((40+2))-bread', 'Enter');
      await shows('fresh-42-bread');
      await picture('4-shell');
      // A pause to be left out when it is played.
      await keys('sleep 3', 'Enter', 'exit', 'Enter');
      await screen.getByText(`${CLUSTER}/${namespace} $`).nth(2).waitFor();

      await link('Recordings').click();
      // kubectl tries a second way where the cluster does not know the first, and that is a session, too; the newest stands first.
      await page
        .getByRole('row', { name: new RegExp(`${NEWCOMER}.*ended`) })
        .first()
        .click();
      await page.getByRole('slider', { name: 'Place in the recording' }).waitFor();
      await button('Play').click();
      await expect.poll(() => page.locator('.xterm-rows').textContent(), PATIENT).toContain('fresh-42-bread');
      await picture('5-recording');

      expect(clicks()).toBeLessThanOrEqual(MOST_CLICKS);
      expect(await violationsOf(page)).toEqual([]);
      expect(complaints()).toEqual([]);
      // The audit log is closed to a developer: what can be said of the recording is said without it.
      await button('Details').click();
      await page.getByText(/Whoever may read the audit log sees whether it proves them/).waitFor();
      await picture('5-details');
      expect(refused).toEqual([]);
      await page.context().close();
    }, 120_000);

    if (!isMadeUp) return;
    it('leaves a recording that whoever reviews it searches, plays without its pauses, and proves', async () => {
      const [session] = await listRecordings(stack);
      const { page, complaints, keys, signIn, picture } = await openAs('admin', `/recordings/${session?.id}`);
      await signIn();
      const rows = page.locator('.xterm-rows');
      const at = page.getByRole('slider', { name: 'Place in the recording' });
      await at.getByText(/^idle \d+ s$/).waitFor();
      expect(await rows.textContent()).not.toContain('fresh-42-bread');

      await page.getByRole('searchbox', { name: 'Search the transcript' }).click();
      await keys('sleep 3', 'Enter');
      await page.getByText('1 of 1').waitFor();
      await expect.poll(() => rows.textContent(), PATIENT).toContain('fresh-42-bread');
      expect(await rows.textContent()).not.toContain('exit');

      await page.getByRole('button', { name: '4×' }).click();
      await page.getByRole('switch', { name: /Skip idle/, checked: true }).waitFor();
      await page.getByRole('button', { name: 'Play' }).click();
      await page.getByRole('button', { name: 'Play again' }).waitFor();
      expect(await rows.textContent()).toContain('exit');
      await picture('6-reviewed');

      await page.getByRole('button', { name: 'Details' }).click();
      await page.getByRole('link', { name: /that the log proves/ }).click();
      await page.getByRole('complementary').getByText('Checked in this browser').waitFor();
      await picture('7-proved');
      expect(complaints()).toEqual([]);
      await page.context().close();
    }, 120_000);
  });
}
