import { useRoute } from './hooks/use-route.ts';
import { LandingPage } from './pages/landing.tsx';
import { NewRequestPage } from './pages/new-request.tsx';
import { RequestPage } from './pages/request.tsx';
import { SignedInOnly } from './pages/signed-in.tsx';

/** The page that the address names. */
export function App() {
  const route = useRoute();
  switch (route.page) {
    case 'landing':
      return <LandingPage />;
    case 'newRequest':
      return <SignedInOnly>{(signedIn) => <NewRequestPage {...signedIn} place={route.place} />}</SignedInOnly>;
    case 'request':
      return <SignedInOnly>{(signedIn) => <RequestPage {...signedIn} id={route.id} key={route.id} />}</SignedInOnly>;
  }
}
