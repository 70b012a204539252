import './zod-without-eval.ts';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/geist-mono/wght.css';
import './styles/tokens.css';
import './styles/app.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { type ReactNode, StrictMode, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { createPageQueries } from './app/query-client.ts';
import { loadFirstPage, router } from './app/router.tsx';

/** How long nothing is drawn while the first page loads. */
const PATIENCE_MS = 250;

// The site as it is developed: no server is needed. A build leaves this out.
if (import.meta.env.DEV) (await import('./mock/start.ts')).startMockApi();

const container = document.getElementById('root');
if (container === null) throw new Error('index.html has no element with the id "root"');

/** What stood there until now only looked like the page; from here on it takes keys and clicks. */
function Taken({ children }: { readonly children: ReactNode }) {
  useEffect(() => container?.removeAttribute('aria-busy'), []);
  return children;
}

const queries = createPageQueries();
// A page that is here in a moment comes at once; whoever waits longer is told what for.
await Promise.race([loadFirstPage(queries), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
createRoot(container).render(
  <StrictMode>
    <Taken>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </Taken>
  </StrictMode>,
);
