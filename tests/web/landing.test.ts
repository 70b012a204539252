import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Discovery } from '@sallyport/core/api';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../support/index.ts';
import {
  launchChromium,
  openPage,
  type SiteAnswer,
  screenshots,
  serveSite,
  site,
  type View,
  violationsOf,
} from './site.ts';

const discovery: Discovery = {
  apiVersion: 'v1',
  version: '0.1.0',
  publicUrl: 'https://sallyport.example.com:7443',
  apiBase: 'https://sallyport.example.com:7443/api/v1',
  oauthIssuer: 'https://sallyport.example.com:7443/oauth',
  oauthClientId: 'sallyport-cli',
  oauthResource: 'https://sallyport.example.com:7443/api/v1',
  oauthScope: 'sallyport',
  kube: { pathPrefix: '/k' },
  agents: { address: 'sallyport.example.com:7443', serverName: 'agents.sallyport.example.com' },
  docs: 'https://docs.example.com/',
};

describe.skipIf(lacks('chromium'))('the landing page in Chromium', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serveSite>>;
  let answer: SiteAnswer = 'never';
  const answerWith = (status: number, body: unknown) => {
    answer = { status, body };
  };

  beforeAll(async () => {
    server = await serveSite(({ url }) =>
      url.pathname === '/.well-known/sallyport' ? answer : { status: 401, body: {} },
    );
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const open = async (view: View) => {
    const { page, complaints } = await openPage(browser, server.url, view);
    // That nobody is signed in, the page comes to know by 401.
    return { page, complaints: () => complaints.filter((text) => !text.includes('401')) };
  };

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      it(`leads to kubectl in three commands, ${colorScheme}, ${width} px wide, within its policy`, async () => {
        answerWith(200, discovery);
        const { page, complaints } = await open({ width, colorScheme });
        await page.getByRole('heading', { name: 'Sign in from your terminal' }).waitFor();
        await page.getByText('sallyport login sallyport.example.com:7443', { exact: true }).waitFor();
        expect(await page.getByRole('listitem').count()).toBe(3);
        await page.getByText('Serving').waitFor();
        await page.getByText('version 0.1.0').waitFor();
        await page.screenshot({ path: join(screenshots, `landing-${width}-${colorScheme}.png`), fullPage: true });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        expect(await violationsOf(page)).toEqual([]);
        expect(complaints()).toEqual([]);
        await page.context().close();
      });
    }
  }

  it('copies a command', async () => {
    answerWith(200, discovery);
    const { page } = await open({ width: 1280, colorScheme: 'light' });
    await page.getByRole('button', { name: 'Copy sallyport kube login --set-current' }).click();
    await page.getByRole('button', { name: 'Copied' }).or(page.getByText('Copied').first()).first().waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('sallyport kube login --set-current');
    await page.context().close();
  });

  it('says that the server is not there, and asks again', async () => {
    answerWith(503, {
      type: 'about:blank',
      title: 'Not ready',
      status: 503,
      detail: 'the server has no fresh view of its database',
      code: 'ERR_API_STALE',
    });
    const { page } = await open({ width: 390, colorScheme: 'light' });
    await page.getByRole('alert').waitFor();
    await page.getByText('The server has no fresh view of its database.').waitFor();
    await page.getByText('ERR_API_STALE').waitFor();
    await page.getByText('Not serving').waitFor();
    await page.screenshot({ path: join(screenshots, 'landing-390-light-failed.png'), fullPage: true });
    answerWith(200, discovery);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.getByText('Serving').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.context().close();
  });

  it('takes an answer that breaks the contract for a failure', async () => {
    answerWith(200, '<html>a captive portal</html>');
    const { page } = await open({ width: 1280, colorScheme: 'dark' });
    await page.getByRole('alert').waitFor();
    await page.screenshot({ path: join(screenshots, 'landing-1280-dark-failed.png'), fullPage: true });
    await page.context().close();
  });

  it('keeps its shape while the server thinks', async () => {
    answer = 'never';
    const { page } = await open({ width: 1280, colorScheme: 'light' });
    await page.getByText('Asking the server').waitFor();
    expect(await page.locator('[aria-busy=true]').count()).toBe(1);
    await page.context().close();
  });

  it('shows hostile values from the server as text', async () => {
    answerWith(200, { ...discovery, version: '<img src=x onerror=alert(1)>' });
    const { page, complaints } = await open({ width: 1280, colorScheme: 'light' });
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints()).toEqual([]);
    await page.context().close();
  });
});

describe.skipIf(!existsSync(site))('the built files', () => {
  it('hold no inline script or style and name no other origin', () => {
    const page = readFileSync(join(site, 'index.html'), 'utf8');
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/);
    expect(page).not.toMatch(/https?:\/\//);
  });
});
