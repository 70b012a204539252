import type { QueryClient } from '@tanstack/react-query';
import { createRootRoute, createRouter, lazyRouteComponent, useLocation, useRouter } from '@tanstack/react-router';
import { type ReactNode, Suspense, useMemo } from 'react';
import { LandingPage } from '../pages/sign-in/landing-page.tsx';
import { type Navigation, NavigationProvider } from '../ui/navigation.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { SessionGate, sessionQuery } from './gate.tsx';
import { NotFound } from './not-found.tsx';
import { PageFailure } from './page-failure.tsx';
import { paths } from './paths.ts';
import { pageRoute, pages } from './routes.ts';
import { parseSearch, stringifySearch } from './search.ts';
import { Shell } from './shell.tsx';

const SignInPage = lazyRouteComponent(() => import('../pages/sign-in/sign-in-page.tsx'), 'SignInPage');
const DevicePage = lazyRouteComponent(() => import('../pages/device/device-page.tsx'), 'DevicePage');

/** Pages of a login, whoever is signed in in this browser. */
const loginPages = new Map<string, typeof SignInPage | typeof DevicePage>([
  [paths.signInPage, SignInPage],
  [paths.device, DevicePage],
]);

function Root() {
  const pathname = useLocation({ select: (location) => location.pathname });
  const LoginPage = loginPages.get(pathname);
  if (LoginPage !== undefined) {
    return (
      <Suspense fallback={<Skeleton label="Reading the page" />}>
        <LoginPage />
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

/**
 * Loads what the page at the address is drawn with, its code and who reads it at the same time. Drawn earlier it would be a skeleton
 * first, and React keeps one for 300 ms once it was shown. Never fails: the page says what did.
 */
export async function loadFirstPage(queries: QueryClient): Promise<void> {
  const { pathname } = router.latestLocation;
  const loginPage = loginPages.get(pathname);
  if (loginPage !== undefined) return loginPage.preload?.();
  await Promise.allSettled([queries.prefetchQuery(sessionQuery), router.load()]);
  const isNobody = queries.getQueryData(sessionQuery.queryKey) === null;
  if (isNobody && pathname !== paths.home) await SignInPage.preload?.();
}
