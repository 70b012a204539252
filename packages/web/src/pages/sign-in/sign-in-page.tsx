import { useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { beginLogin, loginQuery, type SignInChoice, signInMethodsQuery } from '../../api/sign-in.ts';
import { paths } from '../../app/paths.ts';
import type { Search } from '../../app/search.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { buttonClass } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Front } from './front.tsx';
import { LocalForm } from './local-form.tsx';
import { ProviderButtons } from './provider-buttons.tsx';
import { useFrontTitle } from './use-public-branding.ts';

/**
 * Where people choose how to sign in. It stands in the place of a page until it is known who reads it, and leads back to the same
 * address; or at an address of its own, for a login that a command line or a device began.
 */
export function SignInPage() {
  useFrontTitle('Sign in');
  const { pathname, search } = useLocation();
  const isOwnAddress = pathname === paths.signInPage;
  const login = isOwnAddress ? (search as Search)['login'] : undefined;
  return login === undefined ? <OfThisPage returnTo={isOwnAddress ? paths.home : here()} /> : <OfLogin id={login} />;
}

const here = () => `${window.location.pathname}${window.location.search}`;

function OfThisPage({ returnTo }: { readonly returnTo: string }) {
  const { data, error, refetch } = useQuery(signInMethodsQuery(returnTo));
  return (
    <Front foot={<Foot />}>
      <Heading title="Sign in to go on">You’ll come back to this page afterwards.</Heading>
      {data !== undefined && data.ways.length > 0 ? (
        <Choice choice={data} begin={(organization) => beginLogin(returnTo, organization)} />
      ) : error === null && data === undefined ? (
        <Skeleton label="Reading the ways to sign in" rows={2} />
      ) : (
        <>
          {error !== null && <ProblemNotice error={error} onRetry={() => void refetch()} />}
          <a className={`${buttonClass('primary')} h-10 w-full max-w-[376px]`} href={paths.signIn(returnTo)}>
            Sign in
          </a>
        </>
      )}
    </Front>
  );
}

function OfLogin({ id }: { readonly id: string }) {
  const { data, error } = useQuery(loginQuery(id));
  return (
    <Front foot={<Foot />}>
      <Heading title="Sign in">
        {data?.clientName !== undefined && (
          <>
            You’ll come back to <bdi>{data.clientName}</bdi> afterwards.
          </>
        )}
      </Heading>
      {data !== undefined ? (
        <>
          <Choice choice={data} begin={() => Promise.reject(new TypeError('this login names no such way'))} />
          <p>
            <a className="link" href={`/login/${encodeURIComponent(id)}/abort`}>
              Give up
            </a>
          </p>
        </>
      ) : error === null ? (
        <Skeleton label="Reading the ways to sign in" rows={2} />
      ) : (
        <>
          <ProblemNotice error={error} />
          <a className={`${buttonClass()} h-10 w-full max-w-[376px]`} href={paths.signIn(paths.home)}>
            Sign in to the web UI
          </a>
        </>
      )}
    </Front>
  );
}

function Heading({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <div className="flex flex-col gap-2">
      <h1 className="text-heading font-semibold tracking-[-0.018em]">{title}</h1>
      <p className="min-h-5 text-ink-2">{children}</p>
    </div>
  );
}

function Choice({
  choice: { ways, hasPasskeys },
  begin,
}: {
  readonly choice: SignInChoice;
  readonly begin: (organization: string) => Promise<string>;
}) {
  const providers = ways.filter(({ kind }) => kind !== 'local');
  const local = ways.filter(({ kind }) => kind === 'local');
  return (
    <>
      {providers.length > 0 && <ProviderButtons ways={providers} />}
      {providers.length > 0 && local.length > 0 && (
        <p className="flex max-w-[376px] items-center gap-2 text-second text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
          or a user of this server
        </p>
      )}
      {local.length > 0 && <LocalForm ways={local} hasPasskeys={hasPasskeys} begin={begin} />}
    </>
  );
}

function Foot() {
  return <p>Every request to a cluster is decided by policy and recorded in the audit.</p>;
}
