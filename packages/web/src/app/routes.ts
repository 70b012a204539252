import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { HomePage } from '../pages/home/home-page.tsx';
import { clusterPages } from './cluster-routes.ts';
import { governancePages } from './governance-routes.ts';

/** A page of the site: its path below `/` and what loads it. Parameters begin with `$`; a path that ends in `/$` takes all below it. */
export interface PageRoute {
  readonly path: string;
  readonly load: () => Promise<ComponentType>;
}

/** Makes a route whose code comes when the page is opened. */
export function pageRoute(parent: () => AnyRoute, { path, load }: PageRoute): AnyRoute {
  return createRoute({
    getParentRoute: parent,
    path,
    component: lazyRouteComponent(async () => ({ default: await load() })),
  });
}

/** Pages of home, access and account. */
export const ownPages: readonly PageRoute[] = [
  // It comes with what every page needs: most visits begin here.
  { path: '/', load: async () => HomePage },
  { path: '/access/new', load: async () => (await import('../pages/access/new-request-page.tsx')).NewRequestPage },
  { path: '/access', load: async () => (await import('../pages/access/inbox-page.tsx')).InboxPage },
  { path: '/access/inbox', load: async () => (await import('../pages/access/inbox-page.tsx')).InboxPage },
  { path: '/access/requests', load: async () => (await import('../pages/access/my-requests-page.tsx')).MyRequestsPage },
  { path: '/access/grants', load: async () => (await import('../pages/access/grants-page.tsx')).GrantsPage },
  { path: '/access/calendar', load: async () => (await import('../pages/access/calendar-page.tsx')).CalendarPage },
  { path: '/access/reviews', load: async () => (await import('../pages/access/reviews-page.tsx')).ReviewsPage },
  { path: '/access/reviews/$id', load: async () => (await import('../pages/access/review-page.tsx')).ReviewPage },
  { path: '/account', load: async () => (await import('../pages/account/account-page.tsx')).AccountPage },
  { path: '/terminal', load: async () => (await import('../pages/terminal/terminal-page.tsx')).TerminalPage },
  { path: '/access/requests/$id', load: async () => (await import('../pages/access/request-page.tsx')).RequestPage },
];

/** Every page: those here, and those of other areas, which list theirs in a file beside this one. */
export const pages: readonly PageRoute[] = [...ownPages, ...clusterPages, ...governancePages];
