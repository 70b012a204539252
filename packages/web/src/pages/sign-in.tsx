import { PageFrame } from '../components/page-frame.tsx';
import { paths } from '../route.ts';

/** What stands in the place of a page until it is known who reads it. Leads back to the same address. */
export function SignInPage() {
  const back = `${window.location.pathname}${window.location.search}`;
  return (
    <PageFrame title="Sign in">
      <h2 className="page-heading">Sign in to go on</h2>
      <p className="lead">You’ll come back to this page afterwards.</p>
      <p className="actions">
        <a className="button primary" href={paths.signIn(back)}>
          Sign in
        </a>
      </p>
    </PageFrame>
  );
}
