/**
 * What stands at `/` before the script of the page runs: drawn once, by a build, from the components that the page itself is made
 * of, and put into `index.html`. `public/early.js` shows the one that is right.
 */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { HOME_TITLE, HomeActions } from '../pages/home/home-bar.tsx';
import { LandingPage } from '../pages/sign-in/landing-page.tsx';
import { NavigationProvider } from '../ui/navigation.ts';
import { Page } from './page.tsx';
import { ShellFrame } from './shell-frame.tsx';

function draw(page: ReactNode): string {
  return renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <NavigationProvider value={{ resolve: (path) => path, go: () => {} }}>{page}</NavigationProvider>
    </QueryClientProvider>,
  );
}

/** Markup by the name of its template: of whoever is signed in, and of whoever is not. */
export const earlyPages = {
  home: draw(
    <ShellFrame>
      <Page title={HOME_TITLE} actions={<HomeActions />}>
        {null}
      </Page>
    </ShellFrame>,
  ),
  landing: draw(<LandingPage />),
};
