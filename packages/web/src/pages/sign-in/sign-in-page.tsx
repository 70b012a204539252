import { paths } from '../../app/paths.ts';
import { usePageTitle } from '../../app/use-page-title.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Front } from './front.tsx';

/** What stands in the place of a page until it is known who reads it. Leads back to the same address. */
export function SignInPage() {
  usePageTitle('Sign in');
  const back = `${window.location.pathname}${window.location.search}`;
  return (
    <Front foot={<p>Every request to a cluster is decided by policy and recorded in the audit.</p>}>
      <div className="flex flex-col gap-2">
        <h1 className="text-heading font-semibold tracking-[-0.018em]">Sign in to go on</h1>
        <p className="text-ink-2">You’ll come back to this page afterwards.</p>
      </div>
      <a className={`${buttonClass('primary')} h-10 w-full max-w-[376px]`} href={paths.signIn(back)}>
        Sign in
      </a>
    </Front>
  );
}
