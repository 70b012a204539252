import './zod-without-eval.ts';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/geist-mono/wght.css';
import './styles/tokens.css';
import './styles/app.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { sessionQuery } from './app/gate.tsx';
import { paths } from './app/paths.ts';
import { createPageQueries } from './app/query-client.ts';
import { router } from './app/router.tsx';

// The site as it is developed: no server is needed. A build leaves this out.
if (import.meta.env.DEV) (await import('./mock/start.ts')).startMockApi();

const container = document.getElementById('root');
if (container === null) throw new Error('index.html has no element with the id "root"');
const queries = createPageQueries();
// Every page but those of a login waits for it: asked now, it comes while the code of the page does.
if (![paths.signInPage, paths.device].some((path) => path === window.location.pathname)) {
  void queries.prefetchQuery(sessionQuery);
}
createRoot(container).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
