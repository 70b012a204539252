import { createRootRoute, createRouter, useLocation } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { Skeleton } from '../ui/skeleton.tsx';
import { SessionGate } from './gate.tsx';
import { NotFound } from './not-found.tsx';
import { PageFailure } from './page-failure.tsx';
import { pageRoute, pages } from './routes.ts';
import { parseSearch, stringifySearch } from './search.ts';
import { Shell } from './shell.tsx';

const SignInPage = lazy(() =>
  import('../pages/sign-in/sign-in-page.tsx').then(({ SignInPage: component }) => ({ default: component })),
);
const LandingPage = lazy(() =>
  import('../pages/sign-in/landing-page.tsx').then(({ LandingPage: component }) => ({ default: component })),
);

function Root() {
  return (
    <SessionGate signIn={<SignIn />}>
      <Shell />
    </SessionGate>
  );
}

function SignIn() {
  const isHome = useLocation({ select: ({ pathname }) => pathname === '/' });
  return (
    <Suspense fallback={<Skeleton label="Reading the page" />}>{isHome ? <LandingPage /> : <SignInPage />}</Suspense>
  );
}

const rootRoute = createRootRoute({ component: Root, notFoundComponent: NotFound, errorComponent: PageFailure });

/** The addresses of the site and what each of them shows. */
export const router = createRouter({
  routeTree: rootRoute.addChildren(pages.map((page) => pageRoute(() => rootRoute, page))),
  parseSearch,
  stringifySearch,
  defaultErrorComponent: PageFailure,
  defaultPendingComponent: () => <Skeleton label="Reading the page" />,
  defaultPendingMs: 150,
  scrollRestoration: false,
});
