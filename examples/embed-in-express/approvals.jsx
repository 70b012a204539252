import { ApprovalsInbox, createServerClient, SallyportProvider } from '@sallyport/web/parts';
import { createRoot } from 'react-dom/client';
import '@sallyport/web/parts.css';

// The portal's session is no session at Sallyport yet. The way there and back shows nothing to somebody whom the portal knows.
const session = await fetch('/session');
if (session.status === 401) location.assign('/session/login?returnTo=/approvals');
else {
  const client = createServerClient({ baseUrl: location.origin });
  createRoot(document.querySelector('main')).render(
    <SallyportProvider client={client} organization="default">
      <ApprovalsInbox />
    </SallyportProvider>,
  );
}
