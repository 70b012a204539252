import { createRootRoute, createRouter, useLocation, useRouter } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useMemo } from 'react';
import { type Navigation, NavigationProvider } from '../ui/navigation.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { SessionGate } from './gate.tsx';
import { NotFound } from './not-found.tsx';
import { PageFailure } from './page-failure.tsx';
import { paths } from './paths.ts';
import { pageRoute, pages } from './routes.ts';
import { parseSearch, stringifySearch } from './search.ts';
import { Shell } from './shell.tsx';

const SignInPage = lazy(() =>
  import('../pages/sign-in/sign-in-page.tsx').then(({ SignInPage: component }) => ({ default: component })),
);
const LandingPage = lazy(() =>
  import('../pages/sign-in/landing-page.tsx').then(({ LandingPage: component }) => ({ default: component })),
);

const DevicePage = lazy(() =>
  import('../pages/device/device-page.tsx').then(({ DevicePage: component }) => ({ default: component })),
);

function Root() {
  const pathname = useLocation({ select: (location) => location.pathname });
  // These are of a login, whoever is signed in in this browser.
  if (pathname === paths.signInPage || pathname === paths.device) {
    return (
      <Suspense fallback={<Skeleton label="Reading the page" />}>
        {pathname === paths.device ? <DevicePage /> : <SignInPage />}
      </Suspense>
    );
  }
  return (
    <SessionGate signIn={<SignIn />}>
      <Shell />
    </SessionGate>
  );
}

/** Links of the site lead on without loading the document anew. */
function WithNavigation({ children }: { readonly children: ReactNode }) {
  const router = useRouter();
  const navigation = useMemo<Navigation>(
    () => ({ resolve: (path) => path, go: (href, { replace }) => void router.navigate({ href, replace }) }),
    [router],
  );
  return <NavigationProvider value={navigation}>{children}</NavigationProvider>;
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
  InnerWrap: WithNavigation,
});
