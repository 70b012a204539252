import type { Browser } from 'playwright-core';
import { createMockApi, type MockApiOptions } from '../../packages/web/src/mock/create-mock-api.ts';
import { openPage, type SiteBackend, type SiteRequest, serveSite, type View } from './site.ts';

/** The built site in front of a mock of the API, and of a cluster if it is given one, with every change that pages sent. */
export async function serveMock(options: MockApiOptions = {}, cluster?: SiteBackend) {
  let mock = createMockApi(options);
  const sent: SiteRequest[] = [];
  const server = await serveSite((request) => {
    if (request.method !== 'GET') sent.push(request);
    return mock.answer(request);
  }, cluster);
  return {
    ...server,
    sent,
    world: () => mock.world,
    /** Begins anew, with another world or other answers. */
    reset(next: MockApiOptions = {}) {
      mock = createMockApi(next);
      sent.length = 0;
    },
    open: (browser: Browser, path: string, view: View = { width: 1280, colorScheme: 'light' }) =>
      openPage(browser, `${server.url}${path}`, view),
  };
}
